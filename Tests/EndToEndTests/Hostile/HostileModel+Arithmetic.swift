import TFLite

/// Numbers that no arithmetic serves.
extension HostileModel {
  static let arithmetic: [HostileModel] = [
    HostileModel("a softmax of beta 0", "beta is 0.0", .convolution) { $0.options(2) { $0.set("beta", float: 0) } },
    HostileModel("a softmax of beta −1", "beta is -1.0", .convolution) { $0.options(2) { $0.set("beta", float: -1) } },
    HostileModel("a softmax of beta NaN", "beta is nan", .convolution) {
      $0.options(2) { $0.set("beta", float: .nan) }
    },
    HostileModel("a softmax of infinite beta", "beta is inf", .convolution) {
      $0.options(2) { $0.set("beta", float: .infinity) }
    },
    HostileModel("a softmax of beta 1e-38", "out of range", .convolution, at: .lowering) {
      $0.options(2) { $0.set("beta", float: 1e-38) }
    },
    HostileModel("a softmax of output scale 1/128", "scale 1/256", .convolution, at: .lowering) {
      $0.scale(6, 1 / 128)
    },
    HostileModel("a softmax of output zero point 0", "scale 1/256", .convolution, at: .lowering) {
      $0.quantization(6) { $0.set("zeroPoint", [0]) }
    },
    HostileModel("a convolution of output scale 1e-38", "factor", .convolution, at: .lowering) { $0.scale(3, 1e-38) },
    HostileModel("an addition of output scale 1e-38", "factor", .add, at: .lowering) { $0.scale(2, 1e-38) },
    HostileModel("a mean of output scale 1e-45", "factor", .mean, at: .lowering) {
      $0.scale(2, .leastNonzeroMagnitude)
    },
    HostileModel("a RELU from scale 3e38 to 1e-45", "factor", .conversions, at: .lowering) {
      $0.scale(1, 3e38)
      $0.scale(2, .leastNonzeroMagnitude)
    },
    HostileModel("a RELU from scale 1e-45 to 3e38", "factor", .conversions, at: .lowering) {
      $0.scale(1, .leastNonzeroMagnitude)
      $0.scale(2, 3e38)
    },
    HostileModel("a concatenation of output scale 1e-45", "scale", .concatenation, at: .lowering) {
      $0.scale(1, .leastNonzeroMagnitude)
    },
    HostileModel("a pool that changes the scale", "equal scales", .averagePool, at: .lowering) { $0.scale(1, 2) },
    HostileModel("a reshape that changes the zero point", "equal scales", .reshape, at: .lowering) {
      $0.quantization(2) { $0.set("zeroPoint", [1]) }
    },
    HostileModel("a pool that changes the type", "both must be equal", .maxPool, at: .lowering) {
      $0.tensor(1) { $0.set("type", 3) }
    },
    HostileModel("an addition of int8 and uint8", "all three must be equal", .add, at: .lowering) {
      $0.tensor(1) { $0.set("type", 3) }
    },
  ]

  static let strangeModels: [HostileModel] =
    [
      HostileModel("a softmax of beta 1e38", "", .convolution) { $0.options(2) { $0.set("beta", float: 1e38) } },
      HostileModel("an output scale of 1e38", "", .convolution) { $0.scale(5, 1e38) },
      HostileModel("a denormal scale of weights", "", .convolution) { $0.scale(4, .leastNonzeroMagnitude) },
      HostileModel("an output scale of 3e38 before DEQUANTIZE", "", .conversions) {
        for index in [1, 2] { $0.scale(index, 3e38) }
      },
      HostileModel("an input scale of 1e-45 after float32", "", .conversions) {
        for index in [1, 2] { $0.scale(index, .leastNonzeroMagnitude) }
      },
      HostileModel("an addition of scales 1e-45 and 3e38", "", .add) {
        $0.scale(0, .leastNonzeroMagnitude)
        $0.scale(1, 3e38)
        $0.scale(2, 3e38)
      },
      HostileModel("a bias at both ends of int32", "", .convolution) {
        $0.numbers(2, [Int64(Int32.min), Int64(Int32.max)])
      },
      HostileModel("a pool over all of the image by a filter of 2^23", "", .maxPool) {
        $0.options(0) { options in
          options.set("padding", 0)
          options.set("filterHeight", 1 << 23)
          options.set("filterWidth", 1 << 23)
        }
      },
      HostileModel("a tensor of 2^62 elements that nobody uses", "", .convolution) { file in
        var unused = Table(.tensor)
        unused.set("shape", [1 << 30, 1 << 30, 4])
        file.graph { $0.set("tensors", $0.tables("tensors") + [unused]) }
      },
      HostileModel("a mean of input scale 1e-45", "", .mean) { $0.scale(0, .leastNonzeroMagnitude) },
      HostileModel("a mean that names an axis twice", "", .mean) { file in
        file.tensor(1) { $0.set("shape", [4]) }
        file.numbers(1, [1, 2, -3, -2])
      },
    ] + largeStrangeModels
}
