/// A positive IEEE 754 scale factor whose product with an integer some machines form in floating point.
///
/// LiteRT's reference FULLY_CONNECTED multiplies the accumulator by a double; XNNPACK and ONNX Runtime by a float32.
/// The value is `significand · 2^exponent`; the significand has at most ``precision`` bits.
public struct FloatScale: Hashable, Sendable, Codable {
  /// The integer significand, 2^(precision−1) to 2^precision − 1, or zero.
  public let significand: Int64
  /// The power of two beside the significand.
  public let exponent: Int
  /// The significand's width: 53 for float64, 24 for float32.
  public let precision: Int

  /// A float64 factor.
  ///
  /// - Precondition: `real` is finite, zero or more, and normal.
  public init(_ real: Double) {
    precondition(real.isFinite && real >= 0, "a scale is a finite number, zero or more")
    precision = 53
    significand = real == 0 ? 0 : Int64(real.significand * 0x1p52)
    exponent = real == 0 ? 0 : Int(real.exponent) - 52
  }

  /// A float32 factor.
  ///
  /// - Precondition: `real` is finite, zero or more, and normal.
  public init(_ real: Float) {
    precondition(real.isFinite && real >= 0, "a scale is a finite number, zero or more")
    precision = 24
    significand = real == 0 ? 0 : Int64(real.significand * 0x1p23)
    exponent = real == 0 ? 0 : Int(real.exponent) - 23
  }

  /// Converts `x` to the float format (ties to even), multiplies (ties to even), and rounds to an integer.
  ///
  /// - Parameters:
  ///   - x: The integer, below 2^63 in magnitude.
  ///   - rounding: The rule of the conversion back to an integer.
  /// - Returns: The rounded product, or `nil` when it needs more than 127 bits.
  /// - Edge cases: Products below the format's normal range are not flushed or denormalised; they round to an integer
  ///   of magnitude 0 or 1 either way.
  public func apply(to x: Int128, _ rounding: Rounding) -> Int128? {
    let (converted, shift) = FloatScale.roundToPrecision(x, precision)
    let (product, productShift) = FloatScale.roundToPrecision(converted * Int128(significand), precision)
    let power = exponent + shift + productShift
    if power <= 0 { return shiftRight(product, by: -power, rounding) }
    if product == 0 { return 0 }
    let room = product.magnitude.leadingZeroBitCount - 1
    return power <= room ? product << Int128(power) : nil
  }

  /// The nearest integer multiple of a power of two with at most `precision` significant bits, ties to even.
  private static func roundToPrecision(_ x: Int128, _ precision: Int) -> (value: Int128, shift: Int) {
    let width = 128 - x.magnitude.leadingZeroBitCount
    if width <= precision { return (x, 0) }
    // A carry to 2^precision keeps its value; one more trailing zero bit does no harm.
    return (shiftRight(x, by: width - precision, .tiesToEven), width - precision)
  }
}
