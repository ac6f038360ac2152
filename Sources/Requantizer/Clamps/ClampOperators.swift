internal import HardwareProfile
internal import Network
internal import Simulation

extension Network {
  /// The integers at which MAXIMUM and MINIMUM with constants, the only readers of a tensor, cut it.
  func clampsAfter(_ tensor: Int, _ consumers: [[Int]]) -> (low: Int64?, high: Int64?) {
    var (tensor, result): (Int, (low: Int64?, high: Int64?)) = (tensor, (nil, nil))
    while !outputs.contains(tensor), consumers[tensor].count == 1 {
      let node = nodes[consumers[tensor][0]]
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

  /// The network with a MAXIMUM, a MINIMUM or both behind each operator whose cut the target could not state otherwise.
  ///
  /// The added operators cut where the format of what they read ends, so that they change no integer here. In a target
  /// whose format reaches farther they do.
  ///
  /// - Parameters:
  ///   - open: The bounds that are open, of this network.
  ///   - profile: The machine; what it does not have on the device is not added.
  /// - Returns: The network; `nil` where nothing can be added.
  func withClampOperators(for open: [OpenClamp], on profile: HardwareProfile) -> Network? {
    var result = self
    result.nodes = []
    for (index, node) in nodes.enumerated() {
      guard let clamp = open.first(where: { $0.node == index }), node.outputs == [clamp.tensor],
        let ends = tensors[clamp.tensor].ends(of: node.operation.activation)
      else {
        result.nodes.append(node)
        continue
      }
      var bounds: [(Binary.Function, Int64)] = []
      if clamp.isLowOpen && profile.has(.maximum) { bounds.append((.maximum, ends.lowerBound)) }
      if clamp.isHighOpen && profile.has(.minimum) { bounds.append((.minimum, ends.upperBound)) }
      result.append(node, bounds)
    }
    return result.nodes.count > nodes.count ? result : nil
  }

  /// Adds an operator and others that cut what it makes.
  private mutating func append(_ node: Node, _ bounds: [(function: Binary.Function, integer: Int64)]) {
    var maker = node
    let (output, first) = (node.outputs[0], nodes.count)
    nodes.append(node)
    // From the last one, which makes what the operator made, to the first.
    var made = output
    for (place, bound) in bounds.enumerated().reversed() {
      var (uncut, constant) = (tensors[output], tensors[output])
      uncut.name += place == 0 ? "/uncut" : "/cut"
      constant.name += bound.function == .maximum ? "/lowest" : "/highest"
      constant.shape = Shape([1])
      constant.shapeSignature = []
      constant.data = Tensor.bytes([bound.integer], as: constant.type).map { $0[...] }
      let operands = [tensors.count, tensors.count + 1]
      tensors += [uncut, constant]
      nodes.insert(Node(.binary(Binary(bound.function)), inputs: operands, outputs: [made]), at: first + 1)
      made = operands[0]
    }
    maker.outputs = [made]
    nodes[first] = maker
  }
}
