import FixedPoint
import HardwareProfile
import NetworkModel
import Requantizer
import Simulation
import TestSupport
import Testing

/// From any scheme of 8 bits to any that a profile states.
@Suite struct SchemeTests {
  /// A machine of one type with zero points everywhere.
  static func asymmetric(_ format: IntegerFormat) throws -> HardwareProfile {
    try WhatIfTests.profile("nna-int8") {
      $0.activations.formats = [format]
      $0.activations.zeroPoint = .any
      $0.weights.formats = [format]
      $0.weights.zeroPoint = .any
      $0.weights.granularity = [.tensor]
      $0.weights.narrowRange = false
    }
  }

  /// The weights of a network's layers, in order.
  static func weights(_ network: Network) -> [Tensor] {
    network.nodes.filter { $0.operation.rescaling == .weighted }.compactMap { $0.input(1).map { network.tensors[$0] } }
  }

  /// A constant's integers less their zero point.
  static func meaning(_ tensor: Tensor) -> [Int64]? {
    tensor.integers()?.map { $0 - (tensor.quantization?.zeroPoint ?? 0) }
  }

  @Test(arguments: SourceKind.allCases)
  func fourBitsStandBetweenEightBitsAtTheEnds(_ kind: SourceKind) async throws {
    let profile = try HardwareProfile.builtIn(named: "nna-w4a8-pow2")
    let source = SourceBuilder.everything(kind)
    let target = try await BuiltNetworkTests.requireLaws(source, profile)
    let weights = Self.weights(target)
    #expect(weights.map(\.type) == [.int8, .int4, .int4, .int4, .int8])
    for layer in weights {
      #expect(layer.quantization?.isPerAxis == true)
      #expect(layer.quantization?.scales.allSatisfy(\.isPowerOfTwo) == true)
    }
    #expect(weights[0].integers()?.contains { abs($0) > 7 } == true)
  }

  @Test(arguments: TestScope.pairs([2, 3, 4, 5, 6, 7], SourceKind.allCases))
  func theProfilesBitsBindTheWeightsAndNotWhatStoresThem(_ bits: Int, _ kind: SourceKind) async throws {
    let profile = try WhatIfTests.profile("nna-int8") {
      $0.weights.formats = [.int(bits)]
      $0.weights.narrowRange = bits % 2 == 0
    }
    let target = try await BuiltNetworkTests.requireLaws(SourceBuilder.everything(kind), profile)
    let half = Int64(1) << Int64(bits - 1)
    for layer in Self.weights(target) {
      #expect(layer.type == (bits <= 4 ? .int4 : .int8))
      let range = (bits % 2 == 0 ? 1 - half : -half)...half - 1
      #expect(layer.integers()?.allSatisfy(range.contains) == true)
      // What outliers are cut for may leave the ends out, but not half of the format.
      #expect(layer.integers()?.contains { abs($0) >= half / 2 } == true)
    }
  }

  @Test func aLayersOwnOperatorMayDecide() async throws {
    let profile = try WhatIfTests.profile("nna-int8-shift") {
      $0.weights.exceptions = [WeightException(operators: ["DEPTHWISE_CONV_2D"], granularity: [.channel])]
    }
    let source = SourceBuilder.everything(.uint8PerTensor)
    let target = try await BuiltNetworkTests.requireLaws(source, profile)
    #expect(Self.weights(target).map { $0.quantization?.isPerAxis } == [false, true, false, false, false])
  }

  @Test func int8PerChannelBecomesUint8PerTensor() async throws {
    let profile = try Self.asymmetric(.uint(8))
    let source = SourceBuilder.everything(.int8PerChannel)
    let target = try await BuiltNetworkTests.requireLaws(source, profile)
    for tensor in source.usedTensors() where source.tensors[tensor].type == .int8 && !source.tensors[tensor].isConstant
    {
      let (old, new) = (source.tensors[tensor].quantization, target.tensors[tensor].quantization)
      #expect(target.tensors[tensor].type == .uint8)
      #expect(new?.scales == old?.scales && new?.zeroPoint == old.map { $0.zeroPoint + 128 })
    }
    for layer in Self.weights(target) {
      // Nothing is cut at either end, and nothing is left over.
      #expect(layer.type == .uint8 && layer.quantization?.isPerAxis == false)
      #expect(layer.integers()?.min() ?? 255 < 12 && layer.integers()?.max() ?? 0 > 243)
    }
    #expect(try BuiltNetworkTests.relativeError(source, target, profile) < 0.03)
  }

  @Test func unsignedWeightsPerChannelAreRefused() async throws {
    var profile = try Self.asymmetric(.uint(8))
    profile.weights.granularity = [.channel]
    RefusalTests.expect(
      await RefusalTests.refusal(SourceBuilder.everything(.int8PerChannel), profile),
      says: "operator 0 (CONV_2D)", "no uint8 weights with a scale for each channel", "weights.granularity")
  }

