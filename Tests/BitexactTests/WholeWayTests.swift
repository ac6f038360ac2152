import Bitexact
import Requantizer
import Testing

/// The built-in model re-quantized once for all tests, quickly.
let requantized = Task {
  try await Bitexact.Requantizer(profile: Profile(named: "nna-int8-pow2"), effort: .fast, threads: 2)
    .requantize(.demo, calibration: Samples.demo.choosing(every: 120))
}

struct WholeWayTests {
  @Test func aModelIsRequantized() async throws {
    let result = try await requantized.value
    let profile = try Profile(named: "nna-int8-pow2")
    #expect(!result.isUnchanged && result.warnings.isEmpty)
    #expect(profile.faults(of: result.model).isEmpty && result.model.profile == profile)
    #expect(result.model.inputs[0].elementType == .int8 && result.model.inputs[0].zeroPoint == 0)
    #expect(try Simulator(result.model).programDigest == result.programDigest)
    #expect(result.model.provenance?.contains(result.programDigest) == true)
    #expect(!result.layers.isEmpty && result.layers.allSatisfy { $0.shift != nil })
  }

  @Test func aPlanGivesTheSameProgram() async throws {
    let result = try await requantized.value
    let again = try await Bitexact.Requantizer(profile: Profile(named: "nna-int8-pow2"), effort: .fast)
      .requantize(.demo, calibration: Samples.demo.choosing(every: 120), plan: result.plan)
    #expect(again.programDigest == result.programDigest && again.plan == result.plan)
    let error = await #expect(throws: BitexactError.self) {
      try await Bitexact.Requantizer(profile: Profile(named: "nna-int8-pow2")).requantize(.demo, plan: "{}")
    }
    guard case .requantization(let reasons) = try #require(error) else { throw try #require(error) }
    #expect(reasons[0].hasPrefix("the plan: "))
  }

  @Test func theNewModelIsVerified() async throws {
    let result = try await requantized.value
    let samples = Samples.demo.choosing(skip: 64, count: 4)
    let verdict = try await Verifier().verify(result.model, source: .demo, samples: samples)
    #expect(verdict.isVerified && verdict.isProved && verdict.words == "verified, close to its source")
    #expect(
      verdict.parts.map(\.name) == Verdict.Part.Name.allCases && verdict.parts.allSatisfy { $0.status == .passed })
    #expect(verdict.programDigest == result.programDigest && verdict.warnings.isEmpty)
    let distance = try #require(verdict.distance)
    #expect(distance.word == .close && distance.isMeasuredOnSamples && (distance.sqnr ?? 0) > 14)
    let narrow = try Profile(named: "nna-int8-pow2").setting("accumulator.bits", to: "12")
    let other = try await Verifier(profile: narrow).verify(result.model, samples: samples)
    #expect(!other.isVerified && other[.overflow]?.status == .failed)
    #expect((other.accumulatorBitsNeeded ?? 0) > 12)
    let strict = try await Verifier(minimumSQNR: 90).verify(result.model, source: .demo, samples: samples)
    #expect(!strict.isVerified && strict.isProved)
  }

  @Test func bothModelsAreEvaluatedAndCompared() async throws {
    let result = try await requantized.value
    let samples = Samples.demo.choosing(skip: 64, count: 40)
    let before = try await Evaluator(threads: 2).evaluate(.demo, on: samples, labels: Samples.demoLabels)
    let after = try await Evaluator(threads: 2).evaluate(result.model, on: samples, labels: Samples.demoLabels)
    #expect(before.samples == Array(64..<104) && before.accumulatorOverflows == 0)
    #expect((before.accuracy(top: 1) ?? 0) > 0.9 && (after.accuracy(top: 1) ?? 0) > 0.9)
    #expect(after.accuracy(top: 10) == 1)
    let comparison = try await Comparer(threads: 2).compare(result.model, with: .demo, on: samples)
    let output = try #require(comparison.outputs.first)
    let same = zip(before.predictions, after.predictions).count { $0 == $1 }
    #expect(output.agreement == Double(same) / 40 && output.flippedSamples.count == 40 - same)
    #expect((output.sqnr ?? 0) > 14 && !comparison.isIdentical && comparison.warnings.isEmpty)
    #expect(comparison.tensors.contains { $0.operatorName == "CONV_2D" && $0.ownSQNR != nil })
    let itself = try await Comparer().compare(.demo, with: .demo, on: samples.choosing(count: 2))
    #expect(itself.isIdentical && itself.outputs[0].agreement == 1 && itself.outputs[0].sqnr == nil)
  }

  @Test func labelsThatDoNotFitAreRefused() async throws {
    await #expect(throws: BitexactError.data(["labels: there are 3 labels, and demo_images.npy has 360 samples"])) {
      try await Evaluator().evaluate(.demo, on: .demo, labels: [1, 2, 3])
    }
  }

  @Test func namesAreThoseOfTheCommandLine() {
    #expect(Bitexact.Requantizer.Part.allCases.map(\.rawValue) == RequantizationStep.allCases.map(\.rawValue))
    #expect(
      Bitexact.Requantizer.Effort.allCases.map(\.rawValue) == RequantizationOptions.Effort.allCases.map(\.rawValue))
  }
}

struct SweepTests {
  @Test func machinesAreVariedAndMeasured() async throws {
    let result = try await requantized.value
    let samples = Samples.demo.choosing(skip: 64, count: 4)
    let sweep = Sweep([.init("accumulator.bits", 16...32, step: 16), .init("accumulator.overflow", ["wrap", "trap"])])
    let points = try await sweep.run(result.model, on: samples, labels: Samples.demoLabels)
    #expect(
      points.map { $0.settings.map(\.value) } == [["16", "wrap"], ["16", "trap"], ["32", "wrap"], ["32", "trap"]])
    #expect(points.allSatisfy { $0.samples == 4 && !$0.isRequantized })
    #expect(points[2].agreement == 1 && points[2].sqnr == nil && points[2].accumulatorOverflows == 0)
    #expect(points[2].accuracy == points[3].accuracy && points.contains(where: \.isOnParetoFront))
    await #expect(throws: BitexactError.self) {
      try await Sweep([.init("accumulator.legs", ["2"])]).run(.demo, on: samples)
    }
  }
}
