import HardwareProfile
import Requantizer
import Testing

/// What the parts of the method say of themselves, and that what is kept in memory does not show.
@Suite struct PassGainTests {
  static func result(_ profile: String, skipping: Set<RequantizationStep> = []) async throws -> Requantized {
    let source = SourceBuilder.everything(.uint8PerTensor)
    let requantizer = Requantizer(
      profile: try .builtIn(named: profile), options: RequantizationOptions(skipped: skipping), threads: 2)
    return try await requantizer.requantize(source, calibration: Calibration.random(source, count: 4))
  }

  @Test(arguments: ["nna-int8", "nna-int8-shift", "nna-int8-pow2"])
  func partsGainOnTheirOwnObjectives(_ profile: String) async throws {
    let gains = try await Self.result(profile).passes.flatMap(\.gains)
    let steps = Set(gains.map(\.step))
    #expect(steps.isSuperset(of: [.foldOutputError]))
    if profile != "nna-int8" { #expect(steps.isSuperset(of: [.searchScales, .feedBackErrors])) }
    for gain in gains {
      #expect(gain.after <= gain.before + 1e-9, "\(gain)")
      #expect(gain.places > 0 && gain.before.isFinite && gain.after.isFinite)
    }
  }

  @Test(arguments: RequantizationStep.allCases)
  func whatIsSkippedGainsNothing(_ step: RequantizationStep) async throws {
    let result = try await Self.result("nna-int8-pow2", skipping: [step])
    #expect(!result.passes.flatMap(\.gains).contains { $0.step == step })
    #expect(!result.layers.contains { $0.steps.contains(step) })
  }

  @Test func layersNameThePartsThatChoseTheirIntegers() async throws {
    let result = try await Self.result("nna-int8-pow2")
    #expect(!result.layers.isEmpty)
    #expect(result.layers.contains { $0.steps == [.feedBackErrors, .descendCoordinates, .foldOutputError] })
  }

  @Test(arguments: [0, 100, 1000])
  func whatIsComputedAnewIsTheSame(_ bytes: Int) async throws {
    let source = SourceBuilder.everything(.uint8PerTensor)
    let calibration = Calibration.random(source, count: 4)
    var requantizer = Requantizer(profile: try .builtIn(named: "nna-int8-pow2"), threads: 2)
    let kept = try await requantizer.requantize(source, calibration: calibration)
    requantizer.keptBytes = bytes
    let found = try await requantizer.requantize(source, calibration: calibration)
    #expect(found.network == kept.network && found.layers == kept.layers)
  }
}
