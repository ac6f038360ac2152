internal import HardwareProfile
internal import NetworkModel

extension Network {
  /// The network with a PADV2 of its own before each padded window over what a clamp at zero made.
  ///
  /// A machine without zero points pads with its 0, so the integers of a padded layer's input must mean what they say: a
  /// tensor of positive numbers uses half of the format. Where the machine pads with any constant by an operator of its own,
  /// the constant can be the integer that means 0, and the tensor may use the whole format with its offset folded into
  /// biases. The added operator changes no integer of the source, whose padding is its zero point.
  func withExplicitPadding(for profile: HardwareProfile) -> Network {
    guard profile.activations.zeroPoint == .none, profile.operators["PADV2"]?.run == .device,
      profile.fusedActivations.contains(Activation.none.rawValue)
    else { return self }
    let (producers, consumers) = (producers(), consumers())
    let ends = Set(inputs + outputs)
    func isLayer(_ node: Node) -> Bool {
      node.operation.rescaling == .weighted && profile.operators[node.operation.name]?.run == .device
    }
    var result = self
    result.nodes = []
    for var node in nodes {
      if isLayer(node), let input = node.input(0), !ends.contains(input), !tensors[input].isConstant,
        let producer = producers[input], isLayer(nodes[producer]), nodes[producer].operation.activation.bounds.low == 0,
        consumers[input].allSatisfy({ isLayer(nodes[$0]) && nodes[$0].input(0) == input }),
        let padded = result.appendPadding(before: node)
      {
        node = padded
      }
      result.nodes.append(node)
    }
    return result
  }

  /// Adds the padding of a window as an operator; gives the layer without it, or `nil` where it has none.
  private mutating func appendPadding(before node: Node) -> Node? {
    guard let input = node.input(0), let weights = node.input(1).map({ tensors[$0].shape }),
      let quantization = tensors[input].quantization, !quantization.isPerAxis, tensors[input].shape.rank == 4,
      let value = Tensor.bytes([quantization.zeroPoint], as: tensors[input].type)
    else { return nil }
    guard node.operation.padding == .same, let window = node.operation.windows(weights) else { return nil }
    let shape = tensors[input].shape
    // Where an image may have any size, only windows without a stride have the same padding for all of them.
    guard !hasFreeSizes || (window.rows.stride == 1 && window.columns.stride == 1) else { return nil }
    guard let rows = window.rows.padding(over: shape[1]), let columns = window.columns.padding(over: shape[2]),
      rows.before + rows.after + columns.before + columns.after > 0
    else { return nil }
    let amounts = [0, 0, rows.before, rows.after, columns.before, columns.after, 0, 0].map(Int64.init)
    guard let list = Tensor.bytes(amounts, as: .int32) else { return nil }
    var padded = tensors[input]
    padded.name += "/padded"
    padded.shape.extents[1] += rows.before + rows.after
    padded.shape.extents[2] += columns.before + columns.after
    padded.shapeSignature = tensors[input].signature(for: padded.shape.extents)
    let first = tensors.count
    tensors += [
      Tensor(name: padded.name + "/amounts", type: .int32, shape: Shape([4, 2]), data: list[...]),
      Tensor(
        name: padded.name + "/value", type: padded.type, shape: Shape([1]), quantization: quantization,
        data: value[...]),
      padded,
    ]
    nodes.append(Node(.pad(Pad(hasValue: true)), inputs: [input, first, first + 1], outputs: [first + 2]))
    var layer = node
    layer.operation = node.operation.with(.valid)
    layer.inputs[0] = first + 2
    return layer
  }
}

extension Window {
  /// The elements that SAME adds before and after an axis; `nil` where the window does not fit.
  fileprivate func padding(over input: Int) -> (before: Int, after: Int)? {
    guard let (outputs, before) = placement(over: input, .same) else { return nil }
    return (before, max(0, (outputs - 1) * stride + extent - input) - before)
  }
}
