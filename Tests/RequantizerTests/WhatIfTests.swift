import FixedPoint
import HardwareProfile
import NetworkModel
import Requantizer
import Simulation
import TestSupport
import Testing

/// Machines that no built-in profile describes.
@Suite struct WhatIfTests {
  static func profile(_ name: String, _ change: (inout HardwareProfile) -> Void) throws -> HardwareProfile {
    var profile = try HardwareProfile.builtIn(named: name)
    change(&profile)
    return profile
  }

  @Test(arguments: TestScope.pairs(BuiltNetworkTests.machines, SourceKind.allCases))
  func anyOperatorMayRunOnTheHost(_ name: String, _ kind: SourceKind) async throws {
    let source = SourceBuilder.everything(kind)
    for operation in Set(source.nodes.map(\.operation.name)).subtracting(["SOFTMAX"]).sorted() {
      let profile = try Self.profile(name) { $0.operators[operation]?.run = .host }
      let result = try await Requantizer(profile: profile).requantize(source)
      #expect(Laws.breaches(result.network, source: source, profile) == [], "\(operation) on the host")
      let error = try BuiltNetworkTests.relativeError(source, result.network, profile)
      #expect(error < 0.25, "\(operation) on the host")
    }
  }

  @Test(arguments: [SourceKind.uint8PerTensor, .int8PerTensor])
  func aZeroPointThatTheMachineHasIsKept(_ kind: SourceKind) async throws {
    let profile = try Self.profile("nna-int8") { $0.activations.zeroPoint = .any }
    let source = SourceBuilder.everything(kind)
    let result = try await Requantizer(profile: profile).requantize(source)
    #expect(Laws.breaches(result.network, source: source, profile) == [])
    let offset: Int64 = kind == .uint8PerTensor ? 128 : 0
    for tensor in source.usedTensors() where source.tensors[tensor].type == kind.type {
      if source.tensors[tensor].isConstant { continue }
      let (old, new) = (source.tensors[tensor].quantization, result.network.tensors[tensor].quantization)
      #expect(new?.scales == old?.scales && new?.zeroPoint == old.map { $0.zeroPoint - offset })
    }
  }

  @Test func unsignedActivationsAreSymmetricAroundTheirMiddle() async throws {
    for base in ["nna-int8", "nna-int8-pow2"] {
      let profile = try Self.profile(base) {
        $0.activations.formats = [.uint(8)]
        $0.activations.zeroPoint = .any
        $0.weights.formats = [.uint(8)]
        $0.weights.zeroPoint = .any
        $0.weights.granularity = [.tensor]
        $0.activations.scale = .powerOfTwo
      }
      let source = SourceBuilder.everything(.uint8PerTensor)
      let result = try await Requantizer(profile: profile).requantize(source)
      #expect(Laws.breaches(result.network, source: source, profile) == [])
      #expect(try BuiltNetworkTests.relativeError(source, result.network, profile) < 0.25)
    }
  }

  @Test func aSecondFormatWithoutZeroPointIsNotTakenForNegativeNumbers() async throws {
    let profile = try Self.profile("nna-int8") { $0.activations.formats = [.uint(8), .int(8)] }
    let source = SourceBuilder.everything(.uint8PerTensor)
    let result = try await Requantizer(profile: profile).requantize(source)
    #expect(Laws.breaches(result.network, source: source, profile) == [])
    #expect(result.network.tensors[source.inputs[0]].type == .int8)
  }

  @Test func weightsPerChannelAreChosenChannelByChannel() async throws {
    let profile = try Self.profile("nna-int8-pow2") { $0.weights.granularity = [.channel] }
    for kind in SourceKind.allCases {
      let source = SourceBuilder.everything(kind)
      let result = try await Requantizer(profile: profile).requantize(source)
      #expect(Laws.breaches(result.network, source: source, profile) == [])
      for layer in result.layers {
        let weights = try #require(result.network.nodes[layer.node].inputs[1])
        #expect(result.network.tensors[weights].quantization?.isPerAxis == true)
      }
    }
  }

  @Test(arguments: BuiltNetworkTests.machines)
  func aClampOfItsOwnWorksOnEveryMachine(_ name: String) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    for clamp in [Activation.relu, .relu6, .reluN1To1] {
      var net = SourceBuilder(.int8PerTensor)
      // The input reaches twenty times as far as the clamp.
      let wide = net.convolution(net.input([1, 4, 4, 3]), channels: 4, scale: 0.9)
      let output = net.activation("clamped", [1, 4, 4, 4], clamp == .reluN1To1 ? 0.01 : 0.06)
      let source = net.finish(net.append(.relu(Relu(clamp)), [wide], output))
      try await BuiltNetworkTests.requireLaws(source, profile)
    }
  }
}
