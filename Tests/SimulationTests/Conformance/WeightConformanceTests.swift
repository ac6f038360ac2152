import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing

/// Weights whose format is narrower than what stores them, and layers whose weights look otherwise.
@Suite struct WeightConformanceTests {
  /// Layers of 1×1 convolutions, one after another; each has one weight value and one type.
  static func chain(_ layers: [(value: Int64, type: ElementType)]) -> Network {
    var builder = NetworkBuilder()
    var x = builder.input([1, 2, 2, 2])
    for layer in layers {
      let w = builder.constant([0, layer.value, 1, 0], [2, 1, 1, 2], layer.type, Quantization(scale: 1))
      let b = builder.constant([3, -4], [2], .int32)
      let y = builder.activation([1, 2, 2, 2])
      builder.node(.conv2D(Conv2D(padding: .valid)), [x, w, b], y)
      x = y
    }
    return builder.finish(x)
  }

  static func faults(_ network: Network, _ change: (inout WeightScheme) -> Void) throws -> [Violation] {
    var profile = try HardwareProfile.builtIn(named: "nna-int8-pow2")
    change(&profile.weights)
    return profile.conformanceFaults(of: network)
  }

  @Test(arguments: [2, 3, 4, 5, 7], [ElementType.int4, .int8])
  func theFormatBindsTheNumbersAndNotWhatStoresThem(_ bits: Int, _ type: ElementType) throws {
    let highest = Int64(1) << Int64(bits - 1) - 1
    let fits = try Self.faults(Self.chain([(highest, type == .int4 && bits > 4 ? .int8 : type)])) {
      $0.formats = [.int(bits)]
    }
    #expect(fits == [])
    for value in [highest + 1, -highest - 2] {
      let stored: ElementType = type == .int4 && bits >= 4 ? .int8 : type
      let found = try Self.faults(Self.chain([(value, stored)])) { $0.formats = [.int(bits)] }
      #expect(found.map(\.kind) == [.format])
      #expect(found[0].rule.contains("weights are int\(bits); here they are \(stored) from"), "\(found[0].rule)")
    }
  }

  @Test func theNarrowRangeIsTheFormatsAndNotTheTypes() throws {
    let network = Self.chain([(-8, .int8)])
    #expect(try Self.faults(network) { $0.formats = [.int(4)] }.map(\.kind) == [.narrowRange])
    #expect(try Self.faults(network) { $0.formats = [.int(4), .int(5)] } == [])
    let wide = try Self.faults(network) {
      $0.formats = [.int(4)]
      $0.narrowRange = false
    }
    #expect(wide == [])
  }

  @Test func aZeroPointIsAnIntegerOfTheFormat() throws {
    for (zeroPoint, kinds) in [(Int64(8), [Violation.Kind]()), (16, [.zeroPoint])] {
      var builder = NetworkBuilder()
      let x = builder.input([1, 2], .uint8)
      let w = builder.constant([3, 15], [1, 2], .uint8, Quantization(scale: 1, zeroPoint: zeroPoint))
      let b = builder.constant([0], [1], .int32)
      let y = builder.activation([1, 1], .uint8)
      builder.node(.fullyConnected(FullyConnected()), [x, w, b], y)
      var profile = try HardwareProfile.builtIn(named: "nna-int8-pow2")
      profile.activations.formats = [.uint(8)]
      profile.weights.formats = [.uint(4)]
      profile.weights.zeroPoint = .any
      #expect(profile.conformanceFaults(of: builder.finish(y)).map(\.kind) == kinds)
    }
  }

  @Test func aTypeNarrowerThanTheFormatIsAnotherFormat() throws {
    #expect(try Self.faults(Self.chain([(3, .int4)])) { _ in }.map(\.kind) == [.format])
  }

  @Test func exceptionsSpeakOfTheDevicesLayersByPosition() throws {
    let network = Self.chain([(90, .int8), (90, .int8), (90, .int8)])
    var profile = try HardwareProfile.builtIn(named: "nna-w4a8-pow2")
    profile.weights.granularity = [.tensor]
    let found = profile.conformanceFaults(of: network)
    #expect(found.map(\.node) == [1] && found.map(\.kind) == [.format])
    #expect(profile.conformanceFaults(of: Self.chain([(90, .int8)])) == [])
    profile.weights.exceptions[0].layers = [.last]
    #expect(profile.conformanceFaults(of: network).map(\.node) == [0, 1])
    profile.weights.exceptions[0].operators = ["FULLY_CONNECTED"]
    #expect(profile.conformanceFaults(of: network).map(\.node) == [0, 1, 2])
    profile.operators["CONV_2D"]?.run = .host
    #expect(profile.weightSchemes(in: network).isEmpty)
  }

  @Test func packedWeightsComputeWhatBytesDo() throws {
    var profile = try HardwareProfile.builtIn(named: "nna-int8-pow2")
    profile.weights.formats = [.int(4)]
    let programs = try [ElementType.int4, .int8].map {
      try Program.lower(Self.chain([(-7, $0), (5, $0)]), for: profile)
    }
    let input = (0..<8).map { Int32($0 * 37 % 256 - 128) }
    let outputs = try programs.map { try ReferenceEngine($0).run([input]).outputs[0] }
    #expect(outputs[0] == outputs[1])
    // The weights are [[0, value], [1, 0]] and the biases 3 and −4, layer by layer.
    func clamp(_ x: Int32) -> Int32 { min(max(x, -128), 127) }
    let expected = stride(from: 0, to: 8, by: 2).flatMap { pixel -> [Int32] in
      let first = [clamp(-7 * input[pixel + 1] + 3), clamp(input[pixel] - 4)]
      return [clamp(5 * first[1] + 3), clamp(first[0] - 4)]
    }
    #expect(outputs[0] == expected)
  }
}
