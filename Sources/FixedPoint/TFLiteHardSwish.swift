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
    if reluExponent < 0 { relu = Self.divide(relu, -reluExponent) }
    let share = Int16((Int32(relu) + 32768) >> 1)
    // Truncated, where the products before are rounded.
    let product = Int16(Int32(share) * Int32(value) / 32768)
    return Self.divide(product, -outputExponent)
  }

  /// A multiplier of 31 fraction bits with 15, the nearest one or the largest that there is.
  private static func narrowed(_ significand: Int64) -> Int16 {
    significand >= Int64(Int32.max) - (1 << 15) ? .max : Int16((significand + (1 << 15)) >> 16)
  }

  /// `round(a·b / 2^15)`, ties toward positive infinity, saturated.
  private static func highProduct(_ a: Int16, _ b: Int16) -> Int16 {
    Int16(clamping: shiftRight(Int32(a) * Int32(b), by: 15, .tiesTowardPositive))
  }

  /// `round(x / 2^exponent)`, ties away from zero, for exponents below 16.
  ///
  /// From 16 on LiteRT's mask of the bits below the point, `2^exponent − 1` cut to 16 bits, is −1; half of it is −1 too,
  /// and every remainder that is not negative counts as more than half: `RoundingDivideByPOT` in gemmlowp's
  /// `fixedpoint.h` gives 1 for zero and above, −1 below.
  private static func divide(_ x: Int16, _ exponent: Int) -> Int16 {
    exponent < 16 ? shiftRight(x, by: exponent, .tiesAwayFromZero) : x < 0 ? -1 : 1
  }

  private static func shiftLeft(_ x: Int16, _ count: Int) -> Int16 { Int16(clamping: Int64(x) << Int64(count)) }
}
