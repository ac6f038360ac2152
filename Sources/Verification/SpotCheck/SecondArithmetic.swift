internal import FixedPoint

/// The rounding and cutting of `FixedPoint`, computed a second time from their definitions and by other means.
///
/// Nothing here calls `shiftRight`, `divide`, `Requantization.apply` or `Accumulator`: quotients are pairs of a truncated
/// quotient and a remainder, twice the remainder is compared with the divisor, and a register is wrapped by counting
/// residues. Only the types that name a rule are shared.
enum SecondArithmetic {
  /// `numerator / denominator` by a rule, for `denominator > 0` of at most 2^120.
  static func quotient(_ numerator: Int128, _ denominator: Int128, _ rule: Rounding) -> Int128 {
    let truncated = numerator / denominator
    let rest = (numerator % denominator).magnitude
    if rest == 0 { return truncated }
    let isNegative = numerator < 0
    // The two neighbours: the truncated quotient lies nearer to zero, `outer` one further away.
    let outer = isNegative ? truncated - 1 : truncated + 1
    let (lower, upper) = isNegative ? (outer, truncated) : (truncated, outer)
    let even = truncated % 2 == 0 ? truncated : outer
    let odd = truncated % 2 == 0 ? outer : truncated
    let twice = 2 * rest
    let isTie = twice == denominator.magnitude
    let nearest = twice > denominator.magnitude ? outer : truncated
    switch rule {
    case .floor: return lower
    case .ceiling: return upper
    case .towardZero: return truncated
    case .awayFromZero: return outer
    case .toOdd: return odd
    case .tiesTowardPositive: return isTie ? upper : nearest
    case .tiesTowardNegative: return isTie ? lower : nearest
    case .tiesAwayFromZero: return isTie ? outer : nearest
    case .tiesTowardZero: return isTie ? truncated : nearest
    case .tiesToEven: return isTie ? even : nearest
    case .tiesToOdd: return isTie ? odd : nearest
    case .tiesTowardPositiveWhenNegativeElseToEven: return isTie ? (isNegative ? upper : even) : nearest
    }
  }

  /// 2 to a power of at most 126.
  static func power(_ exponent: Int) -> Int128 {
    var result: Int128 = 1
    for _ in 0..<exponent { result *= 2 }
    return result
  }

  /// What a register or stage of a format keeps of a value.
  static func cut(_ value: Int128, _ format: IntegerFormat, saturates: Bool) -> Int128 {
    let count = power(format.bits)
    let low = format.isSigned ? -(count / 2) : 0
    let high = low + count - 1
    if value >= low && value <= high { return value }
    if saturates { return value < low ? low : high }
    // The residue of the distance from the lowest value, made positive.
    var offset = (value - low) % count
    if offset < 0 { offset += count }
    return low + offset
  }

  /// A requantization, stage by stage; values that outgrow 128 bits stay at the end that they pass.
  static func requantize(_ accumulator: Int128, _ requantization: Requantization) -> Int128 {
    var x = accumulator
    for stage in requantization.stages {
      switch stage {
      case .multiply(let factor): x = product(x, Int128(factor))
      case .shiftLeft(let count): x = product(x, power(count))
      // Beyond 2^120 a quotient of any value that a program reaches is below ½, whatever the divisor.
      case .shiftRight(let count, let rule): x = quotient(x, power(min(count, 120)), rule)
      case .scaleAsFloat(let scale, let rule): x = scaled(x, scale, rule)
      case .lineInFloat(let line, let rule):
        let product = Float(x) * Float(bitPattern: line.factorBits)
        x = integer(Double(product + Float(bitPattern: line.offsetBits)), rule)
      case .thresholds(let steps):
        x = Int128(steps.first) + Int128(steps.values.count { Int128($0) <= x })
      case .saturate(let format): x = cut(x, format, saturates: true)
      case .wrap(let format): x = cut(x, format, saturates: false)
      }
    }
    return x
  }

  private static func product(_ x: Int128, _ factor: Int128) -> Int128 {
    let (product, overflow) = x.multipliedReportingOverflow(by: factor)
    if !overflow { return product }
    return (x < 0) == (factor < 0) ? Int128.max : Int128.min
  }

  /// A product as the machine's own floating-point unit forms it, then rounded to an integer.
  private static func scaled(_ x: Int128, _ scale: FloatScale, _ rule: Rounding) -> Int128 {
    if scale.precision == 24 {
      let factor = Float(sign: .plus, exponent: scale.exponent, significand: Float(scale.significand))
      return integer(Double(Float(x) * factor), rule)
    }
    let factor = Double(sign: .plus, exponent: scale.exponent, significand: Double(scale.significand))
    return integer(Double(x) * factor, rule)
  }

  /// A double rounded to an integer: below 2^53 it has a fraction, which is exact as a multiple of 2^−62 or too small to
  /// matter; above it is an integer already.
  private static func integer(_ real: Double, _ rule: Rounding) -> Int128 {
    if abs(real) >= 0x1p126 { return real < 0 ? Int128.min : Int128.max }
    if abs(real) >= 0x1p53 { return Int128(real) }
    // A nonzero number below 2^−9 has its last bit below 2^−62; any number of its sign below ½ rounds as it does.
    let kept = real != 0 && abs(real) < 0x1p-9 ? (real < 0 ? -0x1p-9 : 0x1p-9) : real
    return quotient(Int128(kept * 0x1p62), power(62), rule)
  }
}
