/// The logistic function and the hyperbolic tangent of 16-bit fixed-point numbers, as TensorFlow Lite's LSTM has them.
///
/// Source: `logistic`, `tanh`, `exp_on_negative_values` and what they call in gemmlowp's `fixedpoint/fixedpoint.h`, for
/// raw 16-bit integers; constants are the 32-bit ones, rounded. Results have 15 fraction bits.
public enum TFLiteFunctions16 {
  /// `1 / (1 + e^−x)` of a number with so many integer bits.
  public static func logistic(_ x: Int16, integerBits: Int) -> Int16 {
    if x == 0 { return 1 << 14 }
    let result = reciprocalOfOnePlus(exponential(x > 0 ? 0 &- x : x, integerBits))
    return x > 0 ? result : .max - result
  }

  /// The hyperbolic tangent of a number with so many integer bits.
  public static func tanh(_ x: Int16, integerBits: Int) -> Int16 {
    if x == 0 { return 0 }
    // One more integer bit doubles the number.
    let result = complementOverOnePlus(exponential(x < 0 ? x : 0 &- x, integerBits + 1))
    return x < 0 ? 0 &- result : result
  }

  /// `e^a` for `a ≤ 0`.
  static func exponential(_ a: Int16, _ integerBits: Int) -> Int16 {
    if a == 0 { return .max }
    let fraction = 15 - integerBits
    let quarter: Int16 = 1 << Int16(fraction - 2)
    let modulo = (a & (quarter - 1)) - quarter
    var result = exponentialNearZero(shiftLeft(modulo, integerBits))
    let remainder = modulo &- a
    for (index, factor) in factors.enumerated() where index - 2 < integerBits {
      if remainder & (1 << Int16(fraction + index - 2)) != 0 { result = multiply(result, factor) }
    }
    // Numbers below −32 have 6 integer bits or more.
    return integerBits > 5 && Int32(a) < -(32 << Int32(fraction)) ? 0 : result
  }

  /// e^−¼, e^−½, e^−1, … e^−16.
  private static let factors: [Int16] = [
    1_672_461_947, 1_302_514_674, 790_015_084, 290_630_308, 39_332_535, 720_401, 242,
  ].map(constant)

  private static func constant(_ value: Int32) -> Int16 {
    Int16(TFLiteArithmetic.roundingDivideByPOT(value, 16))
  }

  /// `e^a` for `a` in [−¼, 0), by a Taylor polynomial around −⅛.
  private static func exponentialNearZero(_ a: Int16) -> Int16 {
    let center = constant(1_895_147_668)
    let x = a &+ (1 << 12)
    let x2 = multiply(x, x)
    let x3 = multiply(x2, x)
    let x4 = multiply(x2, x2)
    let x4Over4 = shiftRight(x4, by: 2, .tiesAwayFromZero)
    let tail = shiftRight(
      multiply(x4Over4 &+ x3, constant(715_827_883)) &+ x2, by: 1, .tiesAwayFromZero)
    return Int16(clamping: Int32(center) + Int32(multiply(center, x &+ tail)))
  }

  /// `1 / (1 + a)`, for `a` in (0, 1).
  private static func reciprocalOfOnePlus(_ a: Int16) -> Int16 { shiftLeft(reciprocal(a), 1) }

  /// `(1 − a) / (1 + a)`, for `a` in (0, 1).
  private static func complementOverOnePlus(_ a: Int16) -> Int16 { shiftLeft(reciprocal(a) &- (1 << 13), 2) }

  /// `2 / (1 + a)` with 2 integer bits, by three Newton–Raphson steps.
  private static func reciprocal(_ a: Int16) -> Int16 {
    let half = Int16((Int32(a) + Int32(Int16.max) + 1) / 2)
    var x = constant(1_515_870_810) &+ multiply(half, constant(-1_010_580_540))
    for _ in 0..<3 { x = x &+ shiftLeft(multiply(x, (1 << 13) &- multiply(half, x)), 2) }
    return x
  }

  /// `round(a·b / 2^15)`, ties toward positive infinity, saturated.
  private static func multiply(_ a: Int16, _ b: Int16) -> Int16 {
    Int16(clamping: shiftRight(Int32(a) * Int32(b), by: 15, .tiesTowardPositive))
  }

  private static func shiftLeft(_ x: Int16, _ count: Int) -> Int16 { Int16(clamping: Int32(x) << Int32(count)) }
}
