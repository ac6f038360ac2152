import NetworkModel
import TFLite
import TestSupport
import Testing

/// Weights of 4 bits, two to a byte.
@Suite struct PackedWeightsTests {
  /// A fully connected layer with an odd number of weights, one scale for each channel.
  static func network() -> Network {
    var builder = NetworkBuilder()
    let x = builder.input([1, 5])
    let values = (0..<15).map { Int64($0 % 16) - 8 }
    let scales: [Float] = [0.5, 0.25, 2]
    let w = builder.constant(values, [3, 5], .int4, Quantization(scales: scales, zeroPoints: [0, 0, 0], axis: 0))
    let b = builder.constant([1, 2, 3], [3], .int32, Quantization(scales: scales, zeroPoints: [0, 0, 0], axis: 0))
    let y = builder.activation([1, 3])
    builder.node(.fullyConnected(FullyConnected()), [x, w, b], y)
    return builder.finish(y)
  }

  @Test func aFileHoldsThemTwoToAByteTheFirstInTheLowHalf() throws {
    let file = try TFLiteFile(bytes: TFLiteFile(Self.network()).bytes())
    let weights = try #require(try file.network().tensors.first { $0.type == .int4 })
    // −8 is 1000, −7 is 1001, and so on; the odd element leaves the last high half empty.
    #expect(weights.data.map(Array.init) == [0x98, 0xBA, 0xDC, 0xFE, 0x10, 0x32, 0x54, 0x06])
    #expect(weights.integers() == (0..<15).map { Int64($0) - 8 })
  }

  @Test func theySurviveAndSoDoesTheFile() throws {
    let bytes = try TFLiteFile(Self.network()).bytes()
    let again = try TFLiteFile(bytes: bytes)
    let network = try again.network()
    #expect(network.validate() == [])
    for (old, new) in zip(Self.network().tensors, network.tensors) {
      #expect(old.type == new.type && old.data == new.data && old.quantization == new.quantization)
    }
    #expect(try TFLiteFile(network).bytes() == bytes)
  }

  @Test func aBufferOfTheWrongSizeIsAFault() throws {
    var network = Self.network()
    let weights = try #require(network.tensors.firstIndex { $0.type == .int4 })
    network.tensors[weights].data = network.tensors[weights].data?.dropLast()
    #expect(network.validate().map(\.message) == ["is 3×5 of int4: 8 bytes; its buffer holds 7"])
  }
}
