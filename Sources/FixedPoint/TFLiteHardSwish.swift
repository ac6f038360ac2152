/// TensorFlow Lite's integer hard swish: `x · min(max(x + 3, 0), 6) / 6` in 16-bit fixed point.
///
/// Source: `HardSwish` in TensorFlow Lite's `kernels/internal/reference/hard_swish.h`, `HardSwishPrepare` in
/// `kernels/activations.cc`, `DownScaleInt32ToInt16Multiplier` in `kernels/internal/common.h`.
public struct TFLiteHardSwish: Hashable, Sendable {
  private let outputFactor: Int16
  private let outputExponent: Int
  private let reluFactor: Int16
  private let reluExponent: Int

  /// The constants for two scales; `nil` where an output is finer than 128 steps of the input, which TensorFlow Lite
  /// refuses.
  public init?(inputScale: Float, outputScale: Float) {
    let fine = Float(1.0 / 128.0) * inputScale
    let output = Double(fine / outputScale)
    let relu = Double(fine / (3 / 32768))
    guard output.isFinite, output > 0, relu.isFinite, relu > 0 else { return nil }
    let outputMultiplier = TFLiteArithmetic.quantizeMultiplier(output)
    let reluMultiplier = TFLiteArithmetic.quantizeMultiplier(relu)
    guard outputMultiplier.exponent <= 0, reluMultiplier.exponent <= 30 else { return nil }
    (outputFactor, outputExponent) = (Self.narrowed(outputMultiplier.significand), outputMultiplier.exponent)
    (reluFactor, reluExponent) = (Self.narrowed(reluMultiplier.significand), reluMultiplier.exponent)
  }

  /// The result before the zero point for a stored integer of 8 bits less its zero point.
  public func callAsFunction(_ x: Int64) -> Int16 {
    let fine = Int16(truncatingIfNeeded: x << 7)
    let value = Self.highProduct(fine, outputFactor)
    var relu = fine
    if reluExponent > 0 { relu = Self.shiftLeft(relu, reluExponent - 1) }
    relu = Self.highProduct(relu, reluFactor)
    if reluExponent > 0 { relu = Self.shiftLeft(relu, 1) }
    if reluExponent < 0 { relu = shiftRight(relu, by: -reluExponent, .tiesAwayFromZero) }
    let share = Int16((Int32(relu) + 32768) >> 1)
    // Truncated, where the products before are rounded.
    let product = Int16(Int32(share) * Int32(value) / 32768)
    return shiftRight(product, by: -outputExponent, .tiesAwayFromZero)
  }

  /// A multiplier of 31 fraction bits with 15, the nearest one or the largest that there is.
  private static func narrowed(_ significand: Int64) -> Int16 {
    significand >= Int64(Int32.max) - (1 << 15) ? .max : Int16((significand + (1 << 15)) >> 16)
  }

  /// `round(a·b / 2^15)`, ties toward positive infinity, saturated.
  private static func highProduct(_ a: Int16, _ b: Int16) -> Int16 {
    Int16(clamping: shiftRight(Int32(a) * Int32(b), by: 15, .tiesTowardPositive))
  }

  private static func shiftLeft(_ x: Int16, _ count: Int) -> Int16 { Int16(clamping: Int64(x) << Int64(count)) }
}
