internal import NetworkModel

/// The real numbers that a source tensor can hold.
package struct RealRange: Hashable, Sendable {
  package var low: Double
  package var high: Double

  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// The range that the source's own parameters facts, cut by the clamp of the operator that makes the tensor.
  init(_ network: Network, _ index: Int) {
    guard let held = network.tensors[index].heldRange else {
      (low, high) = (0, 0)
      return
    }
    self = held
    if let producer = network.nodes.first(where: { $0.outputs.contains(index) }) {
      if case .pad = producer.operation, let input = producer.input(0) {
        // What is added means 0.
        self = RealRange(network, input).union(RealRange(low: 0, high: 0))
        return
      }
      let bounds = producer.operation.activation.bounds
      if let bound = bounds.low { low = max(low, Double(bound)) }
      if let bound = bounds.high { high = min(high, Double(bound)) }
    }
  }

  /// The range that holds both.
  func union(_ other: RealRange) -> RealRange {
    var result = self
    result.low = min(low, other.low)
    result.high = max(high, other.high)
    return result
  }
}

extension Tensor {
  /// The real numbers that the format holds; `nil` without a scale.
  var heldRange: RealRange? {
    guard let quantization, let range = type.integerRange else { return nil }
    let scale = Double(quantization.scale)
    return RealRange(
      low: scale * Double(range.lowerBound - quantization.zeroPoint),
      high: scale * Double(range.upperBound - quantization.zeroPoint))
  }
}

extension ElementType {
  /// The zero point of a symmetric scale: 0, or the middle of an unsigned type.
  var middle: Int64 {
    guard let range = integerRange, let bits, range.lowerBound == 0 else { return 0 }
    return 1 << Int64(bits - 1)
  }
}
