import NetworkModel
import TestSupport
import Testing

@Suite struct ResourceLimitTests {
  /// Two branches of a pad, joined.
  private func branches(_ extent: Int) -> Network {
    var builder = NetworkBuilder()
    let image = builder.input([1, 2, 2, 1])
    let amounts = builder.constant([0, 0, 0, Int64(extent) - 2, 0, Int64(extent) - 2, 0, 0], [4, 2], .int32)
    let left = builder.activation([1, extent, extent, 1])
    let right = builder.activation([1, extent, extent, 1])
    let joined = builder.activation([1, extent, extent, 2])
    builder.node(.pad(Pad()), [image, amounts], left)
    builder.node(.pad(Pad()), [image, amounts], right)
    builder.node(.concatenation(Concatenation(axis: 3)), [left, right], joined)
    return builder.finish(joined)
  }

  @Test func theLargestSumOfActivationsIsFoundWithItsOperator() {
    // The image is freed after its last reader; both branches live until they are joined.
    let peak = branches(8).peakLiveElements()
    #expect(peak.elements == 2 * 64 + 128)
    #expect(peak.node == 2)
  }

  @Test func resultsThatNobodyReadsAreHeldUntilTheEnd() {
    var builder = NetworkBuilder()
    let image = builder.input([10])
    let results = (0..<3).map { _ in builder.activation([10]) }
    for result in results { builder.node(.relu(Relu(.relu)), [image], result) }
    #expect(builder.finish(results[2]).peakLiveElements().elements == 40)
  }

  @Test func activationsUpToTheLimitAreAllowedAndNoMore() {
    // 4 extent² at the join, and 2^26 = 4 · 4096².
    #expect(branches(4096).validate().isEmpty)
    #expect(branches(4097).validate().map(\.place) == ["operator 2 (CONCATENATION)"])
  }

  @Test func tensorsOfMoreThanEightAxesAreRefused() {
    for (rank, isSound) in [(8, true), (9, false)] {
      var builder = NetworkBuilder()
      let shape = Array(repeating: 1, count: rank)
      let (image, result) = (builder.input(shape), builder.activation(shape))
      builder.node(.relu(Relu(.relu)), [image], result)
      #expect(builder.finish(result).validate().isEmpty == isSound)
    }
  }

  /// As many views as the options state would take gigabytes.
  @Test func statedOutputsAreComparedWithThoseThatThereAre() {
    var builder = NetworkBuilder()
    let image = builder.input([1 << 26])
    let axis = builder.constant([0], [1], .int32)
    let part = builder.activation([1])
    for (operation, inputs) in [
      (Operation.movement(.split(Split(count: 1 << 26))), [axis, image]),
      (.movement(.unpack(Unpack(count: 1 << 26, axis: 0))), [image]),
    ] {
      var network = builder.finish(part)
      network.nodes = [Node(operation, inputs: inputs, outputs: [part])]
      #expect(network.validate().map(\.message) == ["has 1 outputs; its options say \(1 << 26)"])
    }
  }

  @Test func longListsAreCutInMessages() {
    let shape = Shape([Int](repeating: 2, count: 1_000_000))
    #expect(shape.description == "2×2×2×2×2×2×2×2×2×2×2×2×… (1000000 axes)")
  }

  @Test func sharedWeightsCountForEachReader() {
    for (layers, isSound) in [(159, true), (160, false)] {
      var builder = NetworkBuilder()
      var last = builder.input([1, 1024])
      let weights = builder.constant(
        Array(repeating: 1, count: 1 << 20), [1024, 1024], .int8, Quantization(scale: 1))
      for _ in 0..<layers {
        let next = builder.activation([1, 1024])
        builder.node(.fullyConnected(FullyConnected()), [last, weights, nil], next)
        last = next
      }
      #expect(builder.finish(last).validate().isEmpty == isSound)
    }
  }

  @Test func workIsCountedByWindows() {
    for (extent, isSound) in [(1024, true), (1025, false)] {
      var builder = NetworkBuilder()
      let image = builder.input([1, extent, extent, 1])
      let result = builder.activation([1, extent, extent, 1])
      // A window that is larger than the image visits the image only.
      let window = Pool2D(padding: .same, filterHeight: 1 << 20, filterWidth: 1 << 20)
      builder.node(.maxPool2D(window), [image], result)
      #expect(builder.finish(result).validate().isEmpty == isSound)
    }
  }
}
