import HardwareProfile
import NetworkModel
import Requantizer
import TestSupport
import Testing

@Suite("Operator numbers in messages")
struct OperatorOriginTests {
  /// SOFTMAX, which the host runs with a zero point that the device does not have, then a layer on the device, which a
  /// QUANTIZE comes before.
  private static func network(_ activation: Activation = .none) -> Network {
    var builder = NetworkBuilder()
    let x = builder.input([1, 4], .int8, scale: 0.1, zeroPoint: 2)
    let s = builder.activation([1, 4], .int8, scale: 1 / 256, zeroPoint: -128)
    builder.node(.softmax(Softmax(beta: 1)), [x], s)
    let w = builder.constant([9, -8, 7, 6, -5, 4, 3, 2], [2, 4], .int8, Quantization(scale: 0.01))
    let y = builder.activation([1, 2], .int8, scale: 0.02, zeroPoint: 3)
    builder.node(.fullyConnected(FullyConnected(activation: activation)), [s, w, nil], y)
    return builder.finish(y)
  }

  @Test("an operator is named by its place in the source, whatever was added before it")
  func refusals() async throws {
    let profile = try HardwareProfile.resolve("nna-int8-pow2")
    let error = await #expect(throws: RequantizationError.self) {
      _ = try await Requantizer(profile: profile).requantize(Self.network(.tanh))
    }
    #expect(error?.description.contains("operator 1 (FULLY_CONNECTED)") == true, "\(String(describing: error))")
    #expect(error?.description.contains("operator 2") == false)
  }

  @Test("what was decided for a layer names the source's operator, and the result keeps no notes")
  func decisions() async throws {
    let profile = try HardwareProfile.resolve("nna-int8-pow2")
    let result = try await Requantizer(profile: profile).requantize(Self.network())
    #expect(result.network.nodes.map(\.operation.name) == ["SOFTMAX", "QUANTIZE", "FULLY_CONNECTED"])
    #expect(result.network.nodes.allSatisfy { $0.origin == nil })
    #expect(result.layers.map(\.node) == [2] && result.layers.map(\.sourceNode) == [1])
    #expect(result.network.label(ofNode: 2) == "operator 2 (FULLY_CONNECTED)")
  }

  @Test("an added operator is named by the one that it was added before")
  func added() {
    var network = Self.network()
    network.nodes[0].origin = .addedBefore(7)
    network.nodes[1].origin = .source(7)
    #expect(network.label(ofNode: 0) == "the SOFTMAX added before operator 7")
    #expect(network.label(ofNode: 1) == "operator 7 (FULLY_CONNECTED)")
  }
}
