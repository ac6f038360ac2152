import FixedPoint
import HardwareProfile
import Testing

@Suite("Differences between profiles")
struct ProfileDifferenceTests {
  private func differences(_ change: (inout HardwareProfile) -> Void, from name: String = "nna-int8") throws
    -> [ProfileDifference]
  {
    let base = try HardwareProfile.builtIn(named: name)
    var changed = base
    change(&changed)
    return changed.differences(from: base)
  }

  @Test("a difference tells its path, both values and what it means")
  func words() throws {
    let found = try differences {
      $0.accumulator.bits = 24
      $0.accumulator.overflow = .wrap
      $0.summary = "x"
    }
    #expect(
      found.map(\.description) == [
        "accumulator.bits: 32 -> 24 (the register holds -2^23 to 2^23-1; before: -2^31 to 2^31-1)",
        "accumulator.overflow: \"saturate\" -> \"wrap\" (a sum that does not fit keeps its low bits; before: a sum that "
          + "does not fit becomes the nearest value that does)",
        "summary: \"A generic accelerator: int8, zero point 0, any scale, a multiplier and one rounding shift.\" -> \"x\"",
      ])
  }

  @Test("stages of the same kinds are compared one by one, others as a whole")
  func stages() throws {
    let one = try differences { $0.requantize[1] = .shift(rounding: .floor, minimum: 0, maximum: 62) }
    #expect(one.map(\.path) == ["requantize[1].shift.rounding"])
    let whole = try differences { $0.requantize = [.shift(rounding: .floor, minimum: 0, maximum: 62)] }
    #expect(whole.map(\.path) == ["requantize"])
    #expect(whole.first?.effect == "stages shift; before: stages multiply, shift")
  }

  @Test("operators and limits that only one profile has are told")
  func absence() throws {
    let found = try differences {
      $0.operators["PAD"] = nil
      $0.limits.stride = 2
    }
    #expect(
      found.map(\.description) == [
        "limits.stride: absent -> 2 (the largest stride; absent means: no limit)",
        #"operators.PAD: { "run": "device" } -> absent (the operator becomes unsupported)"#,
      ])
  }

  @Test("another method is told by what the methods do")
  func method() throws {
    let found = try differences { $0.operators["MEAN"]?.division = .divide(rounding: .floor) }
    #expect(found.map(\.path) == ["operators.MEAN.division"])
    #expect(found.first?.effect?.hasPrefix("divides the sum of stored integers exactly") == true)
  }

  static let pairs = Rounding.allCases.flatMap { old in Rounding.allCases.map { (old, $0) } }.filter { $0.0 != $0.1 }

  @Test("the example for two roundings is a quotient at which they differ, for every pair", arguments: pairs)
  func roundingExample(old: Rounding, new: Rounding) throws {
    let found = try differences({ $0.requantize[1] = .shift(rounding: new, minimum: 0, maximum: 62) }) { base in
      base.requantize[1] = .shift(rounding: old, minimum: 0, maximum: 62)
    }
    let effect = try #require(found.first?.effect)
    let numbers = try #require(effect.firstMatch(of: /: (-?[0-9.]+) gives (-?[0-9]+); before: (-?[0-9]+)$/))
    let quarters = try #require(Double(numbers.1)) * 4
    #expect(numbers.2 != numbers.3)
    #expect(String(shiftRight(Int64(quarters), by: 2, new)) == numbers.2)
    #expect(String(shiftRight(Int64(quarters), by: 2, old)) == numbers.3)
  }

  private func differences(
    _ change: (inout HardwareProfile) -> Void, base prepare: (inout HardwareProfile) -> Void
  ) throws -> [ProfileDifference] {
    var base = try HardwareProfile.builtIn(named: "nna-int8")
    prepare(&base)
    var changed = base
    change(&changed)
    return changed.differences(from: base)
  }

  @Test("the words for roundings say which quotients part them")
  func roundingWords() throws {
    let pairs: [(Rounding, Rounding, String)] = [
      (.tiesTowardPositive, .tiesAwayFromZero, "results differ at negative ties: "),
      (.tiesTowardPositive, .tiesToEven, "results differ at ties next to integers of one parity: "),
      (.floor, .towardZero, "results differ at negative quotients with a fraction: "),
      (.floor, .ceiling, "results differ at quotients with a fraction: "),
    ]
    for (old, new, words) in pairs {
      let found = try differences({ $0.requantize[1] = .shift(rounding: new, minimum: 0, maximum: 62) }) { base in
        base.requantize[1] = .shift(rounding: old, minimum: 0, maximum: 62)
      }
      #expect(found.first?.effect?.hasPrefix(words) == true, "\(found)")
    }
  }
}
