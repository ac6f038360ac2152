internal import FixedPoint
package import HardwareProfile
package import NetworkModel

extension HardwareProfile {
  /// What the weights of each layer on the device may look like, its exceptions applied, by the operator's index.
  package func weightSchemes(in network: Network) -> [Int: WeightScheme] {
    let placements = placements(in: network)
    let layers = network.nodes.indices.filter {
      network.nodes[$0].operation.rescaling == .weighted && placements[$0] == .device
    }
    var schemes: [Int: WeightScheme] = [:]
    for layer in layers {
      var positions: Set<LayerPosition> = []
      if layer == layers.first { positions.insert(.first) }
      if layer == layers.last { positions.insert(.last) }
      schemes[layer] = weights.scheme(at: positions, of: network.nodes[layer].operation.name)
    }
    return schemes
  }
}

extension WeightScheme {
  func violations(of tensor: Tensor, _ place: String, _ node: Int) -> [Violation] {
    var check = SchemeCheck(place: place, node: node, subject: "weights")
    let format = fittingFormat(tensor)
    if format == nil { check.format(of: tensor, formats, values: tensor.integers()) }
    guard let quantization = tensor.quantization else { return check.found }
    check.zeroPoint(zeroPoint, quantization, tensor.type, formats)
    if zeroPoint == .any, let format, let bad = quantization.zeroPoints.first(where: { !format.contains(Int128($0)) }) {
      check.add(.zeroPoint, "zero points are \(format.name); here one is \(bad)", "requantize")
    }
    check.scale(scale, quantization)
    let count = quantization.scales.count
    if quantization.isPerAxis && !granularity.contains(.channel) {
      check.add(.granularity, "weights have one scale per tensor; here there are \(count)", "requantize per tensor")
    }
    if !quantization.isPerAxis && !granularity.contains(.tensor) {
      check.add(.granularity, "weights have one scale per channel; here there is one", "requantize per channel")
    }
    if narrowRange, let format, let lowest = Int64(exactly: format.minimum),
      tensor.integers()?.contains(lowest) ?? false
    {
      check.add(.narrowRange, "weights do not use \(lowest); here it occurs", "clip to \(lowest + 1)")
    }
    return check.found
  }

  /// The narrowest format of the machine that holds weights and their zero points, without its smallest value where the
  /// machine leaves that out; failing that, one that holds at least the weights; `nil` when there is none.
  ///
  /// What a file stores them in may be wider: TensorFlow Lite has no type of 2, 3, 5, 6 or 7 bits that its kernels read.
  private func fittingFormat(_ tensor: Tensor) -> IntegerFormat? {
    guard let type = tensor.type.format else { return nil }
    let candidates = formats.filter { $0.isSigned == type.isSigned && $0.bits <= type.bits }
    // With nothing narrower to choose there is nothing to look for among the weights: their type holds them all.
    if candidates == [type] { return type }
    guard let values = tensor.integers(), let smallest = values.min(), let largest = values.max() else {
      return candidates.first { $0 == type }
    }
    let holding = candidates.filter { $0.contains(Int128(smallest)) && $0.contains(Int128(largest)) }
      .sorted { $0.bits < $1.bits }
    let suiting = holding.filter { format in
      tensor.quantization?.zeroPoints.allSatisfy { format.contains(Int128($0)) } ?? true
        && (!narrowRange || Int128(smallest) > format.minimum)
    }
    return suiting.first ?? holding.last
  }
}

extension SchemeCheck {
  /// Reports a type that the machine does not have, and for weights that could be one of its formats their range.
  mutating func format(of tensor: Tensor, _ formats: [IntegerFormat], values: [Int64]?) {
    let allowed = formats.map(\.name).joined(separator: " or ")
    var here = "\(tensor.type)"
    if let type = tensor.type.format, let smallest = values?.min(), let largest = values?.max(),
      formats.contains(where: { $0.isSigned == type.isSigned && $0.bits < type.bits })
    {
      here += " from \(smallest) to \(largest)"
    }
    add(.format, "\(subject) are \(allowed); here they are \(here)", "requantize")
  }
}
