import HardwareProfile
import NetworkModel
@testable internal import Requantizer
import Simulation
import TestSupport
import Testing

/// Equalization around a depthwise layer that loses its channels' own steps to a machine that multiplies.
@Suite struct EqualizeBlocksTests {
  /// An expansion, a depthwise layer whose channel 1 has far larger weights than the others, and a projection.
  static func bottleneck() -> Network {
    var net = SourceBuilder(.int8PerChannel)
    let input = net.input([1, 8, 8, 3])
    let wide = net.convolution(input, channels: 6, size: 1, scale: 6 / 255, activation: .relu6)
    let depthwise = net.depthwise(wide, scale: 6 / 255)
    var network = net.finish(net.convolution(depthwise, channels: 4, size: 1))
    for node in network.nodes where node.operation.name == "DEPTHWISE_CONV_2D" {
      guard let weights = node.input(1), let old = network.tensors[weights].quantization else { continue }
      network.tensors[weights].quantization = Quantization(
        scales: (0..<6).map { Float($0 == 1 ? 0.4 : 0.004) }, zeroPoints: old.zeroPoints, axis: 3)
    }
    return network
  }

  static func facts(granularity: [Granularity], _ change: (inout SourceFacts) throws -> Void = { _ in })
    async throws -> SourceFacts
  {
    var profile = try HardwareProfile.builtIn(named: "nna-int8")
    profile.weights.granularity = granularity
    var facts = try await PlanningTests.facts(bottleneck(), profile)
    // As if of many samples, so that little that was not seen is feared.
    for tensor in facts.statistics?.channels.keys.sorted() ?? [] {
      guard var sums = facts.statistics?.channels[tensor] else { continue }
      sums.count *= 100_000
      sums.sums = sums.sums.map { $0 * 100_000 }
      sums.squares = sums.squares.map { $0 * 100_000 }
      facts.statistics?.channels[tensor] = sums
    }
    try change(&facts)
    return facts
  }

  /// Says that channel 1 of the depthwise layer's input was always zero.
  static func silence(_ facts: inout SourceFacts) throws {
    let input = try PlanningTests.depthwise(facts.source).input
    let zero = Int(try #require(facts.source.tensors[input].quantization).zeroPoint)
    let count = try #require(facts.statistics?.channels[input]?.count)
    facts.statistics?.channels[input]?.largest[1] = Int32(zero)
    facts.statistics?.channels[input]?.sums[1] = zero * count
    facts.statistics?.channels[input]?.squares[1] = zero * zero * count
    facts.statistics?.channels[input]?.largest[0] = 127
  }

  @Test func aChannelThatStaysAtZeroGivesUpItsLargeWeights() async throws {
    let facts = try await Self.facts(granularity: [.tensor], Self.silence)
    let input = try PlanningTests.depthwise(facts.source).input
    let factors = try #require(EqualizeBlocks(ActivationGroups(facts)).factors(facts, LayerModels(facts))[input])
    #expect(factors.count == 6 && factors[0] == 1 && factors[1] == factors.min() && factors[1] < 1, "\(factors)")
    let quantization = try #require(facts.source.tensors[input].quantization)
    let maxima = try #require(facts.statistics?.maxima(input, quantization))
    for (factor, largest) in zip(factors, maxima) {
      #expect(factor <= 1 && factor * 6 >= min(1.15 * largest, 6) * (1 - 1e-6) && factor >= 1.0 / 64)
    }
  }

  @Test func nothingIsEqualizedWhereChannelsKeepTheirSteps() async throws {
    let facts = try await Self.facts(granularity: [.tensor, .channel])
    #expect(EqualizeBlocks(ActivationGroups(facts)).factors(facts, LayerModels(facts)).isEmpty)
  }

  @Test func scalesOfChannelsAreSaidAndKeptInTheirTensors() async throws {
    let facts = try await Self.facts(granularity: [.tensor], Self.silence)
    let expected = EqualizeBlocks(ActivationGroups(facts)).factors(facts, LayerModels(facts))
    #expect(!expected.isEmpty)
    let planned = PlannedNetwork(facts, try await PlanningTests.planned(facts))
    for (tensor, factors) in expected {
      let meaning = try #require(planned.meanings[tensor])
      let scale = Double(try #require(planned.network.tensors[tensor].quantization?.scale))
      #expect(meaning.scales.count == factors.count)
      // A folded channel's smallest integer means 0, whatever its scale.
      if meaning.isFolded { #expect(meaning.offsets == meaning.scales.map { 128 * $0 }) }
      for (real, factor) in zip(meaning.scales, factors) { #expect(abs(real / scale / factor - 1) < 1e-6) }
    }
  }
}
