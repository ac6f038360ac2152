internal import HardwareProfile
internal import NetworkModel

/// Sizes that the machine limits.
extension HardwareProfile {
  func violations(ofWindows node: Node, _ index: Int, in network: Network) -> [Violation] {
    let windows: [Window]
    switch node.operation {
    case .conv2D(let rules):
      guard let weights = node.input(1) else { return [] }
      windows = [rules.rows(network.tensors[weights].shape), rules.columns(network.tensors[weights].shape)]
    case .depthwiseConv2D(let rules):
      guard let weights = node.input(1) else { return [] }
      windows = [rules.rows(network.tensors[weights].shape), rules.columns(network.tensors[weights].shape)]
    case .averagePool2D(let pool), .maxPool2D(let pool): windows = [pool.rows, pool.columns]
    default: return []
    }
    let checks: [(String, String, Int, Int?)] = windows.flatMap {
      [
        ("kernel", "kernelSize", $0.size, limits.kernelSize), ("stride", "stride", $0.stride, limits.stride),
        ("dilation", "dilation", $0.dilation, limits.dilation),
      ]
    }
    return checks.compactMap { name, key, value, limit in
      guard let limit, value > limit else { return nil }
      return Violation(
        kind: .limit, place: network.label(ofNode: index), node: index, key: "limits.\(key)",
        rule: "the largest \(name) is \(limit); this one is \(value)", remedy: "run it on the host or change the model")
    }
  }

  func limitViolations(of tensor: Tensor, _ place: String, _ node: Int) -> [Violation] {
    var found: [Violation] = []
    if let limit = limits.channels, let channels = tensor.shape.extents.last, channels > limit {
      found.append(
        Violation(
          kind: .limit, place: place, node: node, key: "limits.channels",
          rule: "a tensor has at most \(limit) channels; this one has \(channels)",
          remedy: "change the model"))
    }
    if let limit = limits.activationBytes, let bytes = tensor.type.byteCount(of: tensor.shape.count), bytes > limit {
      found.append(
        Violation(
          kind: .limit, place: place, node: node, key: "limits.activationBytes",
          rule: "an activation has at most \(limit) bytes; this one has \(bytes)", remedy: "change the model"))
    }
    return found
  }

  /// The whole model against the memory for weights.
  func weightMemoryViolation(of network: Network) -> Violation? {
    guard let limit = limits.weightBytes else { return nil }
    var bytes = 0
    var counted: Set<Int> = []
    for node in network.nodes where node.operation.rescaling == .weighted {
      for tensor in node.inputs.dropFirst().compactMap(\.self) where counted.insert(tensor).inserted {
        bytes += network.tensors[tensor].data?.count ?? 0
      }
    }
    guard bytes > limit else { return nil }
    return Violation(
      kind: .limit, place: "the model", node: 0, key: "limits.weightBytes",
      rule: "weights and biases have at most \(limit) bytes; this model has \(bytes)", remedy: "use fewer weight bits")
  }
}
