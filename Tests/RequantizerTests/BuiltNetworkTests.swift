import FixedPoint
import HardwareProfile
import NetworkModel
import Requantizer
import Simulation
import TestSupport
import Testing

@Suite struct BuiltNetworkTests {
  /// Requantizes with and without samples, checks every law, and gives the result without samples.
  @discardableResult
  static func requireLaws(_ source: Network, _ profile: HardwareProfile) async throws -> Network {
    #expect(source.validate().map(\.description) == [])
    let requantizer = Requantizer(profile: profile, threads: 2)
    let result = try await requantizer.requantize(source)
    #expect(!result.isUnchanged)
    #expect(Laws.breaches(result.network, source: source, profile) == [])
    let sampled = try await requantizer.requantize(source, calibration: Calibration.random(source, count: 8))
    #expect(Laws.breaches(sampled.network, source: source, profile) == [])
    for network in [result.network, sampled.network] {
      #expect(network.inputs == source.inputs && network.outputs == source.outputs)
      let again = try await requantizer.requantize(network)
      #expect(again.isUnchanged && again.network == network)
    }
    return result.network
  }

  /// How large the error of a target's outputs is beside the source's outputs, both as real numbers.
  static func relativeError(_ source: Network, _ target: Network, _ profile: HardwareProfile) throws -> Double {
    let calibration = Calibration.random(source, count: 4)
    let engines = (
      ReferenceEngine(try Program.lower(source, for: .host)), ReferenceEngine(try Program.lower(target, for: profile))
    )
    var (signal, noise) = (0.0, 0.0)
    for sample in 0..<calibration.count {
      let inputs = try calibration.sample(sample)
      let wanted = try engines.0.run(inputs)
      let found = try engines.1.run(Calibration.converted(inputs, source, target))
      for (position, tensor) in source.outputs.enumerated() {
        guard let old = source.tensors[tensor].quantization, let new = target.tensors[tensor].quantization else {
          continue
        }
        for (a, b) in zip(wanted.outputs[position], found.outputs[position]) {
          let real = Double(old.scale) * Double(Int64(a) - old.zeroPoint)
          let other = Double(new.scale) * Double(Int64(b) - new.zeroPoint)
          signal += real * real
          noise += (real - other) * (real - other)
        }
      }
    }
    return (noise / signal).squareRoot()
  }

  /// The generic machines, which have every operator; those of vendors lack some, and run others where they like.
  static let machines = HardwareProfile.builtInNames.filter {
    (try? HardwareProfile.builtIn(named: $0).vendor.isEmpty) == true
  }

