import HardwareProfile
import NetworkModel
import Requantizer
import Simulation
import TestSupport
import Testing

/// Whatever the operator that cuts, and whoever runs it.
extension ClampTests {
  /// Layers before and after an operator that cuts what it makes.
  static func around(
    _ kind: SourceKind = .int8PerChannel, _ cutting: (inout SourceBuilder, _ image: Int, _ shape: [Int]) -> Int
  ) -> Network {
    var net = SourceBuilder(kind, seed: 7)
    let image = net.convolution(net.input([1, 6, 6, 3], 0.02), channels: 6, size: 1, scale: 0.12)
    let cut = cutting(&net, image, [1, 6, 6, 6])
    let scale = 9 * (net.network.tensors[cut].quantization?.scale ?? 1)
    if net.network.tensors[cut].shape.rank == 2 {
      return net.finish(net.fullyConnected(cut, channels: 5, scale: scale))
    }
    return net.finish(net.convolution(cut, channels: 5, size: 1, scale: scale))
  }

  /// A sum of an image and itself whose format has the scale and the zero point that are given.
  static func sum(_ scale: Float, _ zeroPoint: Int64) -> Network {
    around { net, image, shape in
      let output = net.activation("sum", shape, scale, zeroPoint: zeroPoint)
      return net.append(.add(Add()), [image, image], output)
    }
  }

  /// Expects that a target cuts where its source does, and that it needs no words for it.
  static func expectCut(_ source: Network, _ name: String, below limit: Double = 0.01) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    let result = try await requantized(source, profile)
    #expect(result.warnings == [], "\(name)")
    #expect(try await error(source, profile) < limit, "\(name)")
  }

  @Test("the host's operators state a clamp that their format implies", arguments: ["nvdla", "nemo", "finn"])
  func hostSums(_ name: String) async throws {
    let source = Self.sum(0.04, -128)
    let profile = try HardwareProfile.builtIn(named: name)
    let result = try await Self.requantized(source, profile)
    #expect(result.network.nodes.map(\.operation.name) == ["CONV_2D", "ADD", "CONV_2D"])
    #expect(result.network.nodes[1].operation.activation == .relu)
    try await Self.expectCut(source, name)
  }

  @Test(
    "the host's operators keep a format that cuts",
    arguments: TestScope.pairs(["nvdla", "nemo", "finn"], [Int64(-100), 3, 60]))
  func hostFormats(_ name: String, _ zeroPoint: Int64) async throws {
    let source = Self.sum(0.01, zeroPoint)
    let profile = try HardwareProfile.builtIn(named: name)
    let network = try await Self.requantized(source, profile).network
    #expect(network.nodes.map(\.operation.name) == ["CONV_2D", "ADD", "QUANTIZE", "CONV_2D"])
    #expect(
      network.tensors[network.nodes[1].outputs[0]].quantization == Quantization(scale: 0.01, zeroPoint: zeroPoint))
    try await Self.expectCut(source, name)
  }

  @Test("functions of the host", arguments: ["nna-int8-shift", "nna-int8-pow2"])
  func hostFunctions(_ name: String) async throws {
    try await Self.expectCut(
      Self.around { net, image, shape in
        let output = net.activation("leaky", shape, 0.012, zeroPoint: -110)
        return net.append(.unary(Unary(.leakyRelu, alpha: 0.25)), [image], output)
      }, name)
  }

  @Test(
    "a conversion between two formats",
    arguments: TestScope.pairs(machines + ["nvdla", "gemmini", "esp32-p4"], [Int64(-128), -100, 3, 90]))
  func conversions(_ name: String, _ zeroPoint: Int64) async throws {
    let source = Self.around { net, image, shape in
      net.append(.quantize(Quantize()), [image], net.activation("other", shape, 0.012, zeroPoint: zeroPoint))
    }
    try await Self.expectCut(source, name)
    // As the first operator: nothing is known of its input but a format.
    var net = SourceBuilder(.int8PerTensor)
    let input = net.input([1, 6, 6, 3], 0.02)
    let other = net.activation("other", [1, 6, 6, 3], 0.006, zeroPoint: zeroPoint)
    let first = net.append(.quantize(Quantize()), [input], other)
    try await Self.expectCut(net.finish(net.convolution(first, channels: 4, size: 1, scale: 0.036)), name)
  }

  @Test("formats that are joined", arguments: TestScope.pairs(machines, [Int64(0), 30, 100]))
  func joins(_ name: String, _ zeroPoint: Int64) async throws {
    try await Self.expectCut(Self.joined(zeroPoint), name)
  }

  @Test("RELU cuts at zero where the device has no MAXIMUM; another bound is said", arguments: ["nvdla", "gemmini"])
  func joinsWithoutMaximum(_ name: String) async throws {
    try await Self.expectCut(Self.joined(0), name)
    let result = try await Self.requantized(Self.joined(60), HardwareProfile.builtIn(named: name))
    #expect(result.warnings.count == 1 && result.warnings.first?.contains("operator 1 (CONCATENATION)") == true)
  }

  /// Images that are joined in a format which does not hold them; TensorFlow Lite has that for uint8.
  static func joined(_ zeroPoint: Int64) -> Network {
    around(.uint8PerTensor) { net, image, _ in
      let output = net.activation("joined", [1, 6, 6, 12], 0.012, zeroPoint: zeroPoint)
      return net.append(.concatenation(Concatenation(axis: 3)), [image, image], output)
    }
  }

  @Test("a mean whose format cuts keeps it where it becomes a pool", arguments: ["nvdla", "esp32-p4", "nna-int8"])
  func means(_ name: String) async throws {
    let source = Self.around { net, image, _ in
      let axes = net.tensor("axes", [2], .int32, nil, [1, 2])
      return net.append(
        .mean(Mean(keepsAxes: false)), [image, axes], net.activation("mean", [1, 6], 0.003, zeroPoint: -128))
    }
    try await Self.expectCut(source, name, below: 0.05)
  }

  @Test("both ends of logits", arguments: machines)
  func logits(_ name: String) async throws {
    var net = SourceBuilder(.uint8PerTensor, seed: 3)
    let image = net.convolution(net.input([1, 6, 6, 3], 0.02), channels: 6, size: 1, scale: 0.02)
    let logits = net.fullyConnected(net.reshape(image, [1, 216]), channels: 10, scale: 0.004)
    let source = net.finish(net.softmax(logits))
    let profile = try HardwareProfile.builtIn(named: name)
    let result = try await Self.requantized(source, profile)
    #expect(result.warnings == [])
    var (old, new) = (source, result.network)
    old.outputs = [logits]
    new.outputs = [logits]
    let error = try BuiltNetworkTests.relativeError(old, new, profile)
    #expect(result.meanings.contains { $0.tensor == logits && $0.isFolded } || error < 0.1, "\(error)")
  }

  @Test("what no bound touches stays as it was")
  func wideFormats() async throws {
    for name in Self.machines + ["nvdla"] {
      let profile = try HardwareProfile.builtIn(named: name)
      let source = Self.sum(0.4, -7)
      let result = try await Self.requantized(source, profile)
      #expect(result.network.nodes.map(\.operation.name) == ["CONV_2D", "ADD", "CONV_2D"])
    }
  }
}
