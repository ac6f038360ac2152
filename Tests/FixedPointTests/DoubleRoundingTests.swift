internal import FixedPoint
internal import TestSupport
internal import Testing

@Suite("TFLite's double rounding against one rounding")
struct DoubleRoundingTests {
  /// Half of the accumulators.
  static let reach: Int64 = isExhaustive ? 262_144 : 16_384
  /// All accumulators.
  static let size = Int(2 * reach)

  /// How many accumulators of [−reach, reach) TFLite scales by 2^−shift to another integer than one rounding does.
  static func differences(shift: Int, _ rule: Rounding) -> Int {
    let scale = Double(sign: .plus, exponent: -shift, significand: 1)
    let stages = TFLiteArithmetic.doubleRounding(TFLiteArithmetic.quantizeMultiplier(scale))
    var count = 0
    for x in -reach..<reach where stages.apply(x) != shiftRight(x, by: shift, rule) { count += 1 }
    return count
  }

  @Test("ties toward positive: 6.25 % differ at shift 4 and 0.39 % at shift 8")
  func documentedFigures() {
    #expect(Self.differences(shift: 4, .tiesTowardPositive) == Self.size / 16)
    #expect(Self.differences(shift: 8, .tiesTowardPositive) == Self.size / 256)
  }

  @Test("no single rounding is TFLite's at shift 4", arguments: Rounding.allCases)
  func noSingleRounding(rule: Rounding) {
    #expect(Self.differences(shift: 4, rule) >= Self.size / 32)
  }

  @Test("the differences against every nearest rule at shift 4 are these")
  func everyNearestRule() {
    let counts = [
      Rounding.tiesTowardPositive, .tiesTowardNegative, .tiesAwayFromZero, .tiesTowardZero, .tiesToEven, .tiesToOdd,
    ].map { Self.differences(shift: 4, $0) }
    #expect(counts == [2, 2, 1, 3, 2, 2].map { $0 * Self.size / 32 })
  }

  @Test("a shift of one is a single rounding: only the first of the two rounds")
  func shiftOfOne() {
    #expect(Self.differences(shift: 1, .tiesTowardPositive) == 0)
  }

  @Test("the smallest counterexample: 7 / 16 is nearer to 0, but halved first it is a tie")
  func examples() {
    let stages = TFLiteArithmetic.doubleRounding(TFLiteArithmetic.quantizeMultiplier(0.0625))
    let expected = (-24...24).map { SlowArithmetic.multiplyByQuantizedMultiplier($0, 1 << 30, -3) }
    #expect((-24...24).map { stages.apply($0) } == expected)
    #expect(stages.apply(7) == 1 && shiftRight(7, by: 4, .tiesTowardPositive) == 0)
  }
}
