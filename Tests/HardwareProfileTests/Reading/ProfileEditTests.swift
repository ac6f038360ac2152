import FixedPoint
import HardwareProfile
import Testing

@Suite("A profile with another value at a key")
struct ProfileEditTests {
  private let base: HardwareProfile

  init() throws { base = try HardwareProfile.resolve("nna-int8-shift") }

  @Test("numbers, words and lists")
  func values() throws {
    #expect(try base.setting("accumulator.bits", to: "20").accumulator.bits == 20)
    #expect(try base.setting("accumulator.overflow", to: "wrap").accumulator.overflow == .wrap)
    #expect(try base.setting("weights.granularity", to: "channel").weights.granularity == [.channel])
    #expect(
      try base.setting("weights.granularity", to: "[\"channel\",\"tensor\"]").weights.granularity == [
        .channel, .tensor,
      ])
    #expect(try base.setting("weights.bits", to: "4").weights.formats == [.int(4)])
    #expect(try base.setting("weights.narrowRange", to: "true").weights.narrowRange)
    #expect(
      try base.setting("accumulator.bits", to: "20").certified != base.certified || base.certified == "not certified")
  }

  @Test("a stage is found by the key that it has", arguments: Rounding.allCases)
  func stages(_ rounding: Rounding) throws {
    let changed = try base.setting("requantize.rounding", to: rounding.rawValue)
    guard case .shift(let found, _, _)? = changed.requantize.last else {
      Issue.record("the last stage is no shift")
      return
    }
    #expect(found == rounding)
    #expect(changed.requantize.count == base.requantize.count)
    var other = changed
    other.requantize = base.requantize
    other.certified = base.certified
    #expect(other == base)
  }

  @Test("an operator's own key")
  func operators() throws {
    let changed = try base.setting("operators.ADD.alignment.rounding", to: "tiesToEven")
    #expect(changed.operators["ADD"] != base.operators["ADD"])
    #expect(changed.operators["CONV_2D"] == base.operators["CONV_2D"])
  }

  @Test("unknown keys and wrong values are refused, with the nearest key")
  func refused() throws {
    for (key, value, hint) in [
      ("accumulator.bitz", "20", "bits"), ("acumulator.bits", "20", "accumulator"), ("accumulator.bits", "900", "64"),
      ("accumulator.bits", "many", "integer"), ("accumulator.overflow", "rap", "wrap"), ("bits", "1", "no key"),
      ("", "1", "no key"),
    ] {
      do {
        _ = try base.setting(key, to: value)
        Issue.record("\(key)=\(value) was taken")
      } catch {
        #expect(error.description.contains(hint), "\(error.description)")
        #expect(error.description.contains("\(key)=\(value)"))
      }
    }
  }
}
