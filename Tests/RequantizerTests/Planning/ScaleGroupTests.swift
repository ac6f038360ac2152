import Requantizer
import TestSupport
import Testing

@Suite struct ScaleGroupTests {
  static let ranges: [(Double, Double)] = [(-1, 1), (0, 6), (-3, 0.1), (-0.001, 90), (-128, 127), (0, 0), (-5, -1)]

  static func group(_ range: (Double, Double), _ samples: [(value: Double, count: Double)] = []) -> ScaleGroup {
    ScaleGroup(
      tensors: [0], range: RealRange(low: range.0, high: range.1), samples: samples, low: -128, high: 127)
  }

  @Test(arguments: ranges)
  func withoutSamplesTheWholeRangeIsHeldAndNoMore(_ range: (Double, Double)) {
    let group = Self.group(range)
    let scale = group.smallestFullScale
    #expect(-128 * scale <= range.0 + 1e-12 && 127 * scale >= range.1 - 1e-12)
    if range != (0, 0) {
      let smaller = scale * 0.999
      #expect(-128 * smaller > range.0 || 127 * smaller < range.1)
    }
  }

  @Test(arguments: ranges, [1.0, 1.3, 1.9])
  func aScaleOfABaseHoldsTheRangeWithinOneDoubling(_ range: (Double, Double), _ base: Double) {
    let group = Self.group(range)
    let scale = group.bestScale(base: base).scale
    let full = group.smallestFullScale
    #expect(scale >= full * (1 - 1e-6) && scale < 2 * full)
    #expect((scale / base).significand == 1)
  }

  @Test(arguments: 1...30)
  func withSamplesNoChoiceIsWorseThanTheFullRange(_ seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let spread = 0.1 + Double(random.next() % 100) / 20
    let samples = (0..<60).map { index -> (value: Double, count: Double) in
      let value = index == 0 ? 8 : spread * (Double(random.next() % 2001) / 1000 - 1)
      return (value: max(min(value, 8), -8), count: Double(random.next() % 50 + 1))
    }
    let group = Self.group((-8, 8), samples)
    let bound = group.bestScale(base: 1)
    #expect(bound.cost <= group.cost(0.0625) && bound.cost == group.cost(bound.scale))
    #expect((bound.scale).significand == 1)
  }

  @Test func rareOutliersAreCut() {
    let common = (-50...50).map { (value: Double($0) / 100, count: 1e6) }
    let group = Self.group((-64, 64), common + [(value: 64, count: 1)])
    #expect(group.bestScale(base: 1).scale < group.smallestFullScale / 1.5)
  }
}
