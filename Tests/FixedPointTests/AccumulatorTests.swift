internal import FixedPoint
internal import TestSupport
internal import Testing

@Suite("Accumulator")
struct AccumulatorTests {
  /// A register's value and count after a list of additions.
  static func run(_ terms: [Int64], bits: Int, _ overflow: Overflow) -> (value: Int128, overflows: Int) {
    var register = Accumulator(format: .int(bits), overflow: overflow)
    for term in terms { register.add(term) }
    return (Int128(register.value), register.overflowCount)
  }

  @Test("every pair of 8-bit terms in every width to 10", arguments: Overflow.allCases)
  func everyPair(overflow: Overflow) {
    let all = allValues(of: Int8.self).map { Int64($0) }
    for bits in isExhaustive ? [1, 2, 3, 7, 8, 9, 10] : [1, 8, 9] {
      let difference = firstMismatch(
        everyNth(all, isExhaustive ? 1 : 3), all, { Self.run([$0, $1], bits: bits, overflow).value },
        { SlowArithmetic.accumulate([$0, $1], bits: bits, saturates: overflow == .saturate).value })
      #expect(difference == nil, "\(bits) bits")
    }
  }

  @Test("random sums in every width keep and count as defined", arguments: Overflow.allCases)
  func randomSums(overflow: Overflow) {
    var generator = SeededGenerator(seed: 11)
    for bits in 1...64 {
      for _ in 0..<trials(1000) {
        let terms = (0..<12).map { _ in generator.nextSigned(bits: min(bits + 2, 64)) }
        let actual = Self.run(terms, bits: bits, overflow)
        let expected = SlowArithmetic.accumulate(terms, bits: bits, saturates: overflow == .saturate)
        guard actual == expected else {
          Issue.record("\(bits) bits, \(terms): got \(actual), expected \(expected)")
          return
        }
      }
    }
  }

  @Test("64 bits overflow at both ends")
  func widest() {
    #expect(Self.run([.max, 1], bits: 64, .wrap) == (Int128(Int64.min), 1))
    #expect(Self.run([.max, 1], bits: 64, .saturate) == (Int128(Int64.max), 1))
    #expect(Self.run([.min, -1], bits: 64, .wrap) == (Int128(Int64.max), 1))
    #expect(Self.run([.min, .min], bits: 64, .saturate) == (Int128(Int64.min), 1))
    #expect(Self.run([.min, .max], bits: 64, .trap) == (-1, 0))
  }

  @Test("saturation depends on the order of the terms, wrapping does not")
  func order() {
    #expect(Self.run([100, 100, -100], bits: 8, .saturate) == (27, 1))
    #expect(Self.run([100, -100, 100], bits: 8, .saturate) == (100, 0))
    #expect(Self.run([100, 100, -100], bits: 8, .wrap).value == 100)
    #expect(Self.run([100, -100, 100], bits: 8, .wrap).value == 100)
  }

  @Test("clearing empties the register and keeps the count")
  func clearing() {
    var register = Accumulator(format: .int(8), overflow: .saturate)
    #expect(register.minimum == -128 && register.maximum == 127 && register.value == 0)
    register.add(200)
    register.clear()
    #expect(register.value == 0 && register.overflowCount == 1)
    register.add(-128)
    #expect(register.value == -128 && register.overflowCount == 1)
  }

  @Test("an unsigned register is refused")
  func unsigned() async {
    await #expect(processExitsWith: .failure) { _ = Accumulator(format: .uint(8), overflow: .wrap) }
  }
}
