import Arrays
import DemoModel
import Exploration
import FastEngine
import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TFLite
import TestSupport
import Testing
import Verification

@Suite("Comparing models")
struct ModelComparisonTests {
  private static func demo(_ file: DemoModel.File) throws -> Network {
    try TFLiteFile(bytes: DemoModel.bytes(of: file)).network()
  }

  private static func side(_ network: Network, _ profile: String = "tflite") throws -> ComparedModel {
    ComparedModel(
      network: network, program: try Program.lower(network, for: HardwareProfile.resolve(profile)),
      data: try DataSet(bytes: DemoModel.bytes(of: .images), name: "images", for: network.inputSlots()[0]))
  }

  private static func compare(
    _ first: Network, _ second: Network, threads: Int = 2, engine: @escaping ComparedModel.EngineMaker
  ) async throws -> ModelComparison {
    try await ModelComparison.run(
      side(first), against: side(second), TensorPairs(first, second), subset: Subset(limit: 3), threads: threads,
      engine: engine)
  }

  @Test("a model and itself differ nowhere", arguments: [DemoModel.File.int8Model, .uint8Model])
  func itself(_ file: DemoModel.File) async throws {
    let network = try Self.demo(file)
    let comparison = try await Self.compare(network, network) { FastEngine($0) }
    #expect(comparison.isIdentical && comparison.firstDifference == nil)
    #expect(comparison.tensors.count == network.nodes.count + 1)
    // Each operator was looked at by itself too.
    #expect(comparison.tensors.filter { $0.node != nil }.allSatisfy { $0.born?.isIdentical == true })
    #expect(comparison.outputs.allSatisfy { $0.flips.isEmpty && $0.comparison.agreement == 1 })
    #expect(comparison.samples == [0, 1, 2])
  }

  @Test("padding that only one model has belongs to the layer that reads it")
  func padding() async throws {
    let network = try Self.demo(.uint8Model)
    let padded = network.withPadding()
    #expect(padded.nodes.count > network.nodes.count)
    let comparison = try await Self.compare(padded, network) { FastEngine($0) }
    #expect(comparison.isIdentical)
    let layers = comparison.tensors.filter { $0.node.map { padded.nodes[$0].operation.name != "PADV2" } == true }
    #expect(layers.count == network.nodes.count && layers.allSatisfy { $0.born?.isIdentical == true })
  }

  @Test("a changed weight is found as the place where error is born")
  func changedWeight() async throws {
    let network = try Self.demo(.int8Model)
    let node = try #require(
      network.nodes.indices.filter { network.nodes[$0].operation.name == "CONV_2D" }.dropFirst().first)
    var changed = network
    let weights = try #require(network.nodes[node].input(1))
    var data = Array(try #require(network.tensors[weights].data))
    data[0] = data[0] > 100 && data[0] < 128 ? data[0] - 40 : data[0] &+ 20
    changed.tensors[weights].data = data[...]
    let comparison = try await Self.compare(changed, network) { FastEngine($0) }
    let births = comparison.tensors.filter { $0.born?.isIdentical == false }
    #expect(births.map(\.node) == [node])
    #expect(comparison.firstDifference?.node == node)
    // It goes on from there: later tensors differ too, but not by themselves.
    #expect(comparison.tensors.contains { ($0.node ?? -1) > node && !$0.accumulated.isIdentical })
  }

  @Test("a uint8 model and its int8 shift by 128 differ nowhere")
  func shifted() async throws {
    func network(_ type: ElementType) -> Network {
      let zero: Int64 = type == .uint8 ? 128 : 0
      var builder = NetworkBuilder()
      let input = builder.input([1, 16, 16, 1], type, scale: 1 / 16, zeroPoint: zero)
      let weights = builder.constant(
        (0..<18).map { ($0 * 37 % 101) - 50 + zero }, [2, 3, 3, 1], type, Quantization(scale: 1 / 64, zeroPoint: zero))
      let bias = builder.constant([100, -100], [2], .int32, Quantization(scale: 1 / 1024))
      let output = builder.activation([1, 8, 8, 2], type, scale: 1 / 8, zeroPoint: zero)
      let conv = Conv2D(padding: .same, strideHeight: 2, strideWidth: 2)
      builder.node(.conv2D(conv), [input, weights, bias], output)
      return builder.finish(output)
    }
    let comparison = try await Self.compare(network(.int8), network(.uint8)) { ReferenceEngine($0) }
    #expect(comparison.isIdentical)
    #expect(comparison.tensors.count == 2 && comparison.tensors[1].born?.isIdentical == true)
    #expect(comparison.tensors[1].accumulated.elements == 3 * 128)
  }

  @Test("nothing depends on the engine or on the number of threads")
  func independent() async throws {
    let (first, second) = (try Self.demo(.int8Model), try Self.demo(.uint8Model))
    let fast = try await Self.compare(first, second, threads: 2) { FastEngine($0) }
    let slow = try await Self.compare(first, second, threads: 1) { ReferenceEngine($0) }
    #expect(!fast.isIdentical)
    #expect(fast.tensors.map(\.accumulated) == slow.tensors.map(\.accumulated))
    #expect(fast.tensors.map(\.born) == slow.tensors.map(\.born))
    #expect(fast.outputs.map(\.comparison) == slow.outputs.map(\.comparison))
  }
}

