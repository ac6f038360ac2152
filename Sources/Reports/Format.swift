/// Numbers as text, the same on every machine and in every locale.
package enum Format {
  /// A number with a fixed count of decimals, rounded to the nearest, exact ties to even.
  ///
  /// The rounding is that of the number's exact binary value: 0.125 becomes `0.12`, 0.135, which is slightly more than
  /// that in binary, becomes `0.14`. A result of zero has no minus sign. Numbers of 10^20 and more are written as Swift
  /// describes them, others that are not finite as `nan`, `inf` and `-inf`.
  ///
  /// - Parameters:
  ///   - value: The number.
  ///   - decimals: 0 to 15 digits after the point.
  /// - Returns: For instance `-3.14`.
  package static func number(_ value: Double, decimals: Int) -> String {
    precondition((0...15).contains(decimals), "0 to 15 decimals can be written")
    // Swift would write the sign and the payload of a NaN.
    if value.isNaN { return "nan" }
    guard value.magnitude < 1e20 else { return "\(value)" }
    let scaled = roundedProduct(value.magnitude, powerOfTen(decimals))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(scaled)" }
    let (whole, fraction) = scaled.quotientAndRemainder(dividingBy: powerOfTen(decimals))
    let digits = "\(fraction)"
    return "\(sign)\(whole)." + String(repeating: "0", count: decimals - digits.count) + digits
  }

  /// An integer with commas between groups of three digits.
  ///
  /// - Parameter value: The integer.
  /// - Returns: For instance `-1,234,567`.
  package static func integer(_ value: Int) -> String {
    let digits = Array("\(value.magnitude)")
    let groups = stride(from: digits.count, to: 0, by: -3).map { String(digits[max(0, $0 - 3)..<$0]) }
    return (value < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
  }

  /// A fraction in percent.
  ///
  /// - Parameters:
  ///   - fraction: 1 is 100 %.
  ///   - decimals: 0 to 15 digits after the point.
  /// - Returns: For instance `62.4 %`.
  package static func percent(_ fraction: Double, decimals: Int = 1) -> String {
    "\(number(fraction * 100, decimals: decimals)) %"
  }

  /// A part of a whole in percent, which says 100 % and 0 % only when that is exact.
  ///
  /// - Parameters:
  ///   - part: The count of what is meant, at least zero.
  ///   - whole: The count of everything.
  ///   - decimals: 0 to 15 digits after the point.
  /// - Returns: For instance `62.4 %`, `>99.9 %` for 9999 of 10,000, and `-` where the whole is zero.
  package static func percent(_ part: Int, of whole: Int, decimals: Int = 1) -> String {
    guard whole > 0 else { return "-" }
    let text = percent(Double(part) / Double(whole), decimals: decimals)
    let step = 1 / Double(powerOfTen(decimals))
    if part < whole, text == percent(1, decimals: decimals) {
      return ">\(number(100 - step, decimals: decimals)) %"
    }
    if part > 0, text == percent(0, decimals: decimals) { return "<\(number(step, decimals: decimals)) %" }
    return text
  }

  /// A number in three digits with a decimal prefix: k, M, G, T, P or E.
  ///
  /// - Parameters:
  ///   - value: The number; an integer below 1000 is written in full.
  ///   - unit: What follows the prefix.
  /// - Returns: For instance `1.23 M`, `312`, or `4.50 GMAC` with a unit.
  package static func engineering(_ value: Double, unit: String = "") -> String {
    prefixed(value, prefixes: ["", "k", "M", "G", "T", "P", "E"], unit: unit)
  }

  /// A count of bytes in three digits, in steps of 1000.
  ///
  /// - Parameter count: The number of bytes.
  /// - Returns: For instance `312 B`, `1.23 kB`, `75.3 MB`.
  package static func bytes(_ count: Int) -> String {
    prefixed(Double(count), prefixes: ["", "k", "M", "G", "T", "P", "E"], unit: "B")
  }

  private static func prefixed(_ value: Double, prefixes: [String], unit: String) -> String {
    guard value.isFinite else { return number(value, decimals: 0) + (unit.isEmpty ? "" : " \(unit)") }
    var scaled = value
    var index = 0
    // 999.5 would be written as 1000, but whole numbers below that are written in full.
    let isSmallInteger = value.magnitude < 1000 && value == value.rounded(.towardZero)
    while !isSmallInteger, index + 1 < prefixes.count, scaled.magnitude >= 999.5 {
      scaled /= 1000
      index += 1
    }
    let suffix = prefixes[index] + unit
    let digits = isSmallInteger ? number(value, decimals: 0) : threeDigits(scaled)
    return suffix.isEmpty ? digits : "\(digits) \(suffix)"
  }

  /// A number below 999.5 with three digits that count, at most three decimals.
  static func threeDigits(_ value: Double) -> String {
    switch value.magnitude {
    case 99.95...: number(value, decimals: 0)
    case 9.995...: number(value, decimals: 1)
    case 0.9995...: number(value, decimals: 2)
    default: number(value, decimals: 3)
    }
  }

  private static func powerOfTen(_ exponent: Int) -> UInt128 {
    (0..<exponent).reduce(UInt128(1)) { product, _ in product * 10 }
  }

  /// The integer nearest to `value · factor`, exact ties to even, for a value below 10^20 and a factor up to 10^15.
  private static func roundedProduct(_ value: Double, _ factor: UInt128) -> UInt128 {
    guard value > 0 else { return 0 }
    // value = significand · 2^exponent with an integer significand of at most 53 bits.
    let exponent = max(Int(value.exponent), -1022) - 52
    let significand = UInt128(value.significandBitPattern | (value.isNormal ? 1 << 52 : 0))
    let product = significand * factor
    guard exponent < 0 else { return product << UInt128(exponent) }
    guard -exponent < 128 else { return 0 }
    let floor = product >> UInt128(-exponent)
    let rest = product - floor << UInt128(-exponent)
    let half = UInt128(1) << UInt128(-exponent - 1)
    return rest > half || (rest == half && floor & 1 == 1) ? floor + 1 : floor
  }
}
