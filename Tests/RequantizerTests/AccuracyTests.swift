import DemoModel
import FixedPoint
import HardwareProfile
import NetworkModel
import Requantizer
import Simulation
import TestSupport
import Testing

/// How well a requantized demo decides as its source does; the quick suite has time for a glimpse only.
@Suite struct AccuracyTests {
  static let sizes = TestScope.isExhaustive ? (calibration: 64, evaluation: 200) : (calibration: 2, evaluation: 4)
  static let profiles = TestScope.those(of: BuiltNetworkTests.machines) { $0 == "nna-int8-pow2" }

  /// The share of images for which both networks give the same largest output.
  static func agreement(_ source: Network, _ target: Network, _ profile: HardwareProfile) async throws -> Double {
    // Other images than those of the calibration.
    let images = try Calibration.demo(source, start: 64, count: sizes.evaluation)
    let engines = (
      ReferenceEngine(try Program.lower(source, for: .host)), ReferenceEngine(try Program.lower(target, for: profile))
    )
    let equal = try await parallelMap(images.count, threads: 2) { index in
      let sample = try images.sample(index)
      let wanted = try engines.0.run(sample).outputs[0]
      let found = try engines.1.run(Calibration.converted(sample, source, target)).outputs[0]
      return wanted.firstIndex(of: wanted.max() ?? 0) == found.firstIndex(of: found.max() ?? 0)
    }
    return Double(equal.count { $0 }) / Double(equal.count)
  }

  @Test(arguments: profiles)
  func aCalibratedDemoDecidesAsItsSource(_ name: String) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    for file in Self.sizes.evaluation < 100 ? [DemoModel.File.uint8Model] : [.uint8Model, .int8Model] {
      let source = try Demo.network(file)
      let result = try await Demo.requantized(file, for: name)
      #expect(Laws.breaches(result.network, source: source, profile) == [])
      let agreement = try await Self.agreement(source, result.network, profile)
      #expect(agreement >= 0.98, "\(file.rawValue): \(agreement)")
    }
  }

  @Test(arguments: profiles)
  func withoutSamplesMostDecisionsStay(_ name: String) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    let source = try Demo.network(.uint8Model)
    let result = try await Requantizer(profile: profile).requantize(source)
    #expect(Laws.breaches(result.network, source: source, profile) == [])
    let agreement = try await Self.agreement(source, result.network, profile)
    // Weights of 4 bits on scales that no sample has chosen keep little more than every second decision.
    #expect(agreement >= (profile.weights.formats == [.int(4)] ? 0.55 : 0.97))
  }
}
