import Foundation
import NetworkModel
import TestSupport
import Testing
import Verification

@Suite struct DistanceVerdictTests {
  /// Outputs of ten classes with noise of a given ratio, on forty samples.
  static func output(noiseDb: Double, step: Double = 0, seed: UInt64 = 1) -> MeasuredOutput {
    var random = SeededGenerator(seed: seed)
    var output = MeasuredOutput(name: "logits", sourceStep: step)
    func unit() -> Double { Double.random(in: -1...1, using: &random) }
    let level = Foundation.pow(10, -noiseDb / 20)
    for _ in 0..<40 {
      let expected = (0..<10).map { _ in unit() }
      output.add(expected.map { $0 + level * unit() }, against: expected)
    }
    return output
  }

  @Test(arguments: [(30.0, DistanceVerdict.Word.close), (15.0, .close), (12.0, .coarse), (8.5, .coarse), (5.0, .far)])
  func theWordGoesByTheRatio(_ noise: Double, _ word: DistanceVerdict.Word) {
    let output = Self.output(noiseDb: noise)
    #expect(abs((output.comparison.sqnrDb ?? 0) - noise) < 0.7)
    let verdict = DistanceVerdict([output])
    #expect(verdict.word == word && verdict.passed == (word != .far))
    // Plain noise changes as many decisions as plain noise would.
    #expect(verdict.reasons.isEmpty)
  }

  @Test func theWorstOutputDecides() {
    #expect(DistanceVerdict([Self.output(noiseDb: 30), Self.output(noiseDb: 4)]).word == .far)
    #expect(DistanceVerdict([Self.output(noiseDb: 9), Self.output(noiseDb: 30)]).word == .coarse)
    #expect(DistanceVerdict([]).word == .equal)
  }

  @Test func equalIsSaid() {
    var output = MeasuredOutput(name: "y", sourceStep: 1)
    output.add([1, 2], against: [1, 2])
    #expect(DistanceVerdict([output]).word == .equal && DistanceVerdict([output]).passed)
  }

  @Test func aConstantErrorOfOneClassIsFarAlthoughTheRatioIsNot() {
    // One class of ten is always too large: little noise in all, and half of the decisions.
    var output = MeasuredOutput(name: "logits", sourceStep: 0)
    for sample in 0..<40 {
      var expected = [Double](repeating: 0, count: 10)
      expected[1 + sample % 9] = 4
      expected[0] = 3
      var actual = expected
      actual[0] += 1.2
      output.add(actual, against: expected)
    }
    #expect((output.comparison.sqnrDb ?? 0) > DistanceVerdict.farDb)
    let verdict = DistanceVerdict([output])
    #expect(verdict.word == .far)
    #expect(
      verdict.reasons.first?.hasPrefix("40 of 40 decisions of \"logits\" differ; plain noise as strong would") == true)
  }

  @Test func noiseWithinAStepOfTheSourceIsClose() {
    // The source's outputs vary by a step; a third of a step of noise is what it rounds away itself.
    var output = MeasuredOutput(name: "y", sourceStep: 1)
    for _ in 0..<4 { output.add([0.3, 0.8, 1, 1.2], against: [0, 1, 1, 1]) }
    #expect((output.comparison.sqnrDb ?? 99) < DistanceVerdict.farDb)
    let verdict = DistanceVerdict([output])
    #expect(verdict.word == .close && verdict.reasons.count == 1)
  }

  @Test func anOutputThatDoesNotFollowItsSourceIsFarHoweverRarelyThatVaries() {
    // One detection in a thousand elements, and a model that never finds anything.
    var missed = MeasuredOutput(name: "map", sourceStep: 1 / 256)
    missed.add([Double](repeating: 0, count: 1000), against: [0.83] + [Double](repeating: 0, count: 999))
    #expect(DistanceVerdict([missed]).word == .far)
    // A source that moves by one step, and a model that stands still.
    var still = MeasuredOutput(name: "y", sourceStep: 1)
    for sample in 0..<20 { still.add([0], against: [Double(sample % 2)]) }
    #expect(DistanceVerdict([still]).word == .far)
  }

  @Test func aSourceThatIsConstantHasNoRatio() {
    func word(_ error: Double) -> DistanceVerdict.Word {
      var output = MeasuredOutput(name: "y", sourceStep: 1)
      for _ in 0..<4 { output.add([5 + error], against: [5]) }
      return DistanceVerdict([output]).word
    }
    #expect(word(0) == .equal && word(1) == .close && word(3) == .far)
  }

  @Test func demandsTakeThePlaceOfTheUsualBounds() {
    let output = Self.output(noiseDb: 5)
    let lenient = DistanceVerdict([output], demand: .init(sqnrDb: 3))
    #expect(lenient.word == .far && lenient.passed && lenient.failures.isEmpty)
    let strict = DistanceVerdict([Self.output(noiseDb: 20)], demand: .init(sqnrDb: 25, agreement: 1))
    #expect(strict.word == .close && !strict.passed)
    #expect(strict.failures.contains { $0.hasPrefix("\"logits\": SQNR ") && $0.hasSuffix(" dB is below 25.00 dB") })
  }
}

@Suite struct NoiseAlikeTests {
  static func agreement(_ expected: [Double], _ actual: [Double]) -> Double? {
    var alike = NoiseAlike()
    alike.add(actual, against: expected)
    return alike.agreement
  }

  @Test func twoEqualNumbersAreDecidedByChance() throws {
    #expect(abs(try #require(Self.agreement([0, 0], [1, 1])) - 0.5) < 1e-9)
    // Of four equal ones the first is the largest once in four times.
    #expect(abs(try #require(Self.agreement([0, 0, 0, 0], [1, 1, 1, 1])) - 0.25) < 1e-9)
  }

  @Test func twoNumbersFollowTheNormalDistribution() throws {
    // The difference of two noises of σ = 1 has √2: Φ(√2/√2) = 0.841345.
    let found = try #require(Self.agreement([1.414_213_562, 0], [2.414_213_562, 1]))
    #expect(abs(found - 0.841_344_746) < 1e-6)
  }

  @Test func drawingSaysTheSame() throws {
    let expected = [1.0, 0.7, 0.2, -0.5, 0.9]
    var random = SeededGenerator(seed: 3)
    var stays = 0
    for _ in 0..<20_000 {
      // Twelve uniform numbers make a Gaussian one for a test's purposes.
      let drawn = expected.map { number in
        number + 0.3 * ((0..<12).reduce(0.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) } - 6)
      }
      if Comparison.largest(drawn).place == 0 { stays += 1 }
    }
    let found = try #require(Self.agreement(expected, expected.map { $0 + 0.3 }))
    #expect(abs(found - Double(stays) / 20_000) < 0.015)
  }

  @Test func noNoiseLeavesAllAndManyElementsAreNoDecision() {
    #expect(Self.agreement([3, 1], [3, 1]) == 1)
    #expect(NoiseAlike().agreement == nil)
    let many = [Double](repeating: 0, count: 65_537)
    #expect(Self.agreement(many, many) == nil)
  }
}
