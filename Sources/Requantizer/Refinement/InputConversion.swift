internal import NetworkModel

/// From the integers of a source's input to those of the target's, by real value.
struct InputConversion {
  private let source: Quantization
  private let target: Quantization
  private let range: ClosedRange<Int64>
  private let isIdentity: Bool

  init(from source: Tensor, to target: Tensor) {
    self.source = source.quantization ?? Quantization(scale: 1)
    self.target = target.quantization ?? Quantization(scale: 1)
    range = (target.type.integerRange ?? Int64.min...Int64.max).clamped(to: Int64(Int32.min)...Int64(Int32.max))
    isIdentity = source.type == target.type && source.quantization == target.quantization
  }

  /// Converts each element, rounding ties away from zero.
  func callAsFunction(_ elements: [Int32]) -> [Int32] {
    if isIdentity { return elements }
    return elements.map { element in
      let real = Double(source.scale) * Double(Int64(element) - source.zeroPoint)
      let steps = (real / Double(target.scale)).rounded(.toNearestOrAwayFromZero)
      // Cut before it becomes an integer: scales may be as far apart as floats can be.
      let stored = Int64(min(max(steps, -0x1p40), 0x1p40)) + target.zeroPoint
      return Int32(min(max(stored, range.lowerBound), range.upperBound))
    }
  }
}
