/// A real number as an integer significand and a power of two: `significand · 2^(exponent − fraction)`.
///
/// With 31 fraction bits the significand that approximates a positive number lies in [2^30, 2^31) and is TFLite's
/// "quantized multiplier"; the exponent is its "shift" (positive = left).
public struct FixedPointMultiplier: Hashable, Sendable, Codable {
  /// The integer factor.
  public let significand: Int64
  /// The power of two beside the significand; positive enlarges.
  public let exponent: Int
  /// The number of fraction bits of the significand.
  public let fraction: Int

  /// Creates a multiplier from its parts.
  ///
  /// - Parameters:
  ///   - significand: The integer factor.
  ///   - exponent: The power of two beside it.
  ///   - fraction: The significand's number of fraction bits.
  public init(significand: Int64, exponent: Int, fraction: Int) {
    self.significand = significand
    self.exponent = exponent
    self.fraction = fraction
  }

  /// The nearest multiplier of a given width to a positive real number.
  ///
  /// The number is split into `q · 2^e` with `q` in [½, 1); the significand is `round(q · 2^fraction)`, ties away from
  /// zero; a significand that reaches 2^fraction is halved and `e` grows by one. Zero becomes `0 · 2^0`. The exponent is not limited here:
  /// whoever lowers to a machine checks it against the machine's shifter.
  ///
  /// - Parameters:
  ///   - real: A finite number, zero or more.
  ///   - fraction: The significand's fraction bits, 1 to 31.
  /// - Precondition: `real` is finite and not negative, `1...31` contains `fraction`.
  public init(approximating real: Double, fraction: Int = 31) {
    precondition(real.isFinite && real >= 0, "a multiplier is a finite number, zero or more")
    precondition((1...31).contains(fraction), "a significand has 1 to 31 fraction bits")
    if real == 0 {
      self.init(significand: 0, exponent: 0, fraction: fraction)
      return
    }
    // Double's significand lies in [1, 2), frexp's in [½, 1).
    var exponent = Int(real.exponent) + 1
    let limit = Int64(1) << Int64(fraction)
    var significand = Int64((real.significand / 2 * Double(limit)).rounded(.toNearestOrAwayFromZero))
    if significand == limit {
      significand /= 2
      exponent += 1
    }
    self.init(significand: significand, exponent: exponent, fraction: fraction)
  }

  /// The multiplier with fewer fraction bits: the low ones are rounded away, ties up, and a significand that reaches
  /// 2^fraction is cut to the largest below.
  ///
  /// With 15 bits it is what `MultiplyByQuantizedMultiplier` of 64-bit sums in TensorFlow Lite's
  /// `kernels/internal/common.cc` makes of a quantized multiplier.
  ///
  /// - Parameter fraction: The fraction bits that are left.
  /// - Returns: A multiplier of about the same value.
  /// - Precondition: `1...self.fraction` contains `fraction`.
  public func reduced(toFraction fraction: Int) -> FixedPointMultiplier {
    precondition((1...self.fraction).contains(fraction), "a significand is reduced to 1 to \(self.fraction) bits")
    let rounded = shiftRight(significand, by: self.fraction - fraction, .tiesTowardPositive)
    return FixedPointMultiplier(
      significand: min(rounded, (Int64(1) << Int64(fraction)) - 1), exponent: exponent, fraction: fraction)
  }

  /// The real number that the multiplier stands for, rounded to `Double` where the significand exceeds 53 bits or the
  /// number the range of `Double`.
  public var value: Double {
    Double(sign: .plus, exponent: exponent - fraction, significand: Double(significand))
  }
}
