/// TensorFlow Lite's fixed-point primitives, with the tie rules that the code has rather than those its comments claim.
///
/// Source: `SaturatingRoundingDoublingHighMul` and `RoundingDivideByPOT` in gemmlowp's `fixedpoint/fixedpoint.h`,
/// `MultiplyByQuantizedMultiplier` in TensorFlow Lite's `kernels/internal/common.cc` (built without
/// `TFLITE_SINGLE_ROUNDING`).
public enum TFLiteArithmetic {
  /// SRDHM: `round(a·b / 2^31)`, ties toward positive infinity; the one overflow, `min · min`, saturates.
  @inlinable
  public static func saturatingRoundingDoublingHighMul(_ a: Int32, _ b: Int32) -> Int32 {
    let exact = shiftRight(Int64(a) * Int64(b), by: 31, .tiesTowardPositive)
    return Int32(clamping: exact)
  }

  /// RDPOT: `round(x / 2^exponent)`, ties away from zero.
  @inlinable
  public static func roundingDivideByPOT(_ x: Int32, _ exponent: Int) -> Int32 {
    shiftRight(x, by: exponent, .tiesAwayFromZero)
  }

  /// The double-rounding requantization: SRDHM after a wrapping left shift, then RDPOT.
  ///
  /// - Parameters:
  ///   - x: The accumulator.
  ///   - significand: The quantized multiplier, 31 fraction bits.
  ///   - exponent: Positive shifts left before the product, negative shifts right after it; −31 to 30.
  /// - Returns: `x · significand · 2^(exponent − 31)`, rounded twice.
  @inlinable
  public static func multiplyByQuantizedMultiplier(_ x: Int32, significand: Int32, exponent: Int) -> Int32 {
    let left = max(exponent, 0)
    let right = max(-exponent, 0)
    return roundingDivideByPOT(saturatingRoundingDoublingHighMul(x &<< Int32(left), significand), right)
  }

  /// `QuantizeMultiplier`: the 31-bit multiplier nearest to a real number; one below 2^−32 is flushed to zero.
  ///
  /// Source: `QuantizeMultiplier` in TensorFlow Lite's `kernels/internal/quantization_util.cc`.
  ///
  /// - Parameter real: A finite number, zero or more.
  public static func quantizeMultiplier(_ real: Double) -> FixedPointMultiplier {
    let multiplier = FixedPointMultiplier(approximating: real)
    if multiplier.exponent < -31 { return FixedPointMultiplier(significand: 0, exponent: 0, fraction: 31) }
    return multiplier
  }

  /// The same arithmetic as stages, for a requantization that an engine performs.
  public static func doubleRounding(_ multiplier: FixedPointMultiplier) -> Requantization {
    var stages: [Requantization.Stage] = []
    if multiplier.exponent > 0 { stages += [.shiftLeft(multiplier.exponent), .wrap(.int(32))] }
    stages += [.multiply(multiplier.significand), .shiftRight(31, .tiesTowardPositive), .saturate(.int(32))]
    if multiplier.exponent < 0 { stages.append(.shiftRight(-multiplier.exponent, .tiesAwayFromZero)) }
    return Requantization(stages: stages)
  }
}
