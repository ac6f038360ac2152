import FixedPoint
import Foundation
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing

/// The demands of a profile, one broken at a time.
@Suite struct ConformanceTests {
  /// A convolution that fits the profile `nna-int8-pow2`.
  static func network(
    _ type: ElementType = .int8, scale: Float = 0x1p-3, zeroPoint: Int64 = 0, weights: Quantization = .init(scale: 1),
    weight: Int64 = 5, bias: Int64 = 0, activation: Activation = .none, stride: Int = 1
  ) -> Network {
    var builder = NetworkBuilder()
    let x = builder.input([1, 4, 4, 2], type, scale: scale, zeroPoint: zeroPoint)
    let w = builder.constant([Int64](repeating: weight, count: 36), [2, 3, 3, 2], type, weights)
    let b = builder.constant([bias, bias], [2], .int32)
    let side = (4 + stride - 1) / stride
    let y = builder.activation([1, side, side, 2], type, scale: scale)
    let rules = Conv2D(padding: .same, strideHeight: stride, strideWidth: stride, activation: activation)
    builder.node(.conv2D(rules), [x, w, b], y)
    return builder.finish(y)
  }

  static func profile() throws -> HardwareProfile { try .builtIn(named: "nna-int8-pow2") }

  static func kinds(_ network: Network, _ change: (inout HardwareProfile) -> Void = { _ in }) throws
    -> [Violation.Kind]
  {
    var profile = try profile()
    change(&profile)
    return profile.conformanceFaults(of: network).map(\.kind)
  }

