import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing
import Verification

/// Distances of networks whose integers are known.
@Suite struct SourceDistanceTests {
  /// A layer that multiplies by `weight` and has real input steps of 1.
  static func layer(weight: Int64, weightScale: Float, outputScale: Float) -> Network {
    var builder = NetworkBuilder()
    let x = builder.input([1, 4], .int8, scale: 1)
    let w = builder.constant([weight, 0, 0, 0, 0, weight, 0, 0], [2, 4], .int8, Quantization(scale: weightScale))
    let y = builder.activation([1, 2], .int8, scale: outputScale)
    builder.node(.fullyConnected(FullyConnected()), [x, w, nil], y)
    return builder.finish(y)
  }

  static func distance(
    _ source: Network, _ target: Network, _ meanings: [Provenance.Meaning] = [], traced: Int = 100, threads: Int = 1
  ) async throws -> SourceDistance {
    let pair = SourceDistance.Pair(
      source: (source, ReferenceEngine(try Program.lower(source, for: .host))),
      target: (target, ReferenceEngine(try Program.lower(target, for: .host))), meanings: meanings)
    return try await SourceDistance(of: pair, samples: 5, traced: traced, threads: threads) { sample in
      [[Int32(sample * 20), Int32(50 - sample * 20), 0, 0]]
    }
  }

  @Test func aNetworkIsEqualToItself() async throws {
    let network = Self.layer(weight: 1, weightScale: 1, outputScale: 1)
    let found = try await Self.distance(network, network)
    #expect(found.logits.isIdentical && found.logits.agreement == 1)
    #expect(Set(found.tensors.keys) == [network.inputs[0], network.outputs[0]])
    #expect(found.tensors.values.allSatisfy { $0.sqnrDb == nil && $0.saturated == 0 && $0.maximumError == 0 })
    #expect(found.classes == found.sourceClasses && found.classes == [1, 1, 0, 0, 0])
    #expect(found.samples == 5 && found.tracedSamples == 5)
  }

  @Test func whatTheIntegersMeanIsCompared() async throws {
    let source = Self.layer(weight: 1, weightScale: 1, outputScale: 1)
    // The same integers, and a file that says twice as much.
    let target = Self.layer(weight: 1, weightScale: 2, outputScale: 2)
    let output = source.outputs[0]
    let plain = try await Self.distance(source, target)
    // The error is as large as the number: 16,500 in all, of which 10,250 about the mean 25.
    for ratio in [plain.logits.sqnrDb, plain.tensors[output]?.sqnrDb] { #expect(abs((ratio ?? 99) + 2.067_6) < 1e-4) }
    let meant = try await Self.distance(source, target, [.init(tensor: output, scales: [1], offsets: [0])])
    #expect(meant.logits.isIdentical && meant.tensors[output]?.sqnrDb == nil)
    let moved = try await Self.distance(source, target, [.init(tensor: output, scales: [1], offsets: [3])])
    #expect(moved.tensors[output]?.maximumError == 3)
  }

  @Test func onlyWhatTheFormatCutsIsSaturated() async throws {
    let source = Self.layer(weight: 1, weightScale: 1, outputScale: 1)
    let target = Self.layer(weight: 1, weightScale: 1, outputScale: 0.5)
    let output = source.outputs[0]
    let found = try #require(try await Self.distance(source, target).tensors[output])
    // The sources' 80 lies beyond 63.5; 60 and -30 do not; 50 − 20·k and 20·k are the others.
    #expect(found.saturated == 1 && found.elements == 10)
    #expect(found.maximumError == 16.5)
    let below = Self.layer(weight: -1, weightScale: 1, outputScale: 0.5)
    let mirrored = Self.layer(weight: -1, weightScale: 1, outputScale: 1)
    #expect(try await Self.distance(mirrored, below).tensors[output]?.saturated == 1)
  }

  @Test(arguments: [2, 3]) func threadsDoNotShow(_ threads: Int) async throws {
    let source = Models.everyKernel()
    let pair = SourceDistance.Pair(
      source: (source, ReferenceEngine(try Program.lower(source, for: .host))),
      target: (source, ReferenceEngine(try Program.lower(source, for: .host))),
      meanings: source.nodes.flatMap(\.outputs).map { .init(tensor: $0, scales: [0.07], offsets: [0.3]) })
    let sample: @Sendable (Int) -> [[Int32]] = { index in
      [(0..<50).map { Int32(bitPattern: Float(Float($0 * 7 % 11 + index) / 9).bitPattern) }]
    }
    let alone = try await SourceDistance(of: pair, samples: 7, traced: 4, threads: 1, sample: sample)
    let together = try await SourceDistance(of: pair, samples: 7, traced: 4, threads: threads, sample: sample)
    #expect(alone.logits == together.logits && alone.tensors == together.tensors)
    #expect(alone.tracedSamples == 4 && !alone.tensors.isEmpty)
    #expect(alone.tensors.values.contains { $0.sqnrDb != nil })
  }
}
