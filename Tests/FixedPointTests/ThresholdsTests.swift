import FixedPoint
import TestSupport
import Testing

@Suite("Thresholds")
struct ThresholdsTests {
  @Test("thresholds of a factor round its exact product to nearest, a tie up, at and beside each threshold")
  func rounding() throws {
    var generator = SeededGenerator(seed: 7)
    for trial in 0..<trials(400) {
      // Every fourth factor is a power of two, whose products meet ties.
      let exponent = -1 - Int(generator.next() % 20)
      let significand = trial % 4 == 0 ? 1 : 1 + Double(generator.next() >> 12) * 0x1p-52
      let factor = Double(sign: .plus, exponent: exponent, significand: significand)
      let steps = try #require(Thresholds.rounding(factor: factor, range: -128...127))
      #expect(steps.values.count == 255)
      // x · factor = x · m / 2^n with an integer m of 53 bits.
      let (m, n) = (Int128(Int64(significand * 0x1p52)), 52 - exponent)
      var near: [Int64] = [Int64.min, Int64.max, 0, 12_345, -98_765]
      for value in steps.values { near += [value - 1, value, value + 1] }
      func product(_ x: Int64) -> Int64 {
        let divisor = Int128(1) << Int128(n)
        let (high, low) = (Int128(x) * m).quotientAndRemainder(dividingBy: divisor)
        // A negative remainder is that of the quotient above.
        let (floor, rest) = low < 0 ? (high - 1, low + divisor) : (high, low)
        return Int64(min(max(2 * rest >= divisor ? floor + 1 : floor, -128), 127))
      }
      let mismatch = firstMismatch(near, { steps.apply(to: $0) }, product)
      #expect(mismatch == nil, "factor \(factor)")
    }
  }

  @Test("a factor whose thresholds need more than 62 bits has none")
  func tooSmall() {
    #expect(Thresholds.rounding(factor: 0x1p-60, range: -128...127) == nil)
    #expect(Thresholds.rounding(factor: 0x1p-110, range: -128...127) == nil)
    #expect(Thresholds.rounding(factor: 0x1p53, range: -128...127) == nil)
  }
}
