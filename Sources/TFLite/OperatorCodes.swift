internal import NetworkModel

/// A row per operator. Versions follow TensorFlow Lite's `tools/versioning/op_version.cc`.
extension OperatorCode {
  static let conv2D = OperatorCode(
    3, .conv2DOptions, version: convolutionVersion,
    decode: { options throws(OptionFault) in
      .conv2D(
        Conv2D(
          padding: try options.padding(), strideHeight: options.int("strideH"), strideWidth: options.int("strideW"),
          dilationHeight: options.int("dilationHFactor"), dilationWidth: options.int("dilationWFactor"),
          activation: try options.activation(), biasType: try options.biasType()))
    },
    encode: { operation, table in
      guard case .conv2D(let rules) = operation else { return }
      table.update(rules.padding)
      table.update("strideH", rules.strideHeight)
      table.update("strideW", rules.strideWidth)
      table.update("dilationHFactor", rules.dilationHeight)
      table.update("dilationWFactor", rules.dilationWidth)
      table.update(rules.activation)
      table.update(biasType: rules.biasType)
    })

  static let depthwiseConv2D = OperatorCode(
    4, .depthwiseConv2DOptions, version: depthwiseVersion,
    decode: { options throws(OptionFault) in
      .depthwiseConv2D(
        DepthwiseConv2D(
          padding: try options.padding(), strideHeight: options.int("strideH"), strideWidth: options.int("strideW"),
          dilationHeight: options.int("dilationHFactor"), dilationWidth: options.int("dilationWFactor"),
          depthMultiplier: options.int("depthMultiplier"), activation: try options.activation()))
    },
    encode: { operation, table in
      guard case .depthwiseConv2D(let rules) = operation else { return }
      table.update(rules.padding)
      table.update("strideH", rules.strideHeight)
      table.update("strideW", rules.strideWidth)
      table.update("dilationHFactor", rules.dilationHeight)
      table.update("dilationWFactor", rules.dilationWidth)
      table.update("depthMultiplier", rules.depthMultiplier)
      table.update(rules.activation)
    })

  static let fullyConnected = OperatorCode(
    9, .fullyConnectedOptions, version: fullyConnectedVersion,
    decode: { options throws(OptionFault) in
      try options.require("weightsFormat", is: 0, "weights in a shuffled order")
      return .fullyConnected(
        FullyConnected(
          activation: try options.activation(), keepsAxes: options.table.flag("keepNumDims"),
          quantizesInputsAsymmetrically: options.table.flag("asymmetricQuantizeInputs"),
          biasType: try options.biasType()))
    },
    encode: { operation, table in
      guard case .fullyConnected(let rules) = operation else { return }
      table.update(rules.activation)
      table.update("keepNumDims", flag: rules.keepsAxes)
      table.update("asymmetricQuantizeInputs", flag: rules.quantizesInputsAsymmetrically)
      table.update(biasType: rules.biasType)
    })

  static let add = OperatorCode(
    0, .addOptions, version: { $0.byInput() },
    decode: { options throws(OptionFault) in
      .add(
        Add(
          activation: try options.activation(), usesPowerOfTwoScalesForInt16: options.table.flag("potScaleInt16")))
    },
    encode: { operation, table in
      guard case .add(let rules) = operation else { return }
      table.update(rules.activation)
      table.update("potScaleInt16", flag: rules.usesPowerOfTwoScalesForInt16)
    })

  static let averagePool2D = OperatorCode(
    1, .pool2DOptions, version: { $0.byInput() },
    decode: { options throws(OptionFault) in .averagePool2D(try Pool2D(options)) },
    encode: { operation, table in
      if case .averagePool2D(let window) = operation { window.encode(&table) }
    })

  static let maxPool2D = OperatorCode(
    17, .pool2DOptions, version: { $0.byInput() },
    decode: { options throws(OptionFault) in .maxPool2D(try Pool2D(options)) },
    encode: { operation, table in
      if case .maxPool2D(let window) = operation { window.encode(&table) }
    })

  static let mean = OperatorCode(
    40, .reducerOptions, version: { $0.byInput() },
    decode: { options in .mean(Mean(keepsAxes: options.table.flag("keepDims"))) },
    encode: { operation, table in
      if case .mean(let rules) = operation { table.update("keepDims", flag: rules.keepsAxes) }
    })

  static let reshape = OperatorCode(
    22, .reshapeOptions, version: { _ in 1 },
    decode: { options in .reshape(Reshape(newShape: options.ints("newShape"))) },
    encode: { operation, table in
      if case .reshape(let rules) = operation { table.update("newShape", rules.newShape) }
    })

  static let softmax = OperatorCode(
    25, .softmaxOptions, version: { $0.byInput() },
    decode: { options in .softmax(Softmax(beta: options.table.float("beta"))) },
    encode: { operation, table in
      guard case .softmax(let rules) = operation, table.float("beta") != rules.beta else { return }
      table.set("beta", float: rules.beta)
    })

  static let quantize = OperatorCode(
    114, .quantizeOptions, version: { $0.output == .int16 ? 2 : 1 },
    decode: { _ in .quantize(Quantize()) })

  static let dequantize = OperatorCode(
    6, .dequantizeOptions, version: { $0.input == .float16 ? 3 : $0.byInput() },
    decode: { _ in .dequantize(Dequantize()) })

  static let pad = OperatorCode(
    34, .padOptions, version: { min($0.byInput(), 2) }, decode: { _ in .pad(Pad()) })