  @Test(
    arguments: TestScope.pairs(
      [SourceKind.uint8PerTensor, .int8PerTensor, .int8Symmetric], [IntegerFormat.int(8), .uint(8)]))
  func whatNeedsNoRoundingKeepsItsMeaning(_ kind: SourceKind, _ format: IntegerFormat) async throws {
    let machine = try Self.asymmetric(format)
    let source = SourceBuilder.everything(kind)
    let result = try await Requantizer(profile: machine).requantize(source)
    #expect(Laws.breaches(result.network, source: source, machine) == [])
    let target = result.network
    for tensor in source.usedTensors() {
      let (old, new) = (source.tensors[tensor], target.tensors[tensor])
      #expect(new.quantization?.scales == old.quantization?.scales, "\(old.name)")
      #expect(Self.meaning(new) == Self.meaning(old), "\(old.name)")
      guard let range = old.type.integerRange, let other = new.type.integerRange else { continue }
      let offset = old.type.bits == 8 ? other.lowerBound - range.lowerBound : 0
      #expect(new.quantization?.zeroPoint == old.quantization.map { $0.zeroPoint + offset }, "\(old.name)")
    }
    // The same machine with the source's type computes the same integers, but for the offset of the types.
    let own = try Self.asymmetric(IntegerFormat(bits: 8, isSigned: kind != .uint8PerTensor))
    let offset = Int32(format.isSigned ? 0 : 128) - (kind == .uint8PerTensor ? 128 : 0)
    let engines = (
      ReferenceEngine(try Program.lower(source, for: own)), ReferenceEngine(try Program.lower(target, for: machine))
    )
    let samples = Calibration.random(source, count: 12)
    for sample in 0..<samples.count {
      let inputs = try samples.sample(sample)
      let wanted = try engines.0.run(inputs).outputs
      let found = try engines.1.run(inputs.map { $0.map { $0 + offset } }).outputs
      #expect(found == wanted.map { $0.map { $0 + offset } })
    }
  }

  @Test(arguments: TestScope.pairs([20, 24], [SourceKind.uint8PerTensor, .int8PerTensor]))
  func sumsOfScalesFarApartAreAligned(_ exponent: Int, _ kind: SourceKind) async throws {
    for name in ["nna-int8-shift", "nna-int8-pow2"] {
      let profile = try HardwareProfile.builtIn(named: name)
      var net = SourceBuilder(kind)
      let wide = net.input([1, 2, 2, 3], 8)
      let narrow = net.convolution(
        wide, channels: 3, scale: 8 * Float(sign: .plus, exponent: -exponent, significand: 1))
      let copy = net.reshape(narrow, [1, 2, 2, 3])
      let source = net.finish(net.add(net.add(wide, copy, scale: 9), copy, scale: 11))
      let target = try await BuiltNetworkTests.requireLaws(source, profile)
      let scales = [wide, narrow, copy].compactMap { target.tensors[$0].quantization?.scale }
      #expect(scales[0] / scales[1] == 0x1p15 && scales[1] == scales[2])
      #expect(try BuiltNetworkTests.relativeError(source, target, profile) < 0.03)
    }
  }

  /// Probabilities that go back into the device: by a layer, and by a sum after a copy.
  static func attention(_ kind: SourceKind) -> Network {
    var net = SourceBuilder(kind)
    let logits = net.fullyConnected(net.input([1, 6]), channels: 8)
    let probabilities = net.softmax(logits)
    let layer = net.fullyConnected(probabilities, channels: 8, scale: 0.008)
    let sum = net.add(net.reshape(probabilities, [1, 8]), layer, scale: 0.012)
    return net.finish(net.softmax(net.fullyConnected(sum, channels: 3, scale: 0.02)))
  }

  @Test(arguments: TestScope.pairs(BuiltNetworkTests.machines, SourceKind.allCases))
  func probabilitiesEnterTheDeviceThroughAConversion(_ name: String, _ kind: SourceKind) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    let source = Self.attention(kind)
    let calibrations = [nil, Calibration.random(source, count: 4)]
    for calibration in calibrations {
      let target = try await Requantizer(profile: profile).requantize(source, calibration: calibration).network
      #expect(target.validate() == [] && profile.conformanceFaults(of: target) == [])
      let nodes = target.nodes.filter { !$0.isAddedClamp(target, source) }
      #expect(
        nodes.map(\.operation.name) == [
          "FULLY_CONNECTED", "SOFTMAX", "QUANTIZE", "FULLY_CONNECTED", "RESHAPE", "QUANTIZE", "ADD", "FULLY_CONNECTED",
          "SOFTMAX",
        ])
      let hosts = zip(target.nodes, profile.placements(in: target)).filter { $0.1 == .host }.map(\.0.operation.name)
      let isWide = profile.activations.formats == [.int(16)]
      #expect(hosts == (isWide ? ["SOFTMAX", "SOFTMAX"] : ["SOFTMAX", "QUANTIZE", "RESHAPE", "QUANTIZE", "SOFTMAX"]))
      let softmax = target.tensors[target.nodes[1].outputs[0]]
      #expect(softmax.quantization == Laws.probability(profile.activations.formats[0]))
      #expect(try BuiltNetworkTests.relativeError(source, target, profile) < 0.25)
      let again = try await Requantizer(profile: profile).requantize(target)
      #expect(again.isUnchanged)
    }
  }

  @Test(arguments: SourceKind.allCases)
  func twelveBitsAreRefusedByTheProfilesWords(_ kind: SourceKind) async throws {
    let profile = try WhatIfTests.profile("nna-int8") { $0.activations.formats = [.int(12)] }
    RefusalTests.expect(
      await RefusalTests.refusal(SourceBuilder.everything(kind), profile), says: "activations.formats is int12",
      "requantization is to int8")
  }
}