  @Test func aModelThatFitsHasNoFaults() throws { #expect(try Self.kinds(Self.network()).isEmpty) }

  @Test func theFormatOfActivations() throws {
    // A zero point of 0 is far from the middle of uint8, which is reported beside the format.
    #expect(try Self.kinds(Self.network(.uint8)).filter { $0 == .format }.count == 3)
  }

  @Test func theZeroPointOfActivations() throws {
    #expect(try Self.kinds(Self.network(zeroPoint: 3)) == [.zeroPoint])
  }

  @Test func scalesThatAreNoPowersOfTwo() throws {
    #expect(try Self.kinds(Self.network(scale: 0.3)) == [.scale, .scale])
    #expect(try Self.kinds(Self.network(weights: .init(scale: 0.3))) == [.scale])
  }

  @Test func theZeroPointOfWeights() throws {
    #expect(try Self.kinds(Self.network(weights: .init(scale: 1, zeroPoint: 1))) == [.zeroPoint])
  }

  @Test func theGranularityOfWeights() throws {
    let perChannel = Quantization(scales: [1, 0.5], zeroPoints: [0, 0], axis: 0)
    #expect(try Self.kinds(Self.network(weights: perChannel)) == [.granularity])
    #expect(try Self.kinds(Self.network()) { $0.weights.granularity = [.channel] } == [.granularity])
  }

  @Test func theNarrowRangeOfWeights() throws {
    #expect(try Self.kinds(Self.network(weight: -128)) == [.narrowRange])
    #expect(try Self.kinds(Self.network(weight: -127)).isEmpty)
  }

  @Test func theWidthOfBiases() throws {
    #expect(try Self.kinds(Self.network(bias: 128)) { $0.bias.bits = 8 } == [.biasRange])
    // The bias's own scale is the product of the input's and the weights'; the output's has no part in it.
    var narrow = try Self.profile()
    narrow.bias.bits = 8
    let remedy = try #require(narrow.violations(of: Self.network(bias: 128)).first).remedy
    #expect(remedy.contains("input") && remedy.contains("weights") && !remedy.contains("output"), "\(remedy)")
    #expect(try Self.kinds(Self.network(bias: 127)) { $0.bias.bits = 8 }.isEmpty)
  }

  @Test func operatorsThatTheMachineLacks() throws {
    let faults = try Self.kinds(Self.network()) { $0.operators["CONV_2D"] = nil }
    #expect(faults == [.unsupportedOperator])
  }

  @Test func activationsThatTheMachineDoesNotFuse() throws {
    let kinds = try Self.kinds(Self.network(activation: .relu6)) { $0.fusedActivations = ["NONE"] }
    #expect(kinds == [.fusedActivation])
  }

  @Test func sizesBeyondTheLimits() throws {
    #expect(try Self.kinds(Self.network()) { $0.limits.kernelSize = 2 } == [.limit, .limit])
    #expect(try Self.kinds(Self.network()) { $0.limits.kernelSize = 3 }.isEmpty)
    #expect(try Self.kinds(Self.network(stride: 2)) { $0.limits.stride = 1 } == [.limit, .limit])
    #expect(try Self.kinds(Self.network()) { $0.limits.channels = 1 } == [.limit, .limit])
    #expect(try Self.kinds(Self.network()) { $0.limits.activationBytes = 31 } == [.limit, .limit])
    #expect(try Self.kinds(Self.network()) { $0.limits.weightBytes = 36 + 7 } == [.limit])
    #expect(try Self.kinds(Self.network()) { $0.limits.weightBytes = 36 + 8 }.isEmpty)
  }

  @Test func factorsThatNoStageHolds() throws {
    // The output would have to be finer than the accumulator.
    #expect(try Self.kinds(Self.network(weights: .init(scale: 2))) == [.arithmetic])
  }

  @Test func aHostOperatorIsNotBound() throws {
    #expect(try Self.kinds(Self.network(.uint8)) { $0.operators["CONV_2D"]?.run = .host }.isEmpty)
  }

  @Test func everyViolationNamesTheKeyThatDemandsIt() throws {
    func keys(_ network: Network, _ change: (inout HardwareProfile) -> Void = { _ in }) throws -> [String?] {
      var profile = try Self.profile()
      change(&profile)
      let faults = profile.conformanceFaults(of: network)
      // What is demanded in vain stands where the key says, but for an operator that is not there.
      for case let key? in faults.map(\.key) where !key.hasPrefix("operators.") {
        var place: Any? = try JSONSerialization.jsonObject(with: Data(profile.canonicalJSON().utf8))
        for part in key.split(separator: ".") { place = (place as? [String: Any])?[String(part)] }
        #expect(place != nil, "\(key)")
      }
      return Array(Set(faults.map(\.key))).sorted { $0 ?? "" < $1 ?? "" }
    }
    let plain = Self.network()
    #expect(try keys(Self.network(.uint8)).contains("activations.formats"))
    #expect(try keys(Self.network(.uint8)).contains("weights.formats"))
    #expect(try keys(Self.network(scale: 0.3)) == ["activations.scale"])
    #expect(try keys(Self.network(weights: .init(scale: 1, zeroPoint: 1))) == ["weights.zeroPoint"])
    #expect(try keys(plain) { $0.weights.granularity = [.channel] } == ["weights.granularity"])
    #expect(try keys(Self.network(weight: -128)) == ["weights.narrowRange"])
    #expect(try keys(Self.network(bias: 128)) { $0.bias.bits = 8 } == ["bias.bits"])
    #expect(try keys(plain) { $0.operators["CONV_2D"] = nil } == ["operators.CONV_2D"])
    #expect(try keys(Self.network(activation: .relu6)) { $0.fusedActivations = ["NONE"] } == ["fusedActivations"])
    #expect(try keys(plain) { $0.limits.kernelSize = 2 } == ["limits.kernelSize"])
    #expect(try keys(Self.network(stride: 2)) { $0.limits.stride = 1 } == ["limits.stride"])
    #expect(try keys(plain) { $0.limits.channels = 1 } == ["limits.channels"])
    #expect(try keys(plain) { $0.limits.activationBytes = 31 } == ["limits.activationBytes"])
    #expect(try keys(plain) { $0.limits.weightBytes = 36 + 7 } == ["limits.weightBytes"])
    let finer = Self.network(weights: .init(scale: 2))
    #expect(try keys(finer) == ["requantize"])
    #expect(
      try keys(finer) { $0.operators["CONV_2D"]?.requantize = $0.requantize } == ["operators.CONV_2D.requantize"])
  }

  @Test func everyViolationSaysWhereAndHowToMend() throws {
    let fault = try #require(Self.profile().conformanceFaults(of: Self.network(zeroPoint: 3)).first)
    #expect(fault.place == "tensor 0 \"t0\" of operator 0 (CONV_2D)")
    #expect(fault.key == "activations.zeroPoint")
    #expect(fault.rule == "activations have the zero point 0; here it is 3")
    #expect(fault.remedy == "requantize to a symmetric scale")
  }
}
