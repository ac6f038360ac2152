import FixedPoint
import HardwareProfile
import NetworkModel
import Requantizer
import Simulation
import TFLite
import TestSupport
import Testing

/// Operators that a machine lacks, and others that do the same.
@Suite struct EquivalentTests {
  /// A machine that has pools and no MEAN.
  static func pooling(_ name: String = "nna-int8") throws -> HardwareProfile {
    try WhatIfTests.profile(name) { $0.operators["MEAN"] = nil }
  }

  /// The operators but for padding and clamps that were added.
  static func names(_ result: Requantized, _ source: Network) -> [String] {
    result.network.nodes.filter { !$0.isAddedClamp(result.network, source) }.map(\.operation.name).filter {
      $0 != "PADV2"
    }
  }

  @Test(arguments: TestScope.pairs(SourceKind.allCases, ["nna-int8", "nna-int8-shift", "nna-int8-pow2"]))
  func aMeanThatLayersReadIsAPool(_ kind: SourceKind, _ name: String) async throws {
    let profile = try Self.pooling(name)
    var net = SourceBuilder(kind)
    let image = net.convolution(net.input([2, 5, 3, 4]), channels: 6, activation: .relu6)
    let source = net.finish(net.fullyConnected(net.mean(image, scale: 0.06), channels: 5))
    let result = try await ClampTests.requantized(source, profile)
    #expect(
      Self.names(result, source) == ["CONV_2D", "AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED"])
    #expect(result.network.tensors[source.nodes[1].outputs[0]].shape == Shape([2, 6]))
    // A pool rounds to its input's scale, which is coarse for a mean. A bias in the wrong steps gives 1 or more.
    #expect(try await ClampTests.error(source, profile) < 0.05)
  }

  @Test("a mean that is an output keeps its scale by a conversion; one that keeps its axes needs no RESHAPE")
  func aMeanThatIsAnOutput() async throws {
    let profile = try Self.pooling()
    var net = SourceBuilder(.int8PerTensor)
    let image = net.convolution(net.input([1, 4, 4, 3]), channels: 4, scale: 0.1)
    let axes = net.tensor("axes", [2], .int32, nil, [2, -3])
    let output = net.activation("mean", [1, 1, 1, 4], 0.03)
    let source = net.finish(net.append(.mean(Mean(keepsAxes: true)), [image, axes], output))
    let result = try await ClampTests.requantized(source, profile)
    #expect(Self.names(result, source) == ["CONV_2D", "AVERAGE_POOL_2D", "QUANTIZE"])
    #expect(try await ClampTests.error(source, profile) < 0.01)
  }

  @Test("a window that the machine's pool does not reach is refused")
  func aWindowThatIsTooLarge() async throws {
    var profile = try Self.pooling()
    profile.limits.kernelSize = 4
    var net = SourceBuilder(.int8PerTensor)
    let source = net.finish(net.mean(net.convolution(net.input([1, 5, 4, 3]), channels: 4, size: 1)))
    RefusalTests.expect(await RefusalTests.refusal(source, profile), says: "operator 1 (MEAN)", "does not state MEAN")
  }

  @Test("probabilities of the host beside what the device made keep their scale", arguments: ClampTests.machines)
  func probabilitiesTimesValues(_ name: String) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    var net = SourceBuilder(.int8PerTensor)
    let values = net.fullyConnected(net.input([4, 6]), channels: 5, scale: 0.1)
    let weights = net.softmax(net.fullyConnected(net.network.inputs[0], channels: 4, scale: 0.2))
    let output = net.activation("mixed", [4, 5], 0.1)
    let source = net.finish(
      net.append(.batchMatMul(BatchMatMul(transposesFirst: false, transposesSecond: false)), [weights, values], output))
    let result = try await ClampTests.requantized(source, profile)
    #expect(result.network.tensors[weights].quantization == Laws.probability(profile.activations.formats[0]))
    #expect(try await ClampTests.error(source, profile) < 0.01)
  }

  @Test(
    "a recurrent operator of the host keeps its scales between layers of the device",
    arguments: ["lstm_i8_plain", "svdf_i8_plain"])
  func recurrent(_ fixture: String) async throws {
    var source = try TFLiteFile(bytes: Array(RepositoryFiles.data("Tests/Fixtures/litert/\(fixture).tflite"))).network()
    let (input, output) = (source.inputs[0], source.outputs[0])
    // A layer behind it, and one that reads what it reads.
    for tensor in [output, input] {
      let depth = source.tensors[tensor].shape.extents.last ?? 1
      let rows = source.tensors[tensor].shape.count / depth
      let first = source.tensors.count
      let weights = (0..<3 * depth).map { Int64($0 * 37 % 201) - 100 }
      source.tensors += [
        Tensor(
          name: "w\(tensor)", type: .int8, shape: Shape([3, depth]), quantization: Quantization(scale: 0.01),
          data: Tensor.bytes(weights, as: .int8).map { $0[...] }),
        Tensor(
          name: "y\(tensor)", type: .int8, shape: Shape([rows, 3]),
          quantization: Quantization(scale: 0.02, zeroPoint: 5)),
      ]
      source.nodes.append(
        Node(.fullyConnected(FullyConnected()), inputs: [tensor, first, nil], outputs: [first + 1]))
      source.outputs.append(first + 1)
    }
    #expect(source.validate() == [])
    for name in ["nna-int8", "nna-int8-pow2"] {
      let profile = try HardwareProfile.builtIn(named: name)
      let result = try await ClampTests.requantized(source, profile)
      #expect(profile.conformanceFaults(of: result.network) == [])
      #expect(result.network.tensors[output].quantization == source.tensors[output].quantization)
      #expect(try BuiltNetworkTests.relativeError(source, result.network, profile) < 0.1)
    }
  }
}
