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

  /// RDPOT: `round(x / 2^exponent)`, ties away from zero; `exponent` is zero or more (gemmlowp: at most 31).
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
  /// - Edge cases: A left shift that overflows 32 bits wraps, as it does in a C build for a usual machine.
  /// - Precondition: `-31...30` contains `exponent`.
  @inlinable
  public static func multiplyByQuantizedMultiplier(_ x: Int32, significand: Int32, exponent: Int) -> Int32 {
    precondition((-31...30).contains(exponent), "a TFLite multiplier's exponent is -31 to 30")
    let left = max(exponent, 0)
    let right = max(-exponent, 0)
    return roundingDivideByPOT(saturatingRoundingDoublingHighMul(x &<< Int32(left), significand), right)
  }

  /// `QuantizeMultiplier`: the 31-bit multiplier nearest to a real number; one below 2^−32 becomes zero.
  ///
  /// The comparison with 2^−32 is made after rounding. The exponent has no upper limit here, as in TensorFlow Lite; a
  /// caller that lowers a model's scale refuses one above 30 (a multiplier of 2^30 or more).
  ///
  /// Source: `QuantizeMultiplier` in TensorFlow Lite's `kernels/internal/quantization_util.cc`.
  ///
  /// - Parameter real: A finite number, zero or more.
  /// - Returns: The multiplier, with 31 fraction bits.
  public static func quantizeMultiplier(_ real: Double) -> FixedPointMultiplier {
    let multiplier = FixedPointMultiplier(approximating: real)
    if multiplier.exponent < -31 { return FixedPointMultiplier(significand: 0, exponent: 0, fraction: 31) }
    return multiplier
  }

  /// The same arithmetic as stages, for a requantization that an engine performs.
  ///
  /// For every 32-bit accumulator it gives what ``multiplyByQuantizedMultiplier(_:significand:exponent:)`` gives.
  ///
  /// - Parameter multiplier: The multiplier, for instance from ``quantizeMultiplier(_:)``.
  /// - Returns: The stages.
  /// - Precondition: The multiplier has 31 fraction bits, a 32-bit significand and an exponent of −31 to 30.
  public static func doubleRounding(_ multiplier: FixedPointMultiplier) -> Requantization {
    precondition(multiplier.fraction == 31, "a TFLite multiplier has 31 fraction bits")
    precondition(Int32(exactly: multiplier.significand) != nil, "a TFLite multiplier has a 32-bit significand")
    precondition((-31...30).contains(multiplier.exponent), "a TFLite multiplier's exponent is -31 to 30")
    var stages: [Requantization.Stage] = []
    if multiplier.exponent > 0 { stages += [.shiftLeft(multiplier.exponent), .wrap(.int(32))] }
    stages += [.multiply(multiplier.significand), .shiftRight(31, .tiesTowardPositive), .saturate(.int(32))]
    if multiplier.exponent < 0 { stages.append(.shiftRight(-multiplier.exponent, .tiesAwayFromZero)) }
    return Requantization(stages: stages)
  }
}
