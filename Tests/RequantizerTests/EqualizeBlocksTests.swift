import HardwareProfile
import Network
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

  static func state(granularity: [Granularity], _ change: (inout RequantizationState) throws -> Void = { _ in })
    async throws -> RequantizationState
  {
    var profile = try HardwareProfile.builtIn(named: "nna-int8")
    profile.weights.granularity = granularity
    let source = bottleneck()
    var state = RequantizationState(source: source, profile: profile, options: RequantizationOptions())
    _ = try await AdoptFormats().run(&state) { _, _ in }
    let calibration = Calibration.random(source, count: 7)
    _ = try await GatherStatistics(calibration: calibration, threads: 1) { ReferenceEngine($0) }
      .run(&state) { _, _ in }
    // As if of many samples, so that little that was not seen is feared.
    for tensor in state.statistics?.channels.keys.sorted() ?? [] {
      guard var sums = state.statistics?.channels[tensor] else { continue }
      sums.count *= 100_000
      sums.sums = sums.sums.map { $0 * 100_000 }
      sums.squares = sums.squares.map { $0 * 100_000 }
      state.statistics?.channels[tensor] = sums
    }
    try change(&state)
    return state
  }

  /// Says that channel 1 of the depthwise layer's input was always zero.
  static func silence(_ state: inout RequantizationState) throws {
    let input = try PlanningTests.depthwise(state.source).input
    let zero = Int(try #require(state.source.tensors[input].quantization).zeroPoint)
    let count = try #require(state.statistics?.channels[input]?.count)
    state.statistics?.channels[input]?.largest[1] = Int32(zero)
    state.statistics?.channels[input]?.sums[1] = zero * count
    state.statistics?.channels[input]?.squares[1] = zero * zero * count
    state.statistics?.channels[input]?.largest[0] = 127
  }

  @Test func aChannelThatStaysAtZeroGivesUpItsLargeWeights() async throws {
    let state = try await Self.state(granularity: [.tensor], Self.silence)
    let input = try PlanningTests.depthwise(state.source).input
    let factors = try #require(EqualizeBlocks(ActivationGroups(state)).factors(state)[input])
    #expect(factors.count == 6 && factors[0] == 1 && factors[1] == factors.min() && factors[1] < 1, "\(factors)")
    let quantization = try #require(state.source.tensors[input].quantization)
    let maxima = try #require(state.statistics?.maxima(input, quantization))
    for (factor, largest) in zip(factors, maxima) {
      #expect(factor <= 1 && factor * 6 >= min(1.15 * largest, 6) * (1 - 1e-6) && factor >= 1.0 / 64)
    }
  }

  @Test func nothingIsEqualizedWhereChannelsKeepTheirSteps() async throws {
    let state = try await Self.state(granularity: [.tensor, .channel])
    #expect(EqualizeBlocks(ActivationGroups(state)).factors(state).isEmpty)
  }

  @Test func scalesOfChannelsAreSaidAndKeptInTheirTensors() async throws {
    var state = try await Self.state(granularity: [.tensor], Self.silence)
    let expected = EqualizeBlocks(ActivationGroups(state)).factors(state)
    #expect(!expected.isEmpty)
    _ = try await PlanActivationScales().run(&state) { _, _ in }
    for (tensor, factors) in expected {
      let meaning = try #require(state.meanings[tensor])
      let scale = Double(try #require(state.target.tensors[tensor].quantization?.scale))
      #expect(meaning.scales.count == factors.count)
      // A folded channel's smallest integer means 0, whatever its scale.
      if meaning.isFolded { #expect(meaning.offsets == meaning.scales.map { 128 * $0 }) }
      for (real, factor) in zip(meaning.scales, factors) { #expect(abs(real / scale / factor - 1) < 1e-6) }
    }
  }
}
