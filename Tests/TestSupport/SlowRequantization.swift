extension SlowArithmetic {
  /// One stage of a requantization, in plain numbers.
  package enum Stage: Sendable {
    /// Multiplies by an integer.
    case multiply(Int64)
    /// Multiplies by 2^count.
    case shiftLeft(Int)
    /// Divides by 2^count and rounds.
    case shiftRight(Int, Rule)
    /// Multiplies as float64 and rounds.
    case scaleAsDouble(Double, Rule)
    /// Multiplies as float32 and rounds.
    case scaleAsSingle(Float, Rule)
    /// Multiplies as float32, adds a float32 and rounds.
    case lineAsSingle(factor: Float, offset: Float, Rule)
    /// Counts thresholds.
    case thresholds(first: Int64, [Int64])
    /// Cuts to a format by saturation.
    case saturate(bits: Int, isSigned: Bool)
    /// Cuts to a format by dropping high bits.
    case wrap(bits: Int, isSigned: Bool)
  }

  /// An accumulator after all stages, cut to 64 bits.
  ///
  /// - Parameters:
  ///   - accumulator: The value to requantize.
  ///   - stages: The stages; the exact values between them stay below 2^100 in magnitude, and below
  ///     2^63 before a multiplication as float.
  /// - Returns: The requantized value.
  package static func requantize(_ accumulator: Int64, _ stages: [Stage]) -> Int64 {
    var x = Int128(accumulator)
    for stage in stages {
      switch stage {
      case .multiply(let factor): x *= Int128(factor)
      case .shiftLeft(let count): x *= powerOfTwo(count)
      case .shiftRight(let count, let rule): x = shiftRight(x, by: count, rule)
      case .scaleAsDouble(let scale, let rule): x = scaleInFloat(Int(x), by: scale, rule)
      case .scaleAsSingle(let scale, let rule): x = scaleInFloat(Int(x), by: scale, rule)
      case .lineAsSingle(let factor, let offset, let rule):
        let value = Float(Int(x)) * factor + offset
        let (lower, upper) = (value.rounded(.down), value.rounded(.up))
        x = choose(
          rule, Int128(lower), Int128(upper), distanceToLower: value - lower, distanceToUpper: upper - value)
      case .thresholds(let first, let values): x = Int128(first) + Int128(values.count { Int128($0) <= x })
      case .saturate(let bits, let isSigned): x = saturate(x, bits: bits, isSigned: isSigned)
      case .wrap(let bits, let isSigned): x = wrap(x, bits: bits, isSigned: isSigned)
      }
    }
    return Int64(saturate(x, bits: 64, isSigned: true))
  }

  /// The product of an integer and a float as the machine's own float unit forms it, then rounded to an integer.
  ///
  /// - Parameters:
  ///   - x: The integer.
  ///   - scale: The factor; the product stays below 2^126 in magnitude.
  ///   - rule: The rule of the conversion back to an integer.
  /// - Returns: The rounded product.
  package static func scaleInFloat<Real: BinaryFloatingPoint>(_ x: Int, by scale: Real, _ rule: Rule) -> Int128 {
    let product = Real(x) * scale
    let lower = product.rounded(.down)
    let upper = product.rounded(.up)
    // A difference that is not exact lies above ½ and is rounded to no less, so the comparison of the two stays true.
    return choose(
      rule, Int128(lower), Int128(upper), distanceToLower: product - lower, distanceToUpper: upper - product)
  }

  /// A register that adds terms one by one.
  ///
  /// - Parameters:
  ///   - terms: The terms, first to last.
  ///   - bits: The width of the signed register.
  ///   - saturates: Whether an overflow saturates rather than wraps.
  /// - Returns: What the register holds at the end and how many additions overflowed.
  package static func accumulate(
    _ terms: [Int64], bits: Int, saturates: Bool
  ) -> (value: Int128, overflows: Int) {
    let range = limits(bits: bits, isSigned: true)
    var value: Int128 = 0
    var overflows = 0
    for term in terms {
      let sum = value + Int128(term)
      if sum < range.lowerBound || sum > range.upperBound { overflows += 1 }
      value =
        saturates ? saturate(sum, bits: bits, isSigned: true) : wrap(sum, bits: bits, isSigned: true)
    }
    return (value, overflows)
  }
}
