internal import FixedPoint
internal import TestSupport
internal import Testing

@Suite("shiftRight")
struct ShiftRightTests {
  /// The first shift and input at which the two statements differ, over given values of a type.
  static func mismatch<T: FixedWidthInteger & SignedInteger>(
    _ values: [T], _ counts: ClosedRange<Int>, _ rule: Rounding
  ) -> String? {
    let slow = rule.slow
    for count in counts {
      let denominator = SlowArithmetic.powerOfTwo(min(count, 110))
      let difference = firstMismatch(
        values, { Int128(shiftRight($0, by: count, rule)) },
        { SlowArithmetic.round(Int128($0), over: denominator, slow) })
      if let difference { return "\(T.self), shift \(count), \(rule): \(difference)" }
    }
    return nil
  }

  @Test("every Int8 and every shift to beyond the width rounds as defined", arguments: Rounding.allCases)
  func everyInt8(rule: Rounding) {
    #expect(Self.mismatch(allValues(of: Int8.self), 0...20, rule) == nil)
  }

  @Test("every Int16 and every shift to beyond the width rounds as defined", arguments: Rounding.allCases)
  func everyInt16(rule: Rounding) {
    #expect(Self.mismatch(allValues(of: Int16.self), 0...20, rule) == nil)
  }

  @Test("edges and random values of 32 and 64 bits round as defined at every shift", arguments: Rounding.allCases)
  func wideValues(rule: Rounding) {
    let step = isExhaustive ? 1 : 7
    let narrow = EdgeValues.signed(bits: 32, count: 4000, seed: 32).compactMap { Int32(exactly: $0) }
    let wide = EdgeValues.signed(bits: 64, count: 4000, seed: 64)
    #expect(Self.mismatch(everyNth(narrow, step), 0...40, rule) == nil)
    #expect(Self.mismatch(everyNth(wide, step), 0...70, rule) == nil)
  }

  @Test("the minimum, the maximum and zero of every type at shifts around the width", arguments: Rounding.allCases)
  func limits(rule: Rounding) {
    #expect(Self.mismatch([Int8.min, -127, -1, 0, 1, 126, .max], 0...300, rule) == nil)
    #expect(Self.mismatch([Int16.min, .min + 1, -1, 0, 1, .max], 0...300, rule) == nil)
    #expect(Self.mismatch([Int32.min, .min + 1, -1, 0, 1, .max], 0...300, rule) == nil)
    #expect(Self.mismatch([Int64.min, .min + 1, -1, 0, 1, .max], 0...300, rule) == nil)
  }

  @Test("128 bits give what 64 give, at every place in the word", arguments: Rounding.allCases)
  func wideType(rule: Rounding) {
    let values = everyNth(EdgeValues.signed(bits: 64), isExhaustive ? 1 : 11)
    for place in [0, 1, 31, 63, 64] {
      for count in stride(from: 0, through: 66, by: isExhaustive ? 1 : 3) {
        let difference = firstMismatch(
          values, { shiftRight(Int128($0) * SlowArithmetic.powerOfTwo(place), by: count + place, rule) },
          { Int128(shiftRight($0, by: count, rule)) })
        #expect(difference == nil, "place \(place), shift \(count)")
      }
    }
  }

  @Test("128 bits at their limits: the tie at −2^127 / 2^128 and its neighbours")
  func widestTie() {
    #expect(shiftRight(Int128.min, by: 128, .tiesTowardNegative) == -1)
    #expect(shiftRight(Int128.min, by: 128, .tiesTowardPositive) == 0)
    #expect(shiftRight(Int128.min, by: 129, .tiesTowardNegative) == 0)
    #expect(shiftRight(Int128.min + 1, by: 128, .tiesTowardNegative) == 0)
    #expect(shiftRight(Int128.max, by: 128, .tiesTowardPositive) == 0)
    #expect(shiftRight(Int128.max, by: 127, .tiesTowardZero) == 1)
    #expect(shiftRight(Int128.min, by: 127, .ceiling) == -1)
  }

  @Test("rounding to odd first makes a second, coarser rounding exact", arguments: Rounding.allCases)
  func toOddThenCoarser(rule: Rounding) {
    // Two bits have to remain below the final place, one for the half and one that only the odd rule keeps.
    for total in 2...17 {
      for first in 0...(total - 2) {
        let difference = firstMismatch(
          everyNth(allValues(of: Int16.self), isExhaustive ? 1 : 16),
          { shiftRight(shiftRight($0, by: first, .toOdd), by: total - first, rule) },
          { shiftRight($0, by: total, rule) })
        #expect(difference == nil, "first \(first) of \(total)")
      }
    }
  }

  @Test(
    "mirrored rules are mirror images",
    arguments: [
      (Rounding.floor, Rounding.ceiling), (.tiesTowardPositive, .tiesTowardNegative), (.towardZero, .towardZero),
      (.awayFromZero, .awayFromZero), (.tiesAwayFromZero, .tiesAwayFromZero), (.tiesTowardZero, .tiesTowardZero),
      (.tiesToEven, .tiesToEven), (.tiesToOdd, .tiesToOdd), (.toOdd, .toOdd),
    ])
  func mirror(rule: Rounding, image: Rounding) {
    let values = allValues(of: Int16.self).filter { $0 != .min }
    for count in 0...18 {
      let difference = firstMismatch(
        values, { shiftRight(-$0, by: count, rule) }, { -shiftRight($0, by: count, image) })
      #expect(difference == nil, "shift \(count)")
    }
  }

  @Test("the fraction's place agrees with its numerator and denominator")
  func fractionPositions() {
    for count in 0...12 {
      let denominator = 1 << count
      let difference = firstMismatch(allValues(of: Int8.self), { fractionPosition(of: $0, shiftedBy: count) }) { x in
        // A remainder counted from the floor, doubled and held against the denominator.
        let remainder = ((Int(x) % denominator) + denominator) % denominator
        if remainder == 0 { return .exact }
        return 2 * remainder == denominator ? .half : (2 * remainder < denominator ? .belowHalf : .aboveHalf)
      }
      #expect(difference == nil, "shift \(count)")
    }
  }

  @Test("a negative count is refused")
  func negativeCount() async {
    await #expect(processExitsWith: .failure) { _ = shiftRight(Int32(1), by: -1, .floor) }
  }
}
