internal import NetworkModel

extension Requantized {
  /// The result without the padding operators that turned out to be of no use: those that add the integer which a padded
  /// window means anyway.
  ///
  /// - Parameter count: How many tensors the network had that was read; those after them were added.
  /// - Returns: The smaller result, its operators and tensors numbered anew.
  func withoutIdlePadding(after count: Int) -> Requantized {
    var network = network
    let consumers = network.consumers()
    var dropped: Set<Int> = []
    for (index, node) in network.nodes.enumerated() {
      guard case .pad(let rules) = node.operation, rules.hasValue, let output = node.outputs.first, output >= count,
        let input = node.input(0), let value = node.input(2).flatMap({ network.tensors[$0].integers() }),
        value == [network.tensors[output].quantization?.zeroPoint], !network.outputs.contains(output)
      else { continue }
      let layers = consumers[output].map { (index: $0, node: network.nodes[$0].padding(itself: input, output)) }
      if layers.contains(where: { $0.node == nil }) { continue }
      for layer in layers { if let node = layer.node { network.nodes[layer.index] = node } }
      dropped.insert(index)
    }
    if dropped.isEmpty { return self }
    // Operators and tensors are numbered anew.
    var places: [Int: Int] = [:]
    var kept: [Node] = []
    for (index, node) in network.nodes.enumerated() where !dropped.contains(index) {
      places[index] = kept.count
      kept.append(node)
    }
    network.nodes = kept
    let used = Set(kept.flatMap { $0.inputs.compactMap(\.self) + $0.outputs })
    var numbers: [Int: Int] = [:]
    var tensors: [Tensor] = []
    for index in network.tensors.indices where index < count || used.contains(index) {
      numbers[index] = tensors.count
      tensors.append(network.tensors[index])
    }
    network.tensors = tensors
    for index in network.nodes.indices {
      network.nodes[index].inputs = network.nodes[index].inputs.map { $0.flatMap { numbers[$0] } }
      network.nodes[index].outputs = network.nodes[index].outputs.compactMap { numbers[$0] }
    }
    return Requantized(
      network: network, passes: passes,
      layers: layers.compactMap { layer in
        places[layer.node].map { layer.at($0) }
      },
      meanings: meanings.compactMap { meaning in
        numbers[meaning.tensor].map { TensorMeaning(tensor: $0, scales: meaning.scales, offsets: meaning.offsets) }
      }, warnings: warnings, plan: plan, isUnchanged: isUnchanged)
  }
}

extension LayerDecision {
  /// The same decision for another index of the operator.
  fileprivate func at(_ node: Int) -> LayerDecision {
    var result = self
    result.node = node
    return result
  }
}

extension Node {
  /// A layer without padding over a padded tensor as one that pads by itself; `nil` for anything else.
  fileprivate func padding(itself input: Int, _ padded: Int) -> Node? {
    guard inputs.first == padded, inputs.dropFirst().allSatisfy({ $0 != padded }), operation.padding != nil else {
      return nil
    }
    var result = self
    result.inputs[0] = input
    result.operation = operation.with(.same)
    return result
  }
}
