import Requantizer
import TestSupport
import Testing

@Suite struct WeightStepsTests {
  /// Random weights of a few sizes, some of them outliers, and importances.
  static func sample(_ seed: UInt64) -> (weights: [Double], importances: [Double]) {
    var random = SeededGenerator(seed: seed)
    let count = Int(random.next() % 40) + 1
    let size = Double(random.next() % 1000 + 1) / 4096
    let weights = (0..<count).map { _ in
      let outlier = random.next() % 12 == 0 ? 3.0 : 1.0
      return outlier * size * (Double(random.next() % 20001) / 10000 - 1)
    }
    return (weights, (0..<count).map { _ in Double(random.next() % 100) / 10 })
  }

  /// The squared error of a step, stated again.
  static func error(_ weights: [Double], _ importances: [Double], _ step: Double) -> Double {
    zip(weights, importances).reduce(0) { sum, pair in
      let nearest = (pair.0 / step).rounded(.toNearestOrAwayFromZero)
      let difference = pair.0 - step * (nearest < -127 ? -127 : nearest > 127 ? 127 : nearest)
      return sum + pair.1 * difference * difference
    }
  }

  @Test(arguments: 1...40)
  func noPowerOfTwoNearTheRangeIsBetter(_ seed: Int) throws {
    let (weights, importances) = Self.sample(UInt64(seed))
    let unit = 0.7 + Double(seed) / 50
    let steps = WeightSteps(low: -127, high: 127, grid: .powersOfTwo(unit: unit, exponents: -31...0), sourceStep: nil)
    let choice = try #require(steps.best(weights, importances, smallest: 0))
    let largest = weights.map(abs).max() ?? 0
    // Steps below a sixteenth of the full range's cut nearly everything; those above it only get coarser.
    for exponent in -31...0 where 127 * unit * Double(sign: .plus, exponent: exponent, significand: 1) > largest / 16 {
      let step = unit * Double(sign: .plus, exponent: exponent, significand: 1)
      #expect(choice.error <= Self.error(weights, importances, step) * (1 + 1e-12))
    }
    #expect(abs(choice.error - Self.error(weights, importances, choice.step)) <= choice.error * 1e-12)
    let ratio = choice.step / unit
    #expect(ratio.significand == 1 && (-31...0).contains(Int(ratio.exponent)))
  }

  @Test(arguments: 1...40)
  func noFreeStepOfTheSearchIsBetter(_ seed: Int) throws {
    let (weights, importances) = Self.sample(UInt64(seed))
    let full = (weights.map(abs).max() ?? 1) / 127
    let source = Double(Float(full * (0.6 + Double(seed % 7) / 10)))
    let steps = WeightSteps(low: -127, high: 127, grid: .any, sourceStep: source)
    let choice = try #require(steps.best(weights, importances, smallest: 0))
    #expect(Double(Float(choice.step)) == choice.step)
    for step in [source, Double(Float(full))] + (0..<14).map({ Double(Float(full * (1 - 0.05 * Double($0)))) }) {
      #expect(choice.error <= Self.error(weights, importances, step) * (1 + 1e-12))
    }
  }

  @Test func theSourceStepIsKeptWhereItLosesNothing() throws {
    // A depthwise channel that spans five steps, beside an outlier that is cut by half a step.
    let source = Double(Float(0.0125))
    let weights = [5, -3, 1, 0, 2, 127].map { Double($0) * source }
    let steps = WeightSteps(low: -127, high: 127, grid: .any, sourceStep: source)
    let choice = try #require(steps.best(weights, weights.map { _ in 1 }, smallest: 0))
    #expect(choice.step == source && choice.error == 0 && choice.clipped == 0)
  }

  @Test func cutWeightsAreCounted() throws {
    let weights = [Double](repeating: 0.3, count: 200) + [100, -100, 50]
    // Importance zero makes the outliers free, so that the step serves the others.
    let importances = [Double](repeating: 1, count: 200) + [0, 0, 0]
    let grid = WeightSteps.Grid.powersOfTwo(unit: 0.3, exponents: -8 ... -2)
    let choice = try #require(
      WeightSteps(low: -127, high: 127, grid: grid, sourceStep: nil).best(weights, importances, smallest: 0))
    let limit = 127.5 * choice.step
    #expect(choice.clipped == weights.filter { abs($0) > limit }.count)
    #expect(choice.clipped > 0)
  }

  @Test func aWeightThatHardlyCountsDoesNotSetTheStep() throws {
    let weights = [0.3, -0.21, 0.11, 0.07, 60]
    let steps = WeightSteps(low: -127, high: 127, grid: .any, sourceStep: nil)
    let choice = try #require(steps.best(weights, [1, 1, 1, 1, 1e-9], smallest: 0))
    #expect(choice.clipped == 1 && choice.step < 0.05)
    let kept = try #require(steps.best(weights, [1, 1, 1, 1, 1], smallest: 0))
    #expect(kept.step > 0.1)
    #expect(try #require(steps.best(weights, [1, 1, 1, 1, 1e-9], smallest: 0.05)).step >= 0.05 * (1 - 0x1p-23))
  }

  @Test(arguments: [1e-9, 0.013, 0.1, 1.0 / 3, 7.7])
  func noStepIsSmallerThanABiasAllows(_ smallest: Double) throws {
    let weights = [0.1, -0.02, 0.05]
    for grid in [WeightSteps.Grid.any, .powersOfTwo(unit: 1, exponents: -20...20)] {
      let steps = WeightSteps(low: -127, high: 127, grid: grid, sourceStep: 0.001)
      let choice = try #require(steps.best(weights, [1, 1, 1], smallest: smallest))
      #expect(choice.step >= smallest * (1 - 0x1p-23))
    }
  }

  @Test func thereIsNoStepBeyondTheGrid() {
    let steps = WeightSteps(low: -127, high: 127, grid: .powersOfTwo(unit: 1, exponents: -20 ... -10), sourceStep: nil)
    #expect(steps.best([0.1], [1], smallest: 0.01) == nil)
  }

  @Test func zerosAreStoredAsZeros() throws {
    for grid in [WeightSteps.Grid.any, .powersOfTwo(unit: 0.3, exponents: -31...0)] {
      let steps = WeightSteps(low: -127, high: 127, grid: grid, sourceStep: nil)
      let choice = try #require(steps.best([0, 0], [1, 1], smallest: 0))
      #expect(choice.step > 0 && choice.error == 0 && choice.clipped == 0)
    }
  }

  /// Halves go away from zero, and what is next to a half does not.
  @Test(arguments: [-7.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 6.5])
  func storedWeightsRoundTiesAwayFromZero(_ half: Double) {
    let steps = WeightSteps(low: -7, high: 6, grid: .any, sourceStep: nil)
    for scaled in [half, half.nextUp, half.nextDown] {
      for step in [1, 0.25, 0x1p-20] {
        let expected = min(max(scaled.rounded(.toNearestOrAwayFromZero), -7), 6)
        #expect(steps.stored(scaled * step, step) == expected)
      }
    }
  }
}
