import NetworkModel
import TFLite

/// Damage to what a tensor says of itself.
extension HostileModel {
  static let tensors: [HostileModel] = shapes + buffers + quantizations

  private static let shapes: [HostileModel] = [
    HostileModel("a negative extent", "extent -4", .convolution) { $0.tensor(0) { $0.set("shape", [1, -4, 4, 1]) } },
    HostileModel("an extent of −2^31", "extent -2147483648", .convolution) {
      $0.tensor(3) { $0.set("shape", [1, 2, Int64(Int32.min), 2]) }
    },
    HostileModel("an extent of 0", "extent 0", .convolution) { $0.tensor(1) { $0.set("shape", [2, 3, 0, 1]) } },
    HostileModel("extents of 2^31 − 1", "more than", .convolution) {
      $0.tensor(3) { $0.set("shape", Array(repeating: Int64(Int32.max), count: 4)) }
    },
    HostileModel("extents whose product is 2^64, which wraps to 0", "more than", .convolution) {
      $0.tensor(3) { $0.set("shape", Array(repeating: 65536, count: 4)) }
    },
    HostileModel("no axes", "needs a 4-axis input", .convolution) { $0.tensor(0) { $0.set("shape", [Int64]()) } },
    HostileModel("five axes", "needs a 4-axis input", .convolution) {
      $0.tensor(0) { $0.set("shape", [1, 1, 4, 4, 1]) }
    },
    HostileModel("a million axes", "has 1000004 axes", .add) {
      let shape = Array(repeating: Int64(1), count: 1_000_000) + [1, 4, 4, 1]
      for index in [0, 2] { $0.tensor(index) { $0.set("shape", shape) } }
    },
    HostileModel("a bias of three channels for two", "bias 3", .convolution) {
      $0.tensor(2) { $0.set("shape", [3]) }
      $0.quantization(2) { $0.set("scale", floats: [1, 1, 1]) }
      $0.quantization(2) { $0.set("zeroPoint", [0, 0, 0]) }
      $0.numbers(2, [1, 2, 3])
    },
    HostileModel("another shape than the operator gives", "declared 1×9×9×2", .convolution) {
      $0.tensor(3) { $0.set("shape", [1, 9, 9, 2]) }
    },
    HostileModel("a shape of the demo that nobody gives", "declared", .demo) { file in
      file.tensor(Int(file.model.tables("subgraphs")[0].integers("outputs")[0])) { $0.set("shape", [1, 11]) }
    },
  ]

  private static let buffers: [HostileModel] = [
    HostileModel("an unknown element type", "has the type 99", .convolution) { $0.tensor(0) { $0.set("type", 99) } },
    HostileModel("a negative element type", "has the type -1", .convolution) { $0.tensor(0) { $0.set("type", -1) } },
    HostileModel("an input of strings", "here they are string", .convolution, at: .lowering) {
      $0.tensor(0) { tensor in
        tensor.set("type", 5)
        tensor["quantization"] = nil
      }
    },
    HostileModel("constant strings", "no fixed size", .convolution) { $0.tensor(1) { $0.set("type", 5) } },
    HostileModel("float32 weights in as many bytes", "72 bytes; its buffer holds 18", .convolution) {
      $0.tensor(1) { $0.set("type", 0) }
    },
    HostileModel("uint8 weights for an int8 input", "both must be equal", .convolution, at: .lowering) {
      $0.tensor(1) { $0.set("type", 3) }
    },
    HostileModel("an output of int32", "here they are int32", .convolution, at: .lowering) {
      $0.tensor(5) { $0.set("type", 2) }
    },
    HostileModel("a bias of float32", "bias", .convolution, at: .lowering) { $0.tensor(2) { $0.set("type", 0) } },
    HostileModel("a bias of int64", "bias that is no constant of type int32", .convolution, at: .lowering) {
      $0.tensor(2) { $0.set("type", 4) }
      $0.data(2) { _ in Array(repeating: 0, count: 16) }
    },
    HostileModel("a buffer that is not there", "in buffer 4294967295", .convolution) {
      $0.tensor(1) { $0.set("buffer", Int64(UInt32.max)) }
    },
    HostileModel("weights without data", "before it is written", .convolution) { $0.tensor(1) { $0.set("buffer", 0) } },
    HostileModel("weights whose buffer is empty", "before it is written", .convolution) { $0.data(1) { _ in [] } },
    HostileModel("a buffer that is too short", "its buffer holds 17", .convolution) {
      $0.data(1) { Array($0.dropLast()) }
    },
    HostileModel("a buffer that is too long", "its buffer holds 19", .convolution) { $0.data(1) { Array($0) + [0] } },
    HostileModel("data in the buffer that means none", "buffers[0]", .convolution) {
      $0.model.change("buffers", 0) { $0.set("data", bytes: [1, 2, 3]) }
    },
    HostileModel("no buffers at all", "and the file has 0 buffers", .convolution) {
      $0.model.set("buffers", [Table]())
    },
    HostileModel("sparse weights", "stored sparsely", .convolution) {
      $0.tensor(1) { $0.set("sparsity", Table(.sparsityParameters)) }
    },
  ]

