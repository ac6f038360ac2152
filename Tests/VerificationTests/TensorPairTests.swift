import NetworkModel
import TestSupport
import Testing
import Verification

@Suite struct TensorPairTests {
  /// input → RELU → RELU → SOFTMAX, with names as they come.
  private func chain(_ names: [String], extra: Bool = false, beta: Float = 1) -> Network {
    var builder = NetworkBuilder()
    var last = builder.input([1, 4])
    for _ in 0..<2 {
      let next = builder.activation([1, 4])
      builder.node(.relu(Relu(.relu)), [last], next)
      last = next
      if extra {
        let copy = builder.activation([1, 4])
        builder.node(.reshape(Reshape(newShape: [1, 4])), [last], copy)
        last = copy
      }
    }
    let output = builder.activation([1, 4], scale: 1 / 256, zeroPoint: -128)
    builder.node(.softmax(Softmax(beta: beta)), [last], output)
    var network = builder.finish(output)
    let activations = network.inputs + network.nodes.flatMap(\.outputs)
    for (index, name) in zip(activations, names) { network.tensors[index].name = name }
    return network
  }

  @Test func equalNamesBelongTogether() throws {
    let pairs = try TensorPairs(chain(["in", "a", "b", "out"]), chain(["in", "a", "b", "out"]))
    #expect(pairs.tensors.map(\.first) == [0, 1, 2, 3])
    #expect(pairs.tensors.allSatisfy { $0.first == $0.second })
    // A classifier is compared on what SOFTMAX reads.
    #expect(pairs.outputs.map(\.first) == [2])
  }

  @Test func otherNamesArePairedByTheirPlace() throws {
    let pairs = try TensorPairs(chain(["in", "a", "b", "out"]), chain(["x", "y", "z", "w"]))
    #expect(pairs.tensors.map(\.first) == [0, 1, 2, 3])
    #expect(pairs.tensors.map(\.second) == [0, 1, 2, 3])
  }

  @Test func anOperatorThatOnlyOneHasIsLeftOut() throws {
    let wide = chain(["in", "p", "q", "r", "s", "t"], extra: true)
    let pairs = try TensorPairs(chain(["in", "a", "b", "out"]), wide)
    let second = Dictionary(uniqueKeysWithValues: pairs.tensors.map { ($0.first, $0.second) })
    let operators = wide.nodes.map(\.operation.name)
    #expect(operators == ["RELU", "RESHAPE", "RELU", "RESHAPE", "SOFTMAX"])
    #expect(second[1] == wide.nodes[0].outputs[0])
    // What each SOFTMAX reads is compared, whatever wrote it.
    #expect(second[2] == wide.nodes[3].outputs[0])
    #expect(second[3] == wide.nodes[4].outputs[0])
  }

  @Test func aSoftmaxOfAnotherSlopeIsComparedItself() throws {
    let names = ["in", "a", "b", "out"]
    #expect(try TensorPairs(chain(names), chain(names, beta: 0.01)).outputs.map(\.first) == [3])
  }

  @Test func otherOutputsAreRefused() throws {
    var two = chain(["in", "a", "b", "out"])
    two.outputs.append(1)
    #expect(throws: TensorPairs.Mismatch.self) { try TensorPairs(chain(["in", "a", "b", "out"]), two) }
  }

  @Test func theHistogramCountsEveryElementOnce() {
    var difference = TensorDifference()
    let steps: [Double] = [0, 0.25, 0.5, 1, -1, 2, 3, -8, 64, 65, 1000]
    difference.add(steps.map { $0 * 0.1 }, against: steps.map { _ in 0 }, step: 0.1)
    #expect(difference.histogram == [1, 2, 2, 1, 1, 1, 0, 0, 1, 2])
    #expect(difference.histogram.reduce(0, +) == steps.count)
    #expect(difference.differing == steps.count - 1 && difference.sqnrDb == nil)
    #expect(abs(difference.maximumSteps - 1000) < 1e-9)
  }

  @Test func mergingIsAddingAll() {
    var (all, left, right) = (TensorDifference(), TensorDifference(), TensorDifference())
    for number in 0..<8 {
      let (a, b) = ([Double(number), 3], [Double(number) + 0.5, 2])
      all.add(a, against: b, step: 1)
      if number < 5 { left.add(a, against: b, step: 1) } else { right.add(a, against: b, step: 1) }
    }
    left.merge(right)
    #expect(left == all)
  }

  @Test(arguments: [ElementType.int8, .uint8, .int16]) func quantizingGivesTheStoredIntegersBack(_ type: ElementType) {
    let range =
      Int32(clamping: type.integerRange?.lowerBound ?? 0)...Int32(clamping: type.integerRange?.upperBound ?? 0)
    let tensor = Tensor(
      name: "", type: type, shape: Shape([range.count]), quantization: Quantization(scale: 0.0235, zeroPoint: 17))
    let meaning = Provenance.Meaning(tensor: 0, scales: [0.0117], offsets: [0.731])
    for dequantizer in [Dequantizer(tensor), Dequantizer(tensor, meaning)] {
      let stored = Array(range)
      #expect(dequantizer.quantize(dequantizer(stored), as: tensor) == stored)
    }
    let high = Dequantizer(tensor).quantize([1e9, -1e9], as: tensor)
    #expect(high == [range.upperBound, range.lowerBound])
  }
}