  @Test(arguments: TestScope.pairs(machines, SourceKind.allCases))
  func everyOperatorTogetherFits(_ name: String, _ kind: SourceKind) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    let source = SourceBuilder.everything(kind)
    if profile.conformanceFaults(of: source).isEmpty { return }
    let target = try await Self.requireLaws(source, profile)
    #expect(try Self.relativeError(source, target, profile) < 0.1)
  }

  @Test(arguments: SourceKind.allCases)
  func tensorFlowLiteChangesNothing(_ kind: SourceKind) async throws {
    let source = SourceBuilder.everything(kind)
    let result = try await Requantizer(profile: .host).requantize(
      source, calibration: Calibration.random(source, count: 2))
    #expect(result.isUnchanged && result.network == source && result.passes.isEmpty && result.layers.isEmpty)
  }

  @Test(arguments: machines)
  func batchesFit(_ name: String) async throws {
    try await Self.requireLaws(SourceBuilder.everything(.uint8PerTensor, batch: 2), .builtIn(named: name))
  }

  @Test(arguments: TestScope.pairs(machines, [SourceKind.uint8PerTensor, .int8PerChannel]))
  func layersMayShareTheirConstants(_ name: String, _ kind: SourceKind) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    var net = SourceBuilder(kind)
    let first = net.convolution(net.input([1, 4, 4, 3]), channels: 3)
    let operands = net.network.nodes[0].inputs
    let second = net.activation("again", [1, 4, 4, 3], 0.9)
    _ = net.append(.conv2D(Conv2D(padding: .same)), [first, operands[1], operands[2]], second)
    let source = net.finish(second)
    let target = try await Self.requireLaws(source, profile)
    #expect(target.nodes[0].inputs[1] != target.nodes[1].inputs[1])
    #expect(target.nodes[0].inputs[2] != target.nodes[1].inputs[2])
    #expect(try Self.relativeError(source, target, profile) < 0.1)
  }

  @Test(arguments: TestScope.pairs(machines, [SourceKind.uint8PerTensor, .int8PerTensor]))
  func aSumMayHaveAConstantOperand(_ name: String, _ kind: SourceKind) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    var net = SourceBuilder(kind)
    let first = net.convolution(net.input([1, 3, 3, 2]), channels: 4, scale: 0.3)
    let values = [kind.middle - 90, kind.middle + 70, kind.middle, kind.middle + 33]
    let constant = net.tensor("offsets", [4], kind.type, Quantization(scale: 0.21, zeroPoint: kind.middle), values)
    let source = net.finish(net.add(first, constant, scale: 0.5))
    let target = try await Self.requireLaws(source, profile)
    #expect(try Self.relativeError(source, target, profile) < 0.05)
  }

  @Test(arguments: machines)
  func aLayerMayReadAConstant(_ name: String) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    var net = SourceBuilder(.uint8PerTensor)
    let values = (0..<27).map { Int64($0 * 9) }
    let constant = net.tensor("image", [1, 3, 3, 3], .uint8, Quantization(scale: 0.02, zeroPoint: 100), values)
    let input = net.input([1, 3, 3, 4])
    let source = net.finish(net.add(net.convolution(constant, channels: 4), input))
    let target = try await Self.requireLaws(source, profile)
    #expect(try Self.relativeError(source, target, profile) < 0.1)
  }

  @Test(arguments: TestScope.pairs(machines, SourceKind.allCases))
  func aLayerWithoutBiasGetsOne(_ name: String, _ kind: SourceKind) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    var net = SourceBuilder(kind)
    let first = net.convolution(
      net.input([1, 4, 4, 3], 0.02, zeroPoint: kind.middle + 40), channels: 4, hasBias: false)
    let source = net.finish(net.fullyConnected(first, channels: 3, hasBias: false))
    if profile.conformanceFaults(of: source).isEmpty { return }
    let target = try await Self.requireLaws(source, profile)
    #expect(target.nodes.allSatisfy { $0.inputs.count == 3 && $0.inputs[2] != nil })
    #expect(try Self.relativeError(source, target, profile) < 0.1)
  }

  @Test(arguments: machines)
  func severalOutputsAndUnusedTensorsKeepTheirPlace(_ name: String) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    var net = SourceBuilder(.uint8PerTensor)
    let input = net.input([1, 4, 4, 3], 0.02, zeroPoint: 3)
    let unused = net.tensor("unused", [7], .float32, nil)
    let first = net.convolution(input, channels: 4, activation: .relu)
    let second = net.convolution(first, channels: 2)
    let source = net.finish(second, first, net.softmax(net.fullyConnected(second, channels: 3)))
    let target = try await Self.requireLaws(source, profile)
    #expect(target.tensors[unused] == source.tensors[unused])
    // The layer between the first and the last one has sixteen times coarser weights where they have 4 bits.
    let limit = profile.weights.formats == [.int(4)] ? 0.25 : 0.1
    #expect(try Self.relativeError(source, target, profile) < limit)
  }

  @Test(arguments: TestScope.pairs(machines, [SourceKind.uint8PerTensor, .int8PerChannel]))
  func whatFollowsASoftmaxStaysOnTheHost(_ name: String, _ kind: SourceKind) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    var net = SourceBuilder(kind)
    let logits = net.fullyConnected(net.input([1, 6]), channels: 4)
    let moved = net.reshape(net.softmax(logits), [4, 1])
    let coarse = net.tensor("bytes", [4, 1], .uint8, Quantization(scale: 1 / 128, zeroPoint: 7))
    let source = net.finish(moved, net.append(.quantize(Quantize()), [moved], coarse))
    let target = try await Self.requireLaws(source, profile)
    // Probabilities of int16 have the zero point 0, so that the device takes them as they are.
    let isWide = profile.activations.formats == [.int(16)]
    #expect(profile.placements(in: target) == [.device, .host, isWide ? .device : .host, .host])
    #expect(target.tensors[moved].quantization == Laws.probability(profile.activations.formats[0]))
    #expect(target.tensors[coarse] == source.tensors[coarse])
  }

  @Test(arguments: machines)
  func conversionsAtTheBordersKeepTheModelsInterface(_ name: String) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    var net = SourceBuilder(.int8PerChannel)
    let input = net.tensor("image", [1, 4, 4, 3], .uint8, Quantization(scale: 0.037, zeroPoint: 119))
    let inner = net.append(.quantize(Quantize()), [input], net.activation("inner", [1, 4, 4, 3], 0.037))
    let layer = net.convolution(inner, channels: 3)
    let output = net.tensor("bytes", [1, 4, 4, 3], .uint8, Quantization(scale: 0.09, zeroPoint: 119))
    let real = net.tensor("real", [1, 4, 4, 3], .float32, nil)
    _ = net.append(.dequantize(Dequantize()), [layer], real)
    var source = net.finish(net.append(.quantize(Quantize()), [layer], output), real)
    source.inputs = [input]
    let target = try await Self.requireLaws(source, profile)
    #expect(profile.placements(in: target) == [.host, .device, .host, .host])
    for tensor in [input, output, real] { #expect(target.tensors[tensor] == source.tensors[tensor]) }
    #expect(try Self.relativeError(source, target, profile) < 0.1)
  }

  @Test(arguments: machines)
  func aConversionBetweenFormatsOfTheDeviceFollowsItsScales(_ name: String) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    var net = SourceBuilder(.int8PerTensor)
    let input = net.tensor("image", [1, 4, 4, 3], .int8, Quantization(scale: 0.037, zeroPoint: 0))
    let inner = net.append(.quantize(Quantize()), [input], net.activation("inner", [1, 4, 4, 3], 0.05))
    var source = net.finish(net.convolution(inner, channels: 3))
    source.inputs = [input]
    let target = try await Self.requireLaws(source, profile)
    #expect(try Self.relativeError(source, target, profile) < 0.1)
  }

  @Test func aSourceThatFitsComesBackUnchanged() async throws {
    let profile = try HardwareProfile.builtIn(named: "nna-int8")
    var net = SourceBuilder(.int8Symmetric)
    let source = net.finish(net.convolution(net.input([1, 4, 4, 3]), channels: 4, activation: .relu6))
    let result = try await Requantizer(profile: profile).requantize(
      source, calibration: Calibration.random(source, count: 2))
    #expect(result.isUnchanged && result.network == source)
  }

  @Test func anEmptyCalibrationSetIsNone() async throws {
    let source = SourceBuilder.everything(.uint8PerTensor)
    for name in Self.machines {
      let requantizer = Requantizer(profile: try .builtIn(named: name), threads: 2)
      let empty = try await requantizer.requantize(source, calibration: Calibration.random(source, count: 0))
      #expect(empty.network == (try await requantizer.requantize(source)).network)
    }
  }

  @Test func aBiasCountsInStepsOfTheAccumulatorWhateverItsTensorSays() async throws {
    let profile = try HardwareProfile.builtIn(named: "nna-int8-shift")
    var net = SourceBuilder(.int8PerTensor)
    var source = net.finish(net.convolution(net.input([1, 4, 4, 3]), channels: 4))
    let wanted = try await Requantizer(profile: profile).requantize(source).network
    let bias = try #require(source.nodes[0].inputs[2])
    for quantization in [nil, Quantization(scale: 17)] {
      source.tensors[bias].quantization = quantization
      let found = try await Requantizer(profile: profile).requantize(source).network
      #expect(found.tensors == wanted.tensors)
    }
  }
}