  private static let quantizations: [HostileModel] = [
    HostileModel("a scale of zero", "has the scale 0.0", .convolution) { $0.scale(0, 0) },
    HostileModel("a scale of −0", "has the scale -0.0", .convolution) { $0.scale(3, -0.0) },
    HostileModel("a negative scale", "has the scale -0.5", .convolution) { $0.scale(3, -0.5) },
    HostileModel("a scale that is no number", "has the scale nan", .convolution) { $0.scale(5, .nan) },
    HostileModel("an infinite scale", "has the scale inf", .convolution) { $0.scale(4, .infinity) },
    HostileModel("one zero among the channels' scales", "has the scale 0.0 at 1", .convolution) {
      $0.quantization(1) { $0.set("scale", floats: [0.5, 0]) }
    },
    HostileModel("a NaN scale in the demo", "has the scale nan", .demo) { $0.scale(0, .nan) },
    HostileModel("a denormal scale before SOFTMAX", "out of range", .convolution, at: .lowering) {
      $0.scale(5, .leastNonzeroMagnitude)
    },
    HostileModel("an input scale of 3e38", "factor", .convolution, at: .lowering) { $0.scale(0, 3e38) },
    HostileModel(
      "uint8 scales whose product is zero in float32", "not a positive number", .byteConvolution, at: .lowering
    ) {
      for index in [0, 1, 2] { $0.scale(index, 0x1p-130) }
    },
    HostileModel(
      "uint8 scales whose product is infinite in float32", "not a positive number", .byteConvolution, at: .lowering
    ) {
      for index in [0, 1] { $0.scale(index, 1e38) }
      $0.tensor(2) { $0["quantization"] = nil }
    },
    HostileModel("a bias scale that is not input times weights", "has the bias scale", .byteConvolution, at: .lowering)
    {
      $0.scale(2, 0.5)
    },
    HostileModel("three scales for two channels", "has 3 scales", .convolution) {
      $0.quantization(1) { quantization in
        quantization.set("scale", floats: [1, 1, 1])
        quantization.set("zeroPoint", [0, 0, 0])
      }
    },
    HostileModel("scales without zero points", "has 2 scales and 0 zero points", .convolution) {
      $0.quantization(1) { $0.set("zeroPoint", [Int64]()) }
    },
    HostileModel("a zero point that int8 cannot hold", "zero point 128", .convolution) {
      $0.quantization(3) { $0.set("zeroPoint", [128]) }
    },
    HostileModel("a zero point of −2^63", "zero point -9223372036854775808", .convolution) {
      $0.quantization(0) { $0.set("zeroPoint", [Int64.min]) }
    },
    HostileModel("an axis that weights do not have", "along the axis 9", .convolution) {
      $0.quantization(1) { $0.set("quantizedDimension", 9) }
    },
    HostileModel("an axis of −1", "along the axis -1", .convolution) {
      $0.quantization(1) { $0.set("quantizedDimension", -1) }
    },
    HostileModel("scales along an axis that is not the channels'", "instead of 0", .convolution, at: .lowering) {
      $0.quantization(4) { quantization in
        quantization.set("scale", floats: Array(repeating: 1, count: 8))
        quantization.set("zeroPoint", Array(repeating: 0, count: 8))
        quantization.set("quantizedDimension", 1)
      }
    },
    HostileModel("int8 filters with a zero point", "it must be 0", .convolution, at: .lowering) {
      $0.quantization(1) { $0.set("zeroPoint", [0, 5]) }
    },
    HostileModel("a bias with a zero point", "bias with the zero point", .convolution, at: .lowering) {
      $0.quantization(2) { $0.set("zeroPoint", [7, 7]) }
    },
    HostileModel("activations without scales", "activations have a scale", .convolution, at: .lowering) {
      $0.tensor(3) { $0["quantization"] = nil }
    },
    HostileModel("weights without scales", "without scales", .convolution, at: .lowering) {
      $0.tensor(4) { $0["quantization"] = nil }
    },
  ]
}
