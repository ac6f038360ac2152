/// What a network may ask of the machine that simulates it: a small file can describe years of work.
extension Network {
  /// The largest number of elements that one tensor may have.
  package static let elementLimit = 1 << 27

  /// The largest number of axes that a tensor may have.
  package static let rankLimit = 8

  /// The largest number of elements that activations may have at one time; a simulation holds 32 bits for each.
  package static let liveElementLimit = 1 << 26

  /// The largest number of weights that all operators read, where weights that several read count for each of them,
  /// and a scale for as much as it takes.
  package static let weightLimit = 5 << 25

  /// The largest number of products, comparisons and moves for one sample.
  package static let workLimit = 1 << 40

  /// The largest number of activation elements that are held at one time, and the operator at which it is reached.
  ///
  /// A tensor is held until its last reader ran; outputs, and results that nobody reads, are held until the end.
  ///
  /// - Returns: The number for a network without faults; it saturates.
  package func peakLiveElements() -> (elements: Int, node: Int) {
    var readers = [Int](repeating: 0, count: tensors.count)
    for output in outputs { readers[output] += 1 }
    for node in nodes {
      for input in Set(node.inputs.compactMap(\.self)) { readers[input] += 1 }
    }
    var live = inputs.reduce(0) { $0.addingSaturating(tensors[$1].shape.count) }
    var peak = (elements: live, node: 0)
    for (index, node) in nodes.enumerated() {
      for output in node.outputs { live = live.addingSaturating(tensors[output].shape.count) }
      if live > peak.elements { peak = (live, index) }
      for input in Set(node.inputs.compactMap(\.self)) where !tensors[input].isConstant {
        readers[input] -= 1
        if readers[input] == 0 { live -= tensors[input].shape.count }
      }
    }
    return peak
  }

  /// What the network asks for beyond the limits; its tensors and operators must be sound.
  func resourceFaults() -> [NetworkFault] {
    var faults: [NetworkFault] = []
    let peak = peakLiveElements()
    if peak.elements > Network.liveElementLimit {
      let message =
        "activations have \(peak.elements) elements at a time here; supported are up to \(Network.liveElementLimit). "
        + "Convert the model for a smaller input"
      faults.append(NetworkFault(place: label(ofNode: peak.node), message: message))
    }
    let weights = nodes.reduce(0) { $0.addingSaturating(weightCost(of: $1)) }
    if weights > Network.weightLimit {
      let message =
        "its operators read \(weights) weights and scales in all; supported are up to \(Network.weightLimit). "
        + "Split the model"
      faults.append(NetworkFault(place: "the graph", message: message))
    }
    let work = nodes.reduce(0) { $0.addingSaturating(self.work(of: $1)) }
    if work > Network.workLimit {
      let message =
        "one sample takes \(work) products or comparisons; supported are up to \(Network.workLimit). "
        + "Convert the model for a smaller input"
      faults.append(NetworkFault(place: "the graph", message: message))
    }
    return faults
  }

  /// The weights of an operator; a scale of a channel becomes a list of stages, about as large as 64 weights.
  private func weightCost(of node: Node) -> Int {
    guard node.operation.rescaling == .weighted, let weights = node.input(1).map({ tensors[$0] }) else { return 0 }
    return weights.shape.count + 64 * (weights.quantization?.scales.count ?? 0)
  }

  /// The products, comparisons or moves of an operator; no factor exceeds ``elementLimit``, so nothing overflows.
  private func work(of node: Node) -> Int {
    let result = node.outputs.map { tensors[$0].shape.count }.reduce(0, +)
    switch node.operation {
    case .conv2D, .depthwiseConv2D, .fullyConnected:
      guard let weights = node.input(1).map({ tensors[$0].shape }) else { return result }
      let channels = if case .depthwiseConv2D = node.operation { weights[3] } else { weights[0] }
      return result * (weights.count / channels)
    case .averagePool2D(let window), .maxPool2D(let window):
      guard let image = node.input(0).map({ tensors[$0].shape }) else { return result }
      return result * (min(window.filterHeight, image[1]) * min(window.filterWidth, image[2]))
    case .batchMatMul(let rules):
      guard let depth = node.input(0).map({ tensors[$0].shape.extents.suffix(2) }) else { return result }
      return result * ((rules.transposesFirst ? depth.first : depth.last) ?? 1)
    case .transposeConv:
      // As many products as the convolution over the input with zeros between its elements.
      guard let weights = node.input(1).map({ tensors[$0].shape }) else { return result }
      return result * (weights.count / weights[0])
    case .svdf: return node.input(1).map { result * tensors[$0].shape.count } ?? result
    case .sequenceLSTM:
      guard let input = node.input(0).map({ tensors[$0].shape }) else { return result }
      // Four products with a column of the input and the last output for each cell.
      return result * (4 * (input[2] + (node.outputs.first.map { tensors[$0].shape[2] } ?? 0)))
    default:
      return node.inputs.compactMap(\.self).map { tensors[$0].shape.count }.reduce(result) { $0.addingSaturating($1) }
    }
  }
}

extension Int {
  /// The sum of two numbers, zero or more, or the largest number.
  fileprivate func addingSaturating(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
