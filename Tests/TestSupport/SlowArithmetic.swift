/// The product's integer arithmetic stated a second time, from the definitions, without regard to speed.
///
/// It shares no code with the product: rules come by name, quotients are exact pairs of integers, and every formula is
/// written from its source (gemmlowp, TensorFlow Lite, IEEE 754 through the machine's own floats). A test compares the
/// two statements; an error has to be made twice, in two different ways, to pass unnoticed.
package enum SlowArithmetic {
  /// The rounding rules by their wire names.
  package enum Rule: String, CaseIterable, Sendable {
    /// Directed and parity rules that look at any fraction.
    case floor, ceiling, towardZero, awayFromZero, toOdd
    /// Nearest rules, told apart by what they do with a tie.
    case tiesTowardPositive, tiesTowardNegative, tiesAwayFromZero, tiesTowardZero, tiesToEven, tiesToOdd
    /// A nearest rule with two tie rules.
    case tiesTowardPositiveWhenNegativeElseToEven
  }

  /// The integer that a rule gives for `numerator / denominator`.
  ///
  /// - Parameters:
  ///   - numerator: The dividend, below 2^125 in magnitude.
  ///   - denominator: The divisor, 1 to 2^125.
  ///   - rule: The rule.
  /// - Returns: The quotient's floor or ceiling, whichever the rule names.
  package static func round(_ numerator: Int128, over denominator: Int128, _ rule: Rule) -> Int128 {
    // Swift's quotient is truncated, so each candidate is at most one away from it.
    var lower = numerator / denominator
    if lower * denominator > numerator { lower -= 1 }
    var upper = lower
    if upper * denominator < numerator { upper += 1 }
    return choose(
      rule, lower, upper, distanceToLower: numerator - lower * denominator,
      distanceToUpper: upper * denominator - numerator)
  }

  /// Picks one of the two neighbours of a number by the rule's words.
  static func choose<Distance: Comparable>(
    _ rule: Rule, _ lower: Int128, _ upper: Int128, distanceToLower: Distance, distanceToUpper: Distance
  ) -> Int128 {
    if lower == upper { return lower }
    // Of two neighbouring integers one is even, and one is nearer to zero.
    let even = lower % 2 == 0 ? lower : upper
    let odd = lower % 2 == 0 ? upper : lower
    let inner = lower >= 0 ? lower : upper
    let outer = lower >= 0 ? upper : lower
    let nearest = distanceToLower < distanceToUpper ? lower : upper
    let isTie = distanceToLower == distanceToUpper
    switch rule {
    case .floor: return lower
    case .ceiling: return upper
    case .towardZero: return inner
    case .awayFromZero: return outer
    case .toOdd: return odd
    case .tiesTowardPositive: return isTie ? upper : nearest
    case .tiesTowardNegative: return isTie ? lower : nearest
    case .tiesAwayFromZero: return isTie ? outer : nearest
    case .tiesTowardZero: return isTie ? inner : nearest
    case .tiesToEven: return isTie ? even : nearest
    case .tiesToOdd: return isTie ? odd : nearest
    case .tiesTowardPositiveWhenNegativeElseToEven:
      // A number is negative exactly when its floor is.
      return isTie ? (lower < 0 ? upper : even) : nearest
    }
  }

  /// 2 to a power, by multiplication.
  ///
  /// - Parameter exponent: 0 to 126.
  /// - Returns: 2^exponent.
  package static func powerOfTwo(_ exponent: Int) -> Int128 {
    var power: Int128 = 1
    for _ in 0..<exponent { power *= 2 }
    return power
  }

  /// The integer that a rule gives for `x / 2^count`.
  ///
  /// - Parameters:
  ///   - x: The dividend, below 2^100 in magnitude.
  ///   - count: Zero or more.
  ///   - rule: The rule.
  /// - Returns: The rounded quotient.
  package static func shiftRight(_ x: Int128, by count: Int, _ rule: Rule) -> Int128 {
    // Beyond 2^110 the quotient is below 2^−10 in magnitude, and no rule tells such fractions apart.
    round(x, over: powerOfTwo(min(count, 110)), rule)
  }

  /// The limits of an integer format.
  ///
  /// - Parameters:
  ///   - bits: The width, 1 to 64.
  ///   - isSigned: Whether it is two's complement.
  /// - Returns: The smallest and the largest value.
  package static func limits(bits: Int, isSigned: Bool) -> ClosedRange<Int128> {
    let count = powerOfTwo(bits)
    return isSigned ? (-count / 2)...(count / 2 - 1) : 0...(count - 1)
  }

  /// The value of the format that equals `x` modulo 2^bits.
  ///
  /// - Parameters:
  ///   - x: Any value below 2^126 in magnitude.
  ///   - bits: The width, 1 to 64.
  ///   - isSigned: Whether it is two's complement.
  /// - Returns: The residue that the format holds.
  package static func wrap(_ x: Int128, bits: Int, isSigned: Bool) -> Int128 {
    let range = limits(bits: bits, isSigned: isSigned)
    var value = x % powerOfTwo(bits)
    while value > range.upperBound { value -= powerOfTwo(bits) }
    while value < range.lowerBound { value += powerOfTwo(bits) }
    return value
  }

  /// The value of the format nearest to `x`.
  ///
  /// - Parameters:
  ///   - x: Any value.
  ///   - bits: The width, 1 to 64.
  ///   - isSigned: Whether it is two's complement.
  /// - Returns: `x`, or the limit that it exceeds.
  package static func saturate(_ x: Int128, bits: Int, isSigned: Bool) -> Int128 {
    let range = limits(bits: bits, isSigned: isSigned)
    if x > range.upperBound { return range.upperBound }
    if x < range.lowerBound { return range.lowerBound }
    return x
  }
}
