internal import FixedPoint
internal import Simulation

/// TensorFlow Lite's integer softmax, stated a second time in plain 64-bit integers after gemmlowp's formulas.
///
/// Source: as for `TFLiteSoftmax`; the code shares nothing with it but the three constants of the step.
enum SecondSoftmax {
  /// One row of stored integers.
  static func row(_ row: [Int64], _ kernel: SoftmaxKernel) -> [Int64] {
    let largest = row.reduce(row[0]) { max($0, $1) }
    let exponentials = row.map { exponential($0 - largest, kernel) }
    var sum: Int64 = 0
    for case let e? in exponentials { sum += away(e, 4096) }
    // sum = (1 + fraction) · 2^(unit + 19) with a fraction of 31 bits.
    var unit: Int64 = 0
    while sum >> (unit + 20) > 0 { unit += 1 }
    let top = unit + 19
    let fraction = (top <= 31 ? sum << (31 - top) : sum >> (top - 31)) - (1 << 31)
    let scale = reciprocal(fraction)
    let low = kernel.format.isSigned ? Int64(-128) : 0
    return exponentials.map { e in
      guard let e else { return low }
      return min(max(away(high(scale, e), 1 << (unit + 23)) + low, low), low + 255)
    }
  }

  /// One row in float32: each quotient from a sum that is formed anew, with the machine's own float unit.
  static func row(_ row: [Int64], _ kernel: FloatSoftmaxKernel) -> [Int64] {
    let largest = row.reduce(row[0]) { max($0, $1) }
    let terms = row.map { Float(bitPattern: kernel.parameters.exponentialBits[Int(largest - $0)]) }
    let sum = terms.reduce(Float(0), +)
    let low: Int64 = kernel.format.isSigned ? -128 : 0
    return terms.map { term in
      let steps = term * (1 / (sum * Float(bitPattern: kernel.parameters.outputScaleBits)))
      // Steps are not negative: half of them and a floor is rounding away from zero.
      let whole = Int64(steps)
      let away = steps - Float(whole) >= 0.5 ? whole + 1 : whole
      return min((kernel.format.isSigned ? away : Int64(steps + 0.5)) + low, low + 255)
    }
  }

  /// One row of 16-bit integers.
  static func row(_ row: [Int64], _ kernel: Softmax16Kernel) -> [Int64] {
    let (multiplier, tables) = (kernel.parameters.multiplier, kernel.parameters)
    let largest = row.reduce(row[0]) { max($0, $1) }
    let powers = row.map { x in
      let raised = (x - largest) << Int64(max(multiplier.exponent, 0))
      let wrapped = Int64(SecondArithmetic.cut(Int128(raised), .int(32), saturates: false))
      let scaled = away(high(wrapped, multiplier.significand), 1 << Int64(max(-multiplier.exponent, 0)))
      return line(tables.exponentials.entries, min(max(scaled + 32767, -32768), 32767))
    }
    let sum = powers.reduce(0, +)
    // sum = (1 + x) · 2^top.
    var top: Int64 = 0
    while sum >> (top + 1) > 0 { top += 1 }
    let steps = Int64(SecondArithmetic.quotient(Int128(sum) << Int128(30 - top), 1 << 14, .tiesTowardPositive))
    let reciprocal = line(tables.reciprocals.entries, min(max(steps - 98304, -32768), 32767))
    return powers.map { power in
      let product = SecondArithmetic.quotient(Int128(power * reciprocal), 1 << Int128(top), .tiesTowardPositive)
      return min(max(Int64(product), 0), 32767)
    }
  }

  /// A table of 513 entries at a number, on the line between two.
  private static func line(_ entries: [Int16], _ x: Int64) -> Int64 {
    let (place, rest) = ((x + 32768) / 128, (x + 32768) % 128)
    let (from, to) = (Int64(entries[Int(place)]), Int64(entries[Int(place) + 1]))
    return from + Int64(SecondArithmetic.quotient(Int128((to - from) * rest), 128, .tiesTowardPositive))
  }

  /// `exp` of a scaled difference with 31 fraction bits; `nil` where the difference is too small to count.
  private static func exponential(_ difference: Int64, _ kernel: SoftmaxKernel) -> Int64? {
    if difference < Int64(kernel.parameters.smallestDifference) { return nil }
    let shifted = Int64(
      truncatingIfNeeded: SecondArithmetic.cut(
        Int128(difference) << Int128(kernel.parameters.leftShift), .int(32), saturates: false))
    let a = high(shifted, Int64(kernel.parameters.multiplier))
    if a == 0 { return (1 << 31) - 1 }
    // a = b − whole/4 with b in [−¼, 0); 26 fraction bits.
    let quarters = (-a - 1) / (1 << 24)
    let b = a + quarters * (1 << 24)
    var result = nearZero(b * 32)
    for (bit, factor): (Int64, Int64) in [
      (1, 1_672_461_947), (2, 1_302_514_674), (4, 790_015_084), (8, 290_630_308), (16, 39_332_535), (32, 720_401),
      (64, 242),
    ] where quarters & bit != 0 { result = high(result, factor) }
    return result
  }

  /// `exp(a)` on [−¼, 0) with 31 fraction bits: a Taylor polynomial around −⅛.
  private static func nearZero(_ a: Int64) -> Int64 {
    let x = a + (1 << 28)
    let square = high(x, x)
    let cube = high(square, x)
    let fourth = high(square, square)
    let tail = away(high(away(fourth, 4) + cube, 715_827_883) + square, 2)
    return 1_895_147_668 + high(1_895_147_668, x + tail)
  }

  /// `1 / (1 + a)` with 31 fraction bits by three Newton steps from 48/17 − 32/17·d.
  private static func reciprocal(_ a: Int64) -> Int64 {
    let half = (a + (1 << 31)) / 2
    var x = 1_515_870_810 + high(half, -1_010_580_540)
    for _ in 0..<3 { x += clamp(high(x, (1 << 29) - high(half, x)) * 4) }
    return clamp(x * 2)
  }

  /// The doubled high half of a product, ties toward positive infinity.
  private static func high(_ a: Int64, _ b: Int64) -> Int64 {
    clamp(Int64(SecondArithmetic.quotient(Int128(a) * Int128(b), 1 << 31, .tiesTowardPositive)))
  }

  /// A quotient by a power of two, ties away from zero.
  private static func away(_ x: Int64, _ divisor: Int64) -> Int64 {
    Int64(SecondArithmetic.quotient(Int128(x), Int128(divisor), .tiesAwayFromZero))
  }

  private static func clamp(_ x: Int64) -> Int64 { min(max(x, -(1 << 31)), (1 << 31) - 1) }
}
