import FixedPoint
import HardwareProfile
import NetworkModel
@testable internal import Requantizer
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Plans as values: printed, taken again, changed by a pass or by hand.
@Suite struct PlanTests {
  /// Declares the scale of every activation twice as large, where the machine may have any scale.
  private struct CoarserActivations: PlanningPass {
    let name = "coarser-activations"

    func improve(
      _ plan: RequantizationPlan, _ facts: SourceFacts, progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws -> PlanningResult {
      var result = plan
      for place in plan.activations.indices { result.activations[place].scale *= 2 }
      return PlanningResult(plan: result, summary: "\(plan.activations.count) activations are twice as coarse")
    }
  }

  private static func requantizer(_ name: String, _ effort: RequantizationOptions.Effort = .fast) throws -> Requantizer
  {
    Requantizer(profile: try .builtIn(named: name), options: RequantizationOptions(effort: effort), threads: 2)
  }

  private static func plan(_ name: String) async throws -> (source: Network, plan: RequantizationPlan) {
    let source = SourceBuilder.everything(.uint8PerTensor)
    let calibration = Calibration.random(source, count: 4)
    let result = try await requantizer(name).requantize(source, calibration: calibration)
    return (source, try #require(result.plan))
  }

  @Test(arguments: BuiltNetworkTests.machines + ["nna-int16", "nvdla"], [4, 0])
  func aPlanReadFromItsTextGivesTheSameNetwork(_ name: String, _ count: Int) async throws {
    let source = SourceBuilder.everything(.uint8PerTensor)
    let calibration = Calibration.random(source, count: count)
    let requantizer = try Self.requantizer(name, .balanced)
    let result = try await requantizer.requantize(source, calibration: calibration)
    let text = try JSONEncoder().encode(try #require(result.plan))
    let plan = try JSONDecoder().decode(RequantizationPlan.self, from: text)
    #expect(plan == result.plan)
    let again = try await requantizer.requantize(source, calibration: calibration, plan: plan)
    #expect(again.network == result.network)
    #expect(again.layers == result.layers && again.meanings == result.meanings && again.warnings == result.warnings)
    #expect(again.passes.map(\.summary) == result.passes.map(\.summary))
    #expect(again.passes.map(\.gains) == result.passes.map(\.gains))
  }

  @Test func aNewPassIsOneTypeAndOneLine() async throws {
    let source = SourceBuilder.everything(.uint8PerTensor)
    let calibration = Calibration.random(source, count: 4)
    var requantizer = try Self.requantizer("nna-int8")
    let before = try await requantizer.requantize(source, calibration: calibration)
    requantizer.planningPasses.insert(CoarserActivations(), at: 1)
    let after = try await requantizer.requantize(source, calibration: calibration)
    #expect(after.passes.map(\.name).contains("coarser-activations"))
    let (first, second) = (try #require(before.plan), try #require(after.plan))
    // Coarser scales open clamps, for which operators are added behind.
    #expect(second.activations.prefix(first.activations.count).map(\.scale) == first.activations.map { $0.scale * 2 })
    for planned in second.activations {
      #expect(after.network.tensors[planned.tensor].quantization?.scale == planned.scale)
    }
    #expect(Laws.breaches(after.network, source: source, requantizer.profile) == [])
  }

  @Test func aLayerOfAPlanTakesFewerBits() async throws {
    var profile = try HardwareProfile.builtIn(named: "nna-int8")
    profile.weights.formats = [.int(8), .int(4)]
    let source = SourceBuilder.everything(.uint8PerTensor)
    let requantizer = Requantizer(profile: profile, options: RequantizationOptions(effort: .fast))
    let calibration = Calibration.random(source, count: 4)
    var plan = try #require(try await requantizer.requantize(source, calibration: calibration).plan)
    #expect(plan.layers.allSatisfy { $0.format == "int8" })
    plan.layers[1].format = "int4"
    let result = try await requantizer.requantize(source, calibration: calibration, plan: plan)
    let weights = try #require(result.network.nodes[plan.layers[1].node].input(1))
    #expect(result.network.tensors[weights].type == .int4)
    #expect(try #require(result.network.tensors[weights].integers()).allSatisfy { (-8...7).contains($0) })
    #expect(Laws.breaches(result.network, source: source, profile) == [])
  }

  /// Changes to a sound plan, each with what a message has to name.
  static let faults: [(name: String, change: @Sendable (inout RequantizationPlan) -> Void)] = [
    ("the plan is for profile other", { $0.profile = "other" }),
    ("activations[0].scale", { $0.activations[0].scale = -1 }),
    ("activations[0].scale", { $0.activations[0].scale = .infinity }),
    ("activations[1].zeroPoint", { $0.activations[1].zeroPoint = 400 }),
    ("activations[1].type", { $0.activations[1].type = .int16 }),
    ("activations[1]: \"x\"", { $0.activations[1].name = "x" }),
    ("activations[2]", { $0.activations[2].tensor = 1 << 40 }),
    ("is missing", { $0.activations.removeLast() }),
    ("stands twice", { $0.activations.append($0.activations[0]) }),
    ("activations[0].realScales", { $0.activations[0].realScales = [1, 2] }),
    ("activations[0].offsets", { $0.activations[0].offsets = [1] }),
    ("layers[0].format", { $0.layers[0].format = "int3" }),
    ("layers[0].format", { $0.layers[0].format = "int64" }),
    ("layers[0].zeroPoint", { $0.layers[0].zeroPoint = 128 }),
    ("layers[0]:", { $0.layers[0].node = -1 }),
    ("an operator stands twice", { $0.layers.append($0.layers[0]) }),
    ("layers: ", { $0.layers.removeLast() }),
    ("clamps[0]", { $0.clamps = [PlannedClamp(node: 10000, name: "x", activation: .none)] }),
    ("preparation.cutMeans", { $0.preparation.cutMeans = [-3] }),
    ("preparation.addedClamps", { $0.preparation.addedClamps = [[AddedClamp(node: 9999, low: .relu, high: nil)]] }),
  ]

  @Test(arguments: faults.indices)
  func aPlanThatDoesNotFitIsRefusedByName(_ index: Int) async throws {
    let (name, change) = Self.faults[index]
    var (source, plan) = try await Self.plan("nna-int8")
    change(&plan)
    do {
      _ = try await Self.requantizer("nna-int8").requantize(source, plan: plan)
      Issue.record("the plan was taken: \(name)")
    } catch let error as RequantizationError {
      #expect(error.description.contains(name), "\(error)")
    }
  }

  @Test func aScaleThatTheMachineDoesNotHaveIsRefused() async throws {
    var (source, plan) = try await Self.plan("nna-int8-pow2")
    plan.activations[0].scale = 0.3
    await #expect(throws: RequantizationError.self) {
      _ = try await Self.requantizer("nna-int8-pow2").requantize(source, plan: plan)
    }
  }
}
