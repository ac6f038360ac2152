internal import HardwareProfile
internal import Network
internal import Simulation

extension Network {
  /// The integers at which MAXIMUM and MINIMUM with constants, the only readers of a tensor, cut it; RELU too where asked for.
  func clampsAfter(
    _ tensor: Int, _ consumers: [[Int]], withReLU: Bool = false
  ) -> (low: Int64?, high: Int64?) {
    var (tensor, result): (Int, (low: Int64?, high: Int64?)) = (tensor, (nil, nil))
    while !outputs.contains(tensor), consumers[tensor].count == 1 {
      let node = nodes[consumers[tensor][0]]
      if withReLU, case .relu(let rules) = node.operation, rules.clamp == .relu,
        let zero = tensors[tensor].quantization?.zeroPoint
      {
        result.low = max(result.low ?? zero, zero)
        guard let output = node.outputs.first, tensors[output].quantization == tensors[tensor].quantization else {
          break
        }
        tensor = output
        continue
      }
      guard case .binary(let rules) = node.operation, let first = node.input(0), let second = node.input(1),
        let values = tensors[first == tensor ? second : first].integers(), Set(values).count == 1,
        let bound = values.first,
        tensors[first].quantization == tensors[second].quantization, let output = node.outputs.first
      else { break }
      switch rules.function {
      case .maximum: result.low = max(result.low ?? bound, bound)
      case .minimum: result.high = min(result.high ?? bound, bound)
      default: return result
      }
      tensor = output
    }
    return result
  }
}

/// A bound of a clamp.
enum ClampSide { case low, high }

extension RequantizationState {
  /// The operator that cuts behind another one as the source does: QUANTIZE to the device from the source's format, which the
  /// host may keep, a MAXIMUM or a MINIMUM by a constant, or a RELU.
  ///
  /// - Returns: `nil` where the machine has none.
  func cut(_ side: ClampSide, behind node: Int) -> Operation? {
    if keepsFormat(node) { return .quantize(Quantize()) }
    let function: Binary.Function = side == .low ? .maximum : .minimum
    if profile.operators[function.rawValue]?.run == .device { return .binary(Binary(function)) }
    guard side == .low, profile.operators["RELU"]?.run == .device, let output = source.nodes[node].outputs.first,
      let zero = source.tensors[output].quantization?.zeroPoint,
      source.tensors[output].ends(of: source.nodes[node].operation.activation)?.lowerBound == zero
    else { return nil }
    return .relu(Relu(.relu))
  }

  /// Whether the host makes what an operator computes, so that a tensor of its own can have the source's format.
  private func keepsFormat(_ index: Int) -> Bool {
    let node = source.nodes[index]
    guard node.operation.rescaling != .shared, runsOnHost(node), !node.isRecurrentOnHost(of: profile),
      let output = node.outputs.first, target.tensors[output].type.bits == 8
    else { return false }
    // A conversion between formats of the device is the device's, and its scales are planned.
    return profile.operators["QUANTIZE"]?.run != .device || !profile.activations.accepts(source.tensors[output])
  }

  /// Whether the host runs an operator; a conversion is the host's where the device does not have both formats.
  private func runsOnHost(_ node: Node) -> Bool {
    guard node.operation.isConversion else { return !isDeviceOperator(node) }
    return profile.operators[node.operation.name]?.run != .device
      || !(node.activationOperands + node.outputs).allSatisfy(deviceTensors.contains)
  }

  /// The source with operators behind each one whose cut the target could not state otherwise.
  ///
  /// The added operators cut where the format of what they read ends, so that they change no integer here. In a target
  /// whose format reaches farther they do.
  ///
  /// - Returns: The network; `nil` where nothing can be added.
  func sourceWithClampOperators() -> Network? {
    var result = source
    result.nodes = []
    for (index, node) in source.nodes.enumerated() {
      guard let open = openClamps.first(where: { $0.node == index }), node.outputs == [open.tensor],
        let ends = source.tensors[open.tensor].ends(of: node.operation.activation)
      else {
        result.nodes.append(node)
        continue
      }
      var cuts: [(Operation, Int64)] = []
      if open.isLowOpen, let cut = cut(.low, behind: index) { cuts.append((cut, ends.lowerBound)) }
      if open.isHighOpen, let cut = cut(.high, behind: index) { cuts.append((cut, ends.upperBound)) }
      // A format cuts at both of its ends.
      if cuts.count == 2, cuts[0].0.isConversion { cuts.removeLast() }
      result.append(node, cuts)
    }
    return result.nodes.count > source.nodes.count ? result : nil
  }
}

extension Network {
  /// Adds an operator and others that cut what it makes.
  fileprivate mutating func append(_ node: Node, _ cuts: [(operation: Operation, integer: Int64)]) {
    var maker = node
    let (output, first) = (node.outputs[0], nodes.count)
    nodes.append(node)
    var name = tensors[output].name
    if !cuts.isEmpty, name.hasSuffix("/uncut") {
      name.removeLast("/uncut".count)
      tensors[output].name = name + "/cut"
    }
    // From the last one, which makes what the operator made, to the first.
    var made = output
    for (place, cut) in cuts.enumerated().reversed() {
      var uncut = tensors[output]
      uncut.name = name + (cut.operation.isConversion ? "/host" : place == 0 ? "/uncut" : "/cut")
      var operands = [tensors.count]
      tensors.append(uncut)
      if case .binary(let rules) = cut.operation {
        var constant = tensors[output]
        constant.name = name + (rules.function == .maximum ? "/lowest" : "/highest")
        constant.shape = Shape([1])
        constant.shapeSignature = []
        constant.data = Tensor.bytes([cut.integer], as: constant.type).map { $0[...] }
        operands.append(tensors.count)
        tensors.append(constant)
      }
      nodes.insert(Node(cut.operation, inputs: operands, outputs: [made]), at: first + 1)
      made = operands[0]
    }
    maker.outputs = [made]
    nodes[first] = maker
  }
}
