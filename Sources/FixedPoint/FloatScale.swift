/// A non-negative IEEE 754 scale factor whose product with an integer some machines form in floating point.
///
/// LiteRT's reference FULLY_CONNECTED multiplies the accumulator by a double; XNNPACK and ONNX Runtime by a float32.
/// The value is `significand · 2^exponent`.
public struct FloatScale: Hashable, Sendable, Codable {
  /// The integer significand, 2^(precision−1) to 2^precision − 1, or zero.
  public let significand: Int64
  /// The power of two beside the significand; zero for a zero factor.
  public let exponent: Int
  /// The significand's width: 53 for float64, 24 for float32.
  public let precision: Int

  /// A float64 factor.
  ///
  /// - Precondition: `real` is finite and zero or more; it may be subnormal.
  public init(_ real: Double) {
    precondition(real.isFinite && real >= 0, "a scale is a finite number, zero or more")
    precision = 53
    significand = real == 0 ? 0 : Int64(real.significand * 0x1p52)
    exponent = real == 0 ? 0 : Int(real.exponent) - 52
  }

  /// A float32 factor.
  ///
  /// - Precondition: `real` is finite and zero or more; it may be subnormal.
  public init(_ real: Float) {
    precondition(real.isFinite && real >= 0, "a scale is a finite number, zero or more")
    precision = 24
    significand = real == 0 ? 0 : Int64(real.significand * 0x1p23)
    exponent = real == 0 ? 0 : Int(real.exponent) - 23
  }

  /// Converts `x` to the float format (ties to even), multiplies (ties to even), and rounds to an integer.
  ///
  /// - Parameters:
  ///   - x: The integer.
  ///   - rounding: The rule of the conversion back to an integer.
  /// - Returns: The rounded product, or `nil` when `T` cannot hold it.
  /// - Edge cases: A product with a subnormal factor is not denormalised, and needs not be: it is so near to zero that
  ///   its integer is the same. A product that overflows the float format overflows `T` as well.
  @inlinable
  public func apply<T: FixedWidthInteger & SignedInteger>(to x: T, _ rounding: Rounding) -> T? {
    let (converted, shift) = FloatScale.roundToPrecision(x, precision)
    // A float32's product has at most 48 bits, a float64's at most 106.
    let (product, overflow) = Int64(truncatingIfNeeded: converted).multipliedReportingOverflow(by: significand)
    if !overflow, let integer = finish(product, exponent + shift, rounding) { return T(exactly: integer) }
    let wide = finish(Int128(converted) * Int128(significand), exponent + shift, rounding)
    return wide.flatMap { T(exactly: $0) }
  }

  /// Rounds the exact product `x · 2^power` to the float format and then to an integer; `nil` when `T` is too small.
  @inlinable
  func finish<T: FixedWidthInteger & SignedInteger>(_ x: T, _ power: Int, _ rounding: Rounding) -> T? {
    let (product, productShift) = FloatScale.roundToPrecision(x, precision)
    let power = power + productShift
    if power <= 0 { return shiftRight(product, by: -power, rounding) }
    if product == 0 { return 0 }
    if power >= T.bitWidth { return nil }
    let integer = product &<< T(truncatingIfNeeded: power)
    return integer &>> T(truncatingIfNeeded: power) == product ? integer : nil
  }

  /// The nearest integer multiple of a power of two with at most `precision` significant bits, ties to even.
  @inlinable
  static func roundToPrecision<T>(_ x: T, _ precision: Int) -> (value: T, shift: Int)
  where T: FixedWidthInteger & SignedInteger {
    let excess = T.bitWidth - x.magnitude.leadingZeroBitCount - precision
    // A carry to 2^precision keeps its value; one more trailing zero bit does no harm.
    return excess <= 0 ? (x, 0) : (shiftRight(x, by: excess, .tiesToEven), excess)
  }
}

extension FloatScale {
  private enum CodingKeys: String, CodingKey { case significand, exponent, precision }

  /// Decodes a factor and refuses one that no float of its precision is.
  ///
  /// - Parameter decoder: The decoder to read from.
  /// - Throws: `DecodingError` for a missing or malformed part or a number that is not a finite float32 or float64.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let significand = try container.decode(Int64.self, forKey: .significand)
    let exponent = try container.decode(Int.self, forKey: .exponent)
    let precision = try container.decode(Int.self, forKey: .precision)
    let double = Double(sign: .plus, exponent: exponent, significand: Double(significand))
    let float = Float(sign: .plus, exponent: exponent, significand: Float(significand))
    if precision == 53, double.isFinite, double >= 0 {
      self.init(double)
    } else if precision == 24, float.isFinite, float >= 0 {
      self.init(float)
    } else {
      throw DecodingError.dataCorruptedError(
        forKey: .precision, in: container,
        debugDescription: "a scale is a finite float of precision 24 or 53, not below 0")
    }
    // What was read back must be what was written; else it was no float of this precision.
    guard self.significand == significand, self.exponent == exponent else {
      throw DecodingError.dataCorruptedError(
        forKey: .significand, in: container,
        debugDescription: "\(significand) · 2^\(exponent) is not a normalised float of precision \(precision)")
    }
  }
}
