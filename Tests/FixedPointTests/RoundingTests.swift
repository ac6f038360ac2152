internal import FixedPoint
internal import TestSupport
internal import Testing

@Suite("Rounding")
struct RoundingTests {
  @Test("the raw values are wire names and never change")
  func wireNames() {
    #expect(
      Rounding.allCases.map(\.rawValue) == [
        "floor", "ceiling", "towardZero", "awayFromZero", "tiesTowardPositive", "tiesTowardNegative",
        "tiesAwayFromZero", "tiesTowardZero", "tiesToEven", "tiesToOdd", "toOdd",
        "tiesTowardPositiveWhenNegativeElseToEven",
      ])
  }

  @Test("the second statement of the arithmetic has every rule and no other")
  func slowArithmeticHasEveryRule() {
    #expect(Set(Rounding.allCases.map(\.rawValue)) == Set(SlowArithmetic.Rule.allCases.map(\.rawValue)))
  }

  /// Quotients −2.5, −1.5, −0.5, 0.5, 1.5, 2.5, −0.25, 0.25, and what each rule makes of them.
  static let quarters: [Int] = [-10, -6, -2, 2, 6, 10, -1, 1]
  static let table: [(rule: Rounding, results: [Int])] = [
    (.floor, [-3, -2, -1, 0, 1, 2, -1, 0]),
    (.ceiling, [-2, -1, 0, 1, 2, 3, 0, 1]),
    (.towardZero, [-2, -1, 0, 0, 1, 2, 0, 0]),
    (.awayFromZero, [-3, -2, -1, 1, 2, 3, -1, 1]),
    (.tiesTowardPositive, [-2, -1, 0, 1, 2, 3, 0, 0]),
    (.tiesTowardNegative, [-3, -2, -1, 0, 1, 2, 0, 0]),
    (.tiesAwayFromZero, [-3, -2, -1, 1, 2, 3, 0, 0]),
    (.tiesTowardZero, [-2, -1, 0, 0, 1, 2, 0, 0]),
    (.tiesToEven, [-2, -2, 0, 0, 2, 2, 0, 0]),
    (.tiesToOdd, [-3, -1, -1, 1, 1, 3, 0, 0]),
    (.toOdd, [-3, -1, -1, 1, 1, 3, -1, 1]),
    (.tiesTowardPositiveWhenNegativeElseToEven, [-2, -1, 0, 0, 2, 2, 0, 0]),
  ]

  @Test("every rule gives the values of its row, by shift, by division and in the second statement")
  func tableOfExamples() {
    #expect(Self.table.map(\.rule) == Rounding.allCases)
    for (rule, results) in Self.table {
      #expect(Self.quarters.map { shiftRight($0, by: 2, rule) } == results, "shiftRight, \(rule)")
      #expect(Self.quarters.map { divide($0, by: 4, rule) } == results, "divide, \(rule)")
      #expect(
        Self.quarters.map { Int(SlowArithmetic.round(Int128($0), over: 4, rule.slow)) } == results, "slow, \(rule)")
    }
  }

  @Test("the documentation's table is this table")
  func documentedTable() throws {
    let source = try RepositoryFiles.text("Sources/FixedPoint/Rounding.swift")
    var rows: [[String]] = []
    for line in source.split(separator: "\n") where line.hasPrefix("/// |") {
      let cells = line.dropFirst(4).split(separator: "|").map { cell in
        cell.filter { $0 != " " && $0 != "`" }.map { $0 == "−" ? "-" : String($0) }.joined()
      }
      rows.append(cells)
    }
    let header = ["rule"] + Self.quarters.map { "\(Double($0) / 4)" }
    let body = Self.table.map { [$0.rule.rawValue] + $0.results.map(String.init) }
    #expect(rows.first == header)
    #expect(Array(rows.dropFirst(2)) == body)
  }

  @Test("an exact quotient is never moved", arguments: Rounding.allCases)
  func exactStays(rule: Rounding) {
    for isNegative in [false, true] {
      for floorIsOdd in [false, true] {
        #expect(!rule.roundsUp(.exact, floorIsOdd: floorIsOdd, isNegative: isNegative))
      }
    }
  }

  @Test("the raw values of Overflow are wire names and never change")
  func overflowWireNames() {
    #expect(Overflow.allCases.map(\.rawValue) == ["wrap", "saturate", "trap"])
  }
}
