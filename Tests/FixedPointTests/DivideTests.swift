internal import FixedPoint
internal import TestSupport
internal import Testing

@Suite("divide")
struct DivideTests {
  /// The first dividend and divisor at which the two statements differ.
  static func mismatch<T: FixedWidthInteger & SignedInteger>(
    _ dividends: [T], _ divisors: [T], _ rule: Rounding
  ) -> String? {
    let slow = rule.slow
    return firstMismatch(
      divisors, dividends, { Int128(divide($1, by: $0, rule)) },
      { SlowArithmetic.round(Int128($1), over: Int128($0), slow) })
  }

  @Test("every Int8 by every divisor rounds as defined", arguments: Rounding.allCases)
  func everyInt8(rule: Rounding) {
    #expect(Self.mismatch(allValues(of: Int8.self), Array(1...Int8.max), rule) == nil)
  }

  @Test("every Int16 by designed divisors, and designed dividends by every divisor", arguments: Rounding.allCases)
  func everyInt16(rule: Rounding) {
    let edges = EdgeValues.signed(bits: 16).compactMap { Int16(exactly: $0) }
    let divisors: [Int16] = [
      1, 2, 3, 4, 5, 6, 7, 9, 16, 25, 49, 64, 196, 255, 256, 257, 16_383, 16_384, 16_385, 32_766, .max,
    ]
    #expect(Self.mismatch(everyNth(allValues(of: Int16.self), isExhaustive ? 1 : 3), divisors, rule) == nil)
    #expect(Self.mismatch(everyNth(edges, 3), everyNth(Array(1...Int16.max), isExhaustive ? 1 : 997), rule) == nil)
  }

  @Test("edges and random values of 32 and 64 bits round as defined", arguments: Rounding.allCases)
  func wideValues(rule: Rounding) {
    let count = isExhaustive ? 1 : 9
    let narrow = everyNth(EdgeValues.signed(bits: 32), count).compactMap { Int32(exactly: $0) }
    let wide = everyNth(EdgeValues.signed(bits: 64), count) + [.min, .max]
    #expect(Self.mismatch(narrow, narrow.filter { $0 > 0 } + [.max, .max - 1], rule) == nil)
    #expect(Self.mismatch(wide, wide.filter { $0 > 0 } + [.max, .max - 1], rule) == nil)
  }

  @Test("random dividends and divisors, a tie forced every fourth time")
  func randomValues() {
    var generator = SeededGenerator(seed: 7)
    for trial in 0..<trials(1_000_000) {
      let rule = Rounding.allCases[trial % Rounding.allCases.count]
      var divisor = max(generator.nextSigned(bits: 40).magnitude, 1)
      var dividend = generator.nextSigned(bits: 64)
      if trial % 4 == 0 {
        divisor *= 2
        dividend = generator.nextSigned(bits: 22) * Int64(divisor) + Int64(divisor / 2)
      }
      let expected = SlowArithmetic.round(Int128(dividend), over: Int128(divisor), rule.slow)
      guard Int128(divide(dividend, by: Int64(divisor), rule)) == expected else {
        Issue.record("\(dividend) / \(divisor), \(rule): expected \(expected)")
        return
      }
    }
  }

  @Test("dividing by a power of two is shifting", arguments: Rounding.allCases)
  func powersOfTwo(rule: Rounding) {
    for count in 0...14 {
      let difference = firstMismatch(
        allValues(of: Int16.self), { divide($0, by: 1 << Int16(count), rule) }, { shiftRight($0, by: count, rule) })
      #expect(difference == nil, "shift \(count)")
    }
  }

  @Test("a divisor of zero or below is refused")
  func refusals() async {
    await #expect(processExitsWith: .failure) { _ = divide(Int32(1), by: 0, .floor) }
    await #expect(processExitsWith: .failure) { _ = divide(Int32(1), by: -1, .floor) }
  }
}
