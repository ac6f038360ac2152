import FixedPoint
import TestSupport
import Testing

@Suite("Exact ties of a requantization")
struct TieTests {
  @Test("a shift meets a tie where what it removes is one half", arguments: Rounding.allCases)
  func shifts(_ rounding: Rounding) {
    for count in 0...6 {
      let requantization = Requantization(stages: [.shiftRight(count, rounding)])
      for x in Int64(-200)...200 {
        let down = Requantization(stages: [.shiftRight(count, .tiesTowardNegative)]).apply(x)
        let up = Requantization(stages: [.shiftRight(count, .tiesTowardPositive)]).apply(x)
        // Rules that look at the tie only differ from each other nowhere else.
        let isNearest = [down, up].contains(requantization.apply(x)) && rounding.isToNearest
        #expect(requantization.meetsTie(x) == (isNearest && up != down), "\(x) >> \(count)")
      }
    }
  }

  @Test("to nearest are the rules that agree with each other off the ties")
  func nearest() {
    for rounding in Rounding.allCases {
      let requantization = Requantization(stages: [.shiftRight(3, rounding)])
      let other = Requantization(stages: [.shiftRight(3, .tiesToEven)])
      let agrees = (Int64(-64)...64).allSatisfy { $0 & 7 == 4 || requantization.apply($0) == other.apply($0) }
      #expect(rounding.isToNearest == agrees, "\(rounding)")
    }
  }

  @Test("TFLite's first rounding meets a tie at every odd accumulator of a power of two")
  func doubleRounding() {
    let requantization = Requantization(stages: [
      .wrap(.int(32)), .multiply(1 << 30), .shiftRight(31, .tiesTowardPositive), .saturate(.int(32)),
      .shiftRight(2, .tiesAwayFromZero),
    ])
    // Even ones are halved exactly; then 2 mod 4 is a tie of the second stage.
    for x in Int64(-64)...64 { #expect(requantization.meetsTie(x) == (x & 1 == 1 || x & 7 == 4), "\(x)") }
  }

  @Test("values beyond 64 bits are looked at too")
  func wide() {
    let requantization = Requantization(stages: [.multiply(1 << 31), .shiftLeft(31), .shiftRight(65, .tiesToEven)])
    // x·2^62 / 2^65 = x / 8.
    let sums: [Int64] = [4, 12, -4, 3, 8, (1 << 40) + 4]
    for x in sums { #expect(requantization.meetsTie(x) == (x & 7 == 4), "\(x)") }
  }

  @Test("a float product meets a tie where its fraction is one half")
  func floats() throws {
    let half = FloatScale(Float(0.5))
    let requantization = Requantization(stages: [.scaleAsFloat(half, .tiesToEven)])
    for x in Int64(-9)...9 { #expect(requantization.meetsTie(x) == (x & 1 == 1)) }
  }
}
