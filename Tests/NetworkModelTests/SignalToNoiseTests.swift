import NetworkModel
import Testing

@Suite struct SignalToNoiseTests {
  static func measure(_ actual: [Double], _ expected: [Double]) -> SignalToNoise {
    var measure = SignalToNoise()
    measure.add(
      elements: expected.count, sum: expected.reduce(0, +), squares: expected.reduce(0) { $0 + $1 * $1 },
      noise: zip(actual, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
    return measure
  }

  @Test func theSignalIsTakenAboutItsMean() throws {
    // About the mean 101 the signal is 4·1, the noise 4·0.01.
    let found = Self.measure([100.1, 101.9, 100.1, 101.9], [100, 102, 100, 102])
    #expect(abs(try #require(found.decibels) - 20) < 1e-6)
    #expect(abs(found.noiseShare - 0.01 / 1.01) < 1e-6)
  }

  @Test func theNoiseIsNot() throws {
    // A constant error is an error: 4·1 beside 4·1.
    #expect(abs(try #require(Self.measure([1, 3, 1, 3], [0, 2, 0, 2]).decibels)) < 1e-9)
  }

  @Test func aResultThatIsAlwaysTheMeanHasNoDecibels() throws {
    #expect(abs(try #require(Self.measure([7, 7, 7], [4, 7, 10]).decibels)) < 1e-9)
  }

  @Test(arguments: [0.1, 1e9, -3.3333333])
  func aConstantHasNoRatio(_ number: Double) {
    let found = Self.measure([number + 1, number, number], [number, number, number])
    #expect(found.signal == 0 && found.decibels == nil && found.noiseShare == 1)
    let equal = Self.measure([number], [number])
    #expect(equal.decibels == nil && equal.noiseShare == 0)
  }

  @Test func theMeanIsThatOfAllSamples() throws {
    var merged = Self.measure([0, 0], [0, 0])
    merged.merge(Self.measure([11, 10], [10, 10]))
    // About 5: 4·25 beside 1.
    #expect(abs(try #require(merged.decibels) - 20) < 1e-9)
    #expect(merged.elements == 4)
  }
}
