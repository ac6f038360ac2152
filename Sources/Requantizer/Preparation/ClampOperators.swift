internal import NetworkModel

/// Operators that are added behind one whose cut the machine can state in no other way.
package struct AddedClamp: Codable, Hashable, Sendable {
  /// The operator's index in the network to which they are added.
  package let node: Int
  /// What cuts from below; `nil` for nothing.
  package let low: ClampOperator?
  /// What cuts from above; `nil` for nothing.
  package let high: ClampOperator?
}

extension Network {
  /// The network with operators that cut behind others.
  ///
  /// The added operators cut where the format of what they read ends, so that they change no integer here. In a target
  /// whose format reaches farther they do.
  ///
  /// - Parameter clamps: What is added, each operator once.
  /// - Returns: The network.
  /// - Throws: ``RequantizationError`` where an operator is not there or makes nothing that can be cut.
  func adding(_ clamps: [AddedClamp]) throws(RequantizationError) -> Network {
    let faults: [String] = clamps.compactMap { clamp in
      guard nodes.indices.contains(clamp.node) else {
        return "preparation.addedClamps: there is no operator \(clamp.node); the network has \(nodes.count)"
      }
      let node = nodes[clamp.node]
      if node.outputs.count == 1, tensors[node.outputs[0]].ends(of: node.operation.activation) != nil { return nil }
      return "preparation.addedClamps: nothing can be cut behind \(label(ofNode: clamp.node))"
    }
    if !faults.isEmpty { throw RequantizationError(faults) }
    let added = Dictionary(clamps.map { ($0.node, $0) }) { first, _ in first }
    var result = self
    result.nodes = []
    for (index, node) in nodes.enumerated() {
      guard let clamp = added[index], node.outputs.count == 1,
        let ends = tensors[node.outputs[0]].ends(of: node.operation.activation)
      else {
        result.nodes.append(node)
        continue
      }
      var cuts: [(ClampOperator, Int64)] = []
      if let low = clamp.low { cuts.append((low, ends.lowerBound)) }
      // A format cuts at both of its ends.
      if let high = clamp.high, clamp.low != .quantize { cuts.append((high, ends.upperBound)) }
      result.append(node, cuts)
    }
    return result
  }
}

extension ClampOperator {
  fileprivate var operation: Operation {
    switch self {
    case .maximum: .binary(Binary(.maximum))
    case .minimum: .binary(Binary(.minimum))
    case .relu: .relu(Relu(.relu))
    case .quantize: .quantize(Quantize())
    }
  }
}

extension Network {
  /// Adds an operator and others that cut what it makes.
  fileprivate mutating func append(_ node: Node, _ cuts: [(cut: ClampOperator, integer: Int64)]) {
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
    for (place, added) in cuts.enumerated().reversed() {
      var uncut = tensors[output]
      uncut.name = name + (added.cut == .quantize ? "/host" : place == 0 ? "/uncut" : "/cut")
      var operands = [tensors.count]
      tensors.append(uncut)
      if added.cut == .maximum || added.cut == .minimum {
        var constant = tensors[output]
        constant.name = name + (added.cut == .maximum ? "/lowest" : "/highest")
        constant.shape = Shape([1])
        constant.shapeSignature = []
        constant.data = Tensor.bytes([added.integer], as: constant.type).map { $0[...] }
        operands.append(tensors.count)
        tensors.append(constant)
      }
      nodes.insert(Node(added.cut.operation, inputs: operands, outputs: [made]), at: first + 1)
      made = operands[0]
    }
    maker.outputs = [made]
    nodes[first] = maker
  }
}
