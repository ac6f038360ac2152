import FixedPoint
import Requantizer
import Simulation
import TestSupport
import Testing

@Suite struct AccumulatorHistogramsTests {
  static func stage(_ shifts: [Int], zeroPoint: Int64 = 0, low: Int64 = -128, high: Int64 = 127) -> OutputStage {
    OutputStage(
      requantizations: shifts.map { Requantization(stages: [.shiftRight($0, .tiesTowardPositive)]) },
      zeroPoint: zeroPoint, low: low, high: high, lowIsFormat: true, highIsFormat: true)
  }

  /// The mean stored output when a correction is added to each accumulator, computed on the accumulators themselves.
  static func mean(_ accumulators: [Int32], _ stage: OutputStage, _ channel: Int, _ delta: Int64) -> Double {
    let outputs = accumulators.map {
      max(min(stage.requantization(channel).apply(Int64($0) + delta) + stage.zeroPoint, stage.high), stage.low)
    }
    return Double(outputs.reduce(0, +)) / Double(outputs.count)
  }

  @Test(arguments: 1...24)
  func noIntegerIsBetterWhereEachAccumulatorHasItsCell(_ seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    // Three bits of shift and eight cells for each step of the output make cells of one accumulator.
    let stage = Self.stage([seed % 4], zeroPoint: Int64(seed % 9) - 4, low: seed % 2 == 0 ? -128 : -4)
    let accumulators = (0..<50).map { _ in Int32(random.next() % 400) - 200 }
    var histograms = AccumulatorHistograms(stage, channels: 1)
    histograms.add(accumulators)
    let goal = Self.mean(accumulators, stage, 0, 0) + Double(random.next() % 2000) / 100 - 10
    let found = histograms.correction(channel: 0, goal: goal)
    let reach: Int64 = 32 << Int64(seed % 4)
    let best = (-reach...reach).map { abs(Self.mean(accumulators, stage, 0, $0) - goal) }.min() ?? 0
    #expect(abs(Self.mean(accumulators, stage, 0, found) - goal) <= best + 1e-12)
  }

  @Test(arguments: 1...12)
  func wideCellsCostAtMostTheirOwnWidth(_ seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let shift = 6 + seed % 5
    let stage = Self.stage([shift, shift - 1], low: 0)
    let accumulators = (0..<2000).map { _ in Int32(random.next() % UInt64(160 << shift)) - Int32(60 << shift) }
    var histograms = AccumulatorHistograms(stage, channels: 2)
    histograms.add(accumulators)
    for channel in 0...1 {
      let own = stride(from: channel, to: accumulators.count, by: 2).map { accumulators[$0] }
      let goal = Self.mean(own, stage, channel, 0) + (seed % 2 == 0 ? 2.3 : -1.7)
      let found = histograms.correction(channel: channel, goal: goal)
      // An eighth of a step of the output is a cell.
      #expect(abs(Self.mean(own, stage, channel, found) - goal) <= 0.125)
    }
  }

  @Test func aHigherGoalNeverLowersTheCorrection() {
    var random = SeededGenerator(seed: 5)
    let stage = Self.stage([5], low: 0)
    var histograms = AccumulatorHistograms(stage, channels: 1)
    histograms.add((0..<300).map { _ in Int32(random.next() % 3000) - 1500 })
    let corrections = (-10...600).map { histograms.correction(channel: 0, goal: Double($0) / 4) }
    #expect(zip(corrections, corrections.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(Set(corrections).count > 20)
  }

  @Test(arguments: [Int32.min, -1_000_000, 1_000_000, Int32.max])
  func aChannelThatIsCutWhateverIsAddedIsLeftAlone(_ accumulator: Int32) {
    var histograms = AccumulatorHistograms(Self.stage([4], low: 0), channels: 1)
    histograms.add([Int32](repeating: accumulator, count: 9))
    for goal in [-5.0, 0, 3, 127, 300] { #expect(histograms.correction(channel: 0, goal: goal) == 0) }
  }

  @Test func aDeadChannelThatShouldBeDeadIsLeftAlone() {
    // A correction by many steps would not change the output either, and one upwards would.
    var histograms = AccumulatorHistograms(Self.stage([4], low: 0), channels: 1)
    histograms.add([-40, -50, -300])
    #expect(histograms.correction(channel: 0, goal: 0) == 0)
    #expect(histograms.correction(channel: 0, goal: -1) == 0)
    #expect(histograms.correction(channel: 0, goal: 1) > 0)
  }

  @Test func countsOfPartsAddUp() {
    let stage = Self.stage([3, 6])
    var random = SeededGenerator(seed: 9)
    let accumulators = (0..<200).map { _ in Int32(truncatingIfNeeded: random.nextSigned(bits: 14)) }
    var whole = AccumulatorHistograms(stage, channels: 2)
    whole.add(accumulators)
    var parts = AccumulatorHistograms(stage, channels: 2)
    for start in stride(from: 0, to: 200, by: 50) {
      var part = AccumulatorHistograms(stage, channels: 2)
      part.add(Array(accumulators[start..<start + 50]))
      parts.add(part)
    }
    for channel in 0...1 {
      for goal in [-20.0, 0, 7.5] {
        #expect(whole.correction(channel: channel, goal: goal) == parts.correction(channel: channel, goal: goal))
      }
    }
  }

  @Test func nothingCountedIsNothingCorrected() {
    #expect(AccumulatorHistograms(Self.stage([4]), channels: 1).correction(channel: 0, goal: 5) == 0)
  }
}