  static let padV2 = OperatorCode(
    60, .padV2Options, version: { min($0.byInput(), 2) }, decode: { _ in .pad(Pad(hasValue: true)) })

  static let concatenation = OperatorCode(
    2, .concatenationOptions, version: { $0.byInput() },
    decode: { options throws(OptionFault) in
      .concatenation(Concatenation(axis: options.int("axis"), activation: try options.activation()))
    },
    encode: { operation, table in
      guard case .concatenation(let rules) = operation else { return }
      table.update("axis", rules.axis)
      table.update(rules.activation)
    })

  static let relu = OperatorCode(
    19, nil, version: { $0.input == .uint8 ? 2 : $0.byInput() }, decode: { _ in .relu(Relu(.relu)) })

  static let reluN1To1 = OperatorCode(20, nil, version: { _ in 1 }, decode: { _ in .relu(Relu(.reluN1To1)) })

  static let relu6 = OperatorCode(
    21, nil, version: { $0.input == .uint8 ? 2 : $0.byInput() }, decode: { _ in .relu(Relu(.relu6)) })

  /// Every operator that can be read.
  static let all: [OperatorCode] =
    [
      add, averagePool2D, concatenation, conv2D, depthwiseConv2D, dequantize, fullyConnected, maxPool2D, mean, pad,
      padV2,
      quantize, relu, reluN1To1, relu6, reshape, softmax,
    ] + elementwise + movements

  /// The row of an operator of the file, or `nil` when it cannot be read.
  static func row(code: Int) -> OperatorCode? { byCode[code] }

  private static let byCode = Dictionary(uniqueKeysWithValues: all.map { ($0.code, $0) })

  /// The row of an operation.
  static func row(for operation: Operation) -> OperatorCode {
    switch operation {
    case .conv2D: conv2D
    case .depthwiseConv2D: depthwiseConv2D
    case .fullyConnected: fullyConnected
    case .add: add
    case .averagePool2D: averagePool2D
    case .maxPool2D: maxPool2D
    case .mean: mean
    case .reshape: reshape
    case .softmax: softmax
    case .quantize: quantize
    case .dequantize: dequantize
    case .pad(let rules): rules.hasValue ? padV2 : pad
    case .concatenation: concatenation
    case .relu(let rules): rules.clamp == .relu6 ? relu6 : rules.clamp == .relu ? relu : reluN1To1
    case .binary(let rules): row(for: rules.function)
    case .unary(let rules): row(for: rules.function)
    case .prelu: prelu
    case .cast: cast
    case .argMax(let rules): rules.findsMinimum ? argMin : argMax
    case .resize(let rules): rules.takesNearest ? resizeNearestNeighbor : resizeBilinear
    case .movement(let movement): row(for: movement)
    case .pack: pack
    case .sequenceLSTM: sequenceLSTM
    case .sum: sum
    case .svdf: svdf
    case .l2Normalization: l2Normalization
    case .batchMatMul: batchMatMul
    case .transposeConv: transposeConv
    case .lookup(let rules): rules.axis == nil ? gatherND : gather
    }
  }
}

// MARK: - Versions

private func convolutionVersion(_ facts: VersionFacts) -> Int {
  if case .conv2D(let rules) = facts.operation, rules.biasType != nil { return 8 }
  if facts.inputs.count > 1, let input = facts.inputs[0]?.shape, let weights = facts.inputs[1]?.shape,
    input.rank == 4, weights.rank == 4, input[3] != weights[3]
  {
    return 6
  }
  switch (facts.input, facts.weights) {
  case (.int16, _): return 4
  case (.int8, .int4): return 7
  case (.int8, _): return 3
  case (.float32, .int8): return 2
  default: return 1
  }
}

private func depthwiseVersion(_ facts: VersionFacts) -> Int {
  switch (facts.input, facts.weights) {
  case (.int16, _): return 5
  // TensorFlow Lite counts 7; LiteRT's reference kernels compute it too, but are registered up to 6.
  case (.int8, .int4): return 6
  case (.int8, _): return 3
  case (.float32, .int8): return 4
  default:
    guard case .depthwiseConv2D(let rules) = facts.operation else { return 1 }
    return rules.dilationHeight == 1 && rules.dilationWidth == 1 ? 1 : 2
  }
}

private func fullyConnectedVersion(_ facts: VersionFacts) -> Int {
  if case .fullyConnected(let rules) = facts.operation, rules.biasType != nil { return 11 }
  if facts.input == .int16 { return 7 }
  if facts.input == .int8, facts.weights == .int4 { return 10 }
  if facts.inputs.count < 3 || facts.inputs[2] == nil { return 6 }
  if case .fullyConnected(let rules) = facts.operation, rules.keepsAxes { return 5 }
  if facts.input == .int8 { return 4 }
  return facts.input == .float32 && facts.weights == .int8 ? 3 : 1
}

// MARK: - Shared options

extension Pool2D {
  fileprivate init(_ options: Options) throws(OptionFault) {
    self.init(
      padding: try options.padding(), filterHeight: options.int("filterHeight"),
      filterWidth: options.int("filterWidth"), strideHeight: options.int("strideH"),
      strideWidth: options.int("strideW"), activation: try options.activation())
  }

  fileprivate func encode(_ table: inout Table) {
    table.update(padding)
    table.update("strideH", strideHeight)
    table.update("strideW", strideWidth)
    table.update("filterHeight", filterHeight)
    table.update("filterWidth", filterWidth)
    table.update(activation)
  }
}
