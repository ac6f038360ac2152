internal import HardwareProfile
internal import NetworkModel
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

extension SourceFacts {
  /// The operator that cuts behind another one as the source does: QUANTIZE to the device from the source's format, which the
  /// host may keep, a MAXIMUM or a MINIMUM by a constant, or a RELU.
  ///
  /// - Returns: `nil` where the machine has none.
  func cut(_ side: ClampSide, behind node: Int) -> ClampOperator? {
    if keepsFormat(node) { return .quantize }
    let result: ClampOperator = side == .low ? .maximum : .minimum
    if profile.operators[result.rawValue]?.run == .device { return result }
    guard side == .low, profile.operators["RELU"]?.run == .device, let output = source.nodes[node].outputs.first,
      let zero = source.tensors[output].quantization?.zeroPoint,
      source.tensors[output].ends(of: source.nodes[node].operation.activation)?.lowerBound == zero
    else { return nil }
    return .relu
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
}
