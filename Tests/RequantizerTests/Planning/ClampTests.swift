import FixedPoint
import HardwareProfile
import NetworkModel
import Requantizer
import Simulation
import TestSupport
import Testing

/// Where the source's formats cut, its target must cut too.
@Suite struct ClampTests {
  /// Two convolutions; what the first one makes has a scale and a zero point of its own.
  static func chain(_ scale: Float, _ zeroPoint: Int64, _ activation: Activation, size: Int = 1) -> Network {
    var net = SourceBuilder(.int8PerChannel, seed: 7)
    let first = net.convolution(net.input([1, 6, 6, 3], 0.02), channels: 6, size: 1, scale: scale)
    let second = net.convolution(first, channels: 5, size: size, scale: scale * 6)
    var network = net.finish(second)
    network.tensors[first].quantization = Quantization(scale: scale, zeroPoint: zeroPoint)
    guard case .conv2D(var rules) = network.nodes[0].operation else { return network }
    rules.activation = activation
    network.nodes[0].operation = .conv2D(rules)
    return network
  }

  static func requantized(_ source: Network, _ profile: HardwareProfile) async throws -> Requantized {
    try await Requantizer(profile: profile).requantize(source, calibration: Calibration.random(source, count: 8))
  }

  /// The noise of what a source becomes, in units of its output's power.
  static func error(_ source: Network, _ profile: HardwareProfile) async throws -> Double {
    let result = try await requantized(source, profile)
    #expect(Laws.breaches(result.network, source: source, profile) == [])
    let error = try BuiltNetworkTests.relativeError(source, result.network, profile)
    return error * error
  }

  static let machines = ["nna-int8", "nna-int8-shift", "nna-int8-pow2", "nna-int16"]

  @Test(arguments: machines)
  func aFormatThatEndsAtTheBoundIsTheClamp(_ name: String) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    let stated = try await Self.requantized(Self.chain(6.0 / 255, -128, .relu6), profile)
    for activation in [Activation.none, .relu] {
      let implied = try await Self.requantized(Self.chain(6.0 / 255, -128, activation), profile)
      #expect(implied.network == stated.network)
    }
  }

  @Test(arguments: TestScope.pairs(machines, [Int64(-128), -100, -40, 3, 60]))
  func whatTheFormatCutsIsCut(_ name: String, _ zeroPoint: Int64) async throws {
    // About a fifth of the sums lies outside.
    let source = Self.chain(0.004, zeroPoint, .none)
    let profile = try HardwareProfile.builtIn(named: name)
    #expect(try await Self.error(source, profile) < (name == "nna-int16" ? 0.002 : 0.01))
  }

  @Test("a wide format has the operators that cut where its own end is farther out")
  func operatorsCut() async throws {
    let profile = try HardwareProfile.builtIn(named: "nna-int16")
    let result = try await Self.requantized(Self.chain(0.004, -100, .none), profile)
    let names = result.network.nodes.map(\.operation.name)
    #expect(names == ["CONV_2D", "MAXIMUM", "CONV_2D"])
    #expect(result.warnings.isEmpty)
  }

  @Test("a machine that cannot cut says so by name")
  func whatCannotBeCutIsSaid() async throws {
    var profile = try HardwareProfile.builtIn(named: "nna-int8")
    profile.operators["MAXIMUM"] = nil
    profile.operators["MINIMUM"] = nil
    let result = try await Self.requantized(Self.chain(0.004, -60, .none), profile)
    #expect(result.warnings.count == 1)
    let warning = result.warnings.first ?? ""
    for word in ["operator 0 (CONV_2D)", "below -0.272", "MAXIMUM", "% of the samples", profile.name] {
      #expect(warning.contains(word), "\(warning)")
    }
    // Nothing is cut where everything fits.
    #expect(try await Self.requantized(Self.chain(0.06, -9, .none), profile).warnings.isEmpty)
  }

  @Test(
    arguments: TestScope.pairs(["gemmini", "nemo", "nvdla", "finn"], [6.0 / 255, 9.0 / 255, 4.0 / 255] as [Float]))
  func aClampThatTheMachineLacksIsTheFormatsEnd(_ name: String, _ scale: Float) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    let source = Self.chain(scale, -128, .relu6)
    let result = try await Self.requantized(source, profile)
    // Or none at all, where the format's lower end is the clamp too.
    #expect([.relu, .none].contains(result.network.nodes[0].operation.activation))
    #expect(result.warnings.isEmpty)
    #expect(try await Self.error(source, profile) < 0.003)
  }

  @Test("an operator RELU6 becomes RELU where only that is known")
  func aClampOfItsOwn() async throws {
    var net = SourceBuilder(.int8PerTensor)
    let first = net.convolution(net.input([1, 4, 4, 3]), channels: 4, size: 1, scale: 0.05)
    let clamped = net.activation("clamped", [1, 4, 4, 4], 6.0 / 255, zeroPoint: -128)
    _ = net.append(.relu(Relu(.relu6)), [first], clamped)
    let source = net.finish(net.convolution(clamped, channels: 3, size: 1))
    let profile = try WhatIfTests.profile("nna-int8") {
      $0.operators["RELU6"] = nil
      $0.fusedActivations = ["NONE", "RELU"]
    }
    let result = try await Self.requantized(source, profile)
    #expect(result.network.nodes.map(\.operation.name) == ["CONV_2D", "RELU", "CONV_2D"])
    #expect(try await Self.error(source, profile) < 0.01)
  }

  @Test("a tail passes no more than its own power and than the square of the distance")
  func tails() {
    let tail = ClampTail(bound: 6, count: 10, excess: 0.5)
    #expect(tail.energy(0) == 0 && tail.energy(-1) == 0)
    var last = 0.0
    for distance in [0.01, 0.1, 0.5, 1, 10, 1e6] {
      let energy = tail.energy(distance)
      #expect(energy > last && energy <= 10 * distance * distance && energy <= 10 * 2 * 0.25)
      last = energy
    }
    #expect(last > 4.99)
    var priced = tail
    priced.price = 1
    #expect(priced.energy(1e6) == 1 && priced.energy(0.01) == tail.energy(0.01))
  }
}
