import Arrays
import Exploration
import FastEngine
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing
import Verification

/// Graphs that give a constant of the file, or an input, as an output.
@Suite("Constants and inputs as outputs")
struct ConstantOutputTests {
  /// Outputs: a RELU of the input, a constant, the input itself.
  private static func network() -> Network {
    var builder = NetworkBuilder()
    let x = builder.input([1, 3], scale: 0.5)
    let y = builder.activation([1, 3], scale: 0.5)
    let constant = builder.constant([4, -5, 6], [1, 3], .int8, Quantization(scale: 0.25))
    builder.node(.relu(Relu(.relu)), [x], y)
    return builder.finish(y, constant, x)
  }

  private static func data(_ network: Network) throws -> DataSet {
    try DataSet(
      bytes: NPYWriter.encoded([Int8](arrayLiteral: 1, -2, 3), shape: [1, 3]), name: "x.npy",
      for: network.inputSlots()[0])
  }

  @Test("both engines trace them")
  func traces() throws {
    let program = try Program.lower(Self.network(), for: .host)
    let engines: [any Engine] = [ReferenceEngine(program), FastEngine(program)]
    for engine in engines {
      for trace in [TraceSelection.all, .only([1, 2, 0])] {
        let outcome = try engine.run([[1, -2, 3]], trace: trace)
        #expect(outcome.trace == [0: [1, -2, 3], 1: [1, 0, 3], 2: [4, -5, 6]])
        #expect(outcome.outputs == [[1, 0, 3], [4, -5, 6], [1, -2, 3]])
      }
      #expect(try engine.run([[1, -2, 3]], trace: .only([1])).trace.keys.sorted() == [1])
    }
  }

  @Test("they are compared")
  func comparison() async throws {
    let first = Self.network()
    var second = first
    second.tensors[2].data = [4, 0xFB, 8]
    let sides = try [first, second].map {
      ComparedModel(network: $0, program: try Program.lower($0, for: .host), data: try Self.data($0))
    }
    let found = try await ModelComparison.run(
      sides[0], against: sides[1], TensorPairs(first, second), subset: Subset(), threads: 1
    ) { FastEngine($0) }
    #expect(found.outputs.map(\.comparison.maximumError) == [0, 0.5, 0])
    let machines = try await ProfileComparison.run(
      first, [sides[0].program, sides[0].program], meanings: [:], data: Self.data(first), subset: Subset(), threads: 1
    ) { FastEngine($0) }
    #expect(machines.machines[1].comparison.outputs.count == 3 && machines.machines[1].comparison.isIdentical)
  }

  @Test("the softmax of a constant is compared itself")
  func softmax() async throws {
    var builder = NetworkBuilder()
    let x = builder.input([1, 3], scale: 0.5)
    let constant = builder.constant([4, -5, 6], [1, 3], .int8, Quantization(scale: 0.25))
    let (scores, y) = (
      builder.activation([1, 3], scale: 1 / 256, zeroPoint: -128), builder.activation([1, 3], scale: 1)
    )
    builder.node(.relu(Relu(.relu)), [x], y)
    builder.node(.softmax(Softmax()), [constant], scores)
    let network = builder.finish(scores, y)
    #expect(network.logits(of: scores) == scores)
    let program = try Program.lower(network, for: .host)
    let pair = SourceDistance.Pair(
      source: (network, FastEngine(program)), target: (network, FastEngine(program)), meanings: [])
    for traced in [0, 1] {
      let distance = try await SourceDistance(of: pair, samples: 1, traced: traced, threads: 1) { _ in [[1, 2, 3]] }
      #expect(distance.logits.elements == 3 && distance.logits.isIdentical)
    }
  }
}