@Suite("Comparing machines")
struct ProfileComparisonTests {
  private func programs(_ network: Network) throws -> [Program] {
    var single = try HardwareProfile.resolve("tflite")
    single.name = "single"
    single.requantize = [
      .multiply(bits: 32, rounding: nil), .shift(rounding: .tiesTowardPositive, minimum: 0, maximum: 62),
    ]
    return try [HardwareProfile.resolve("tflite"), single].map { try Program.lower(network, for: $0) }
  }

  @Test("machines part where their arithmetic differs, and ties are those of the sums")
  func machines() async throws {
    let network = try TFLiteFile(bytes: DemoModel.bytes(of: .int8Model)).network()
    let programs = try programs(network)
    let data = try DataSet(bytes: DemoModel.bytes(of: .images), name: "images", for: network.inputSlots()[0])
    let comparison = try await ProfileComparison.run(
      network, programs, meanings: [:], data: data, subset: Subset(limit: 2), threads: 2, engine: { FastEngine($0) })
    #expect(comparison.machines.map(\.profile) == ["tflite", "single"])
    #expect(comparison.machines[0].comparison.isIdentical)
    #expect(!comparison.machines[1].comparison.isIdentical)
    for (machine, program) in zip(comparison.machines, programs) {
      var expected: [Int: (sums: Int, ties: Int)] = [:]
      for sample in 0..<2 {
        let trace = try ReferenceEngine(program).run(data.sample(sample), trace: .all).trace
        for index in program.steps.indices {
          guard let register = program.register(of: index), let stage = program.steps[index].kernel.outputStage else {
            continue
          }
          let sums = try ReferenceEngine(register).run(register.inputs.map { trace[$0] ?? [] }, trace: .none).outputs[0]
          var count = expected[program.steps[index].node] ?? (0, 0)
          count.sums += sums.count
          for (place, sum) in sums.enumerated() {
            let requantization = stage.requantizations[place % stage.requantizations.count]
            if requantization.meetsTie(Int64(sum)) { count.ties += 1 }
          }
          expected[program.steps[index].node] = count
        }
      }
      #expect(!machine.ties.isEmpty && machine.ties.count == expected.count)
      for ties in machine.ties {
        #expect(ties.requantizations == expected[ties.node]?.sums && ties.ties == expected[ties.node]?.ties)
      }
    }
    // Two roundings meet more ties than one.
    #expect(
      comparison.machines[0].ties.reduce(0) { $0 + $1.ties } > comparison.machines[1].ties.reduce(0) { $0 + $1.ties })
  }

  @Test("a step up to its register gives what the step requantizes")
  func registers() throws {
    let network = try TFLiteFile(bytes: DemoModel.bytes(of: .uint8Model)).network()
    let data = try DataSet(bytes: DemoModel.bytes(of: .images), name: "images", for: network.inputSlots()[0])
    for program in try programs(network) {
      let trace = try ReferenceEngine(program).run(data.sample(5), trace: .all).trace
      for index in program.steps.indices {
        guard let register = program.register(of: index), let stage = program.steps[index].kernel.outputStage else {
          continue
        }
        let inputs = register.inputs.map { trace[$0] ?? [] }
        let sums = try ReferenceEngine(register).run(inputs, trace: .none).outputs[0]
        for kernels in [KernelSet.preferred, .portable] {
          #expect(try FastEngine(register, kernels: kernels).run(inputs).outputs[0] == sums)
        }
        let stored = sums.enumerated().map { place, sum in
          let scaled = stage.requantizations[place % stage.requantizations.count].apply(Int64(sum))
          return Int32(min(max(scaled + stage.zeroPoint, stage.low), stage.high))
        }
        #expect(stored == trace[program.steps[index].output], "\(program.steps[index].name)")
      }
    }
  }
}

extension Network {
  /// The same network with a padding operator before each padded layer over an activation.
  fileprivate func withPadding() -> Network {
    var result = self
    result.nodes = []
    for var node in nodes {
      if case .depthwiseConv2D(var rules) = node.operation, rules.padding == .same, rules.strideHeight == 1,
        let input = node.inputs[0], let weights = node.inputs[1], let quantization = tensors[input].quantization
      {
        let size = tensors[weights].shape[1] / 2
        let counts = [0, 0, size, size, size, size, 0, 0].map { Int64($0) }
        guard let amounts = Tensor.bytes(counts, as: .int32) else { return self }
        var padded = tensors[input]
        padded.name += "/padded"
        padded.shape.extents[1] += 2 * size
        padded.shape.extents[2] += 2 * size
        let value = [UInt8(truncatingIfNeeded: quantization.zeroPoint)]
        result.tensors += [
          Tensor(name: "amounts", type: .int32, shape: Shape([4, 2]), data: amounts[...]),
          Tensor(name: "value", type: padded.type, shape: Shape([1]), quantization: quantization, data: value[...]),
          padded,
        ]
        let last = result.tensors.count - 1
        result.nodes.append(Node(.pad(Pad(hasValue: true)), inputs: [input, last - 2, last - 1], outputs: [last]))
        rules.padding = .valid
        node.operation = .depthwiseConv2D(rules)
        node.inputs[0] = last
      }
      result.nodes.append(node)
    }
    return result
  }
}
