import NetworkModel
import TFLite
import TestSupport

/// The sound models that hostile ones are made from; tensors have the indices in the order of the lines.
enum HostileBase: String, CaseIterable, Sendable {
  case demo, convolution, depthwise, byteConvolution, averagePool, maxPool, mean, pad, add, reshape, concatenation
  case conversions

  /// The model as a file.
  func file() throws -> TFLiteFile {
    if self == .demo {
      let bytes = try RepositoryFiles.data("Sources/DemoModel/Resources/demo_int8.tflite")
      return try TFLiteFile(bytes: Array(bytes))
    }
    return try TFLiteFile(network())
  }

  /// The model.
  func network() throws -> Network {
    switch self {
    case .demo: try file().network()
    case .convolution: Self.convolutionNetwork()
    case .depthwise: Self.depthwiseNetwork()
    case .byteConvolution: Self.byteConvolutionNetwork()
    case .averagePool: Self.poolNetwork { .averagePool2D($0) }
    case .maxPool: Self.poolNetwork { .maxPool2D($0) }
    case .mean: Self.meanNetwork()
    case .pad: Self.padNetwork()
    case .add: Self.addNetwork()
    case .reshape: Self.reshapeNetwork()
    case .concatenation: Self.concatenationNetwork()
    case .conversions: Self.conversionNetwork()
    }
  }

  private static func ramp(_ count: Int) -> [Int64] { (0..<count).map { Int64($0 % 7) } }

  private static func convolutionNetwork() -> Network {
    var builder = NetworkBuilder()
    let image = builder.input([1, 4, 4, 1], scale: 0.5, zeroPoint: -1)
    let filter = builder.constant(
      ramp(18), [2, 3, 3, 1], .int8, Quantization(scales: [0.5, 0.25], zeroPoints: [0, 0], axis: 0))
    let bias = builder.constant(
      [1, 2], [2], .int32, Quantization(scales: [0.25, 0.125], zeroPoints: [0, 0], axis: 0))
    let features = builder.activation([1, 2, 2, 2], scale: 0.125, zeroPoint: 3)
    let weights = builder.constant(ramp(24), [3, 8], .int8, Quantization(scale: 0.5))
    let logits = builder.activation([1, 3], scale: 0.25)
    let probabilities = builder.activation([1, 3], scale: 1 / 256, zeroPoint: -128)
    builder.node(.conv2D(Conv2D(padding: .valid, activation: .relu6)), [image, filter, bias], features)
    builder.node(.fullyConnected(FullyConnected()), [features, weights, nil], logits)
    builder.node(.softmax(Softmax(beta: 1)), [logits], probabilities)
    return builder.finish(probabilities)
  }

  private static func depthwiseNetwork() -> Network {
    var builder = NetworkBuilder()
    let image = builder.input([1, 4, 4, 2])
    let filter = builder.constant(ramp(18), [1, 3, 3, 2], .int8, Quantization(scale: 0.5))
    let bias = builder.constant([1, 2], [2], .int32, Quantization(scale: 0.5))
    let output = builder.activation([1, 4, 4, 2])
    builder.node(.depthwiseConv2D(DepthwiseConv2D(padding: .same)), [image, filter, bias], output)
    return builder.finish(output)
  }

  private static func byteConvolutionNetwork() -> Network {
    var builder = NetworkBuilder()
    let image = builder.input([1, 4, 4, 1], .uint8, scale: 0.5, zeroPoint: 128)
    let filter = builder.constant(ramp(18), [2, 3, 3, 1], .uint8, Quantization(scale: 0.25, zeroPoint: 3))
    let bias = builder.constant([1, 2], [2], .int32, Quantization(scale: 0.125))
    let output = builder.activation([1, 2, 2, 2], .uint8, scale: 0.25)
    builder.node(.conv2D(Conv2D(padding: .valid)), [image, filter, bias], output)
    return builder.finish(output)
  }

  private static func poolNetwork(_ operation: (Pool2D) -> Operation) -> Network {
    var builder = NetworkBuilder()
    let image = builder.input([1, 4, 4, 2])
    let output = builder.activation([1, 2, 2, 2])
    let window = Pool2D(padding: .valid, filterHeight: 2, filterWidth: 2, strideHeight: 2, strideWidth: 2)
    builder.node(operation(window), [image], output)
    return builder.finish(output)
  }

  private static func meanNetwork() -> Network {
    var builder = NetworkBuilder()
    let image = builder.input([1, 4, 4, 2])
    let axes = builder.constant([1, 2], [2], .int32)
    let output = builder.activation([1, 2])
    builder.node(.mean(Mean(keepsAxes: false)), [image, axes], output)
    return builder.finish(output)
  }

  private static func padNetwork() -> Network {
    var builder = NetworkBuilder()
    let image = builder.input([1, 2, 2, 1])
    let amounts = builder.constant([0, 0, 1, 1, 1, 1, 0, 0], [4, 2], .int32)
    let output = builder.activation([1, 4, 4, 1])
    builder.node(.pad(Pad()), [image, amounts], output)
    return builder.finish(output)
  }

  private static func addNetwork() -> Network {
    var builder = NetworkBuilder()
    let image = builder.input([1, 4, 4, 1])
    let constant = builder.constant(ramp(4), [1, 1, 4, 1], .int8, Quantization(scale: 0.5))
    let output = builder.activation([1, 4, 4, 1], scale: 2)
    builder.node(.add(Add()), [image, constant], output)
    return builder.finish(output)
  }

  private static func reshapeNetwork() -> Network {
    var builder = NetworkBuilder()
    let image = builder.input([1, 4, 4, 1])
    let shape = builder.constant([1, -1], [2], .int32)
    let output = builder.activation([1, 16])
    builder.node(.reshape(Reshape()), [image, shape], output)
    return builder.finish(output)
  }

  private static func concatenationNetwork() -> Network {
    var builder = NetworkBuilder()
    let image = builder.input([1, 1, 1, 2], .uint8, scale: 0.5)
    let output = builder.activation([1, 1, 1, 4], .uint8)
    builder.node(.concatenation(Concatenation(axis: 3)), [image, image], output)
    return builder.finish(output)
  }

  private static func conversionNetwork() -> Network {
    var builder = NetworkBuilder()
    let image = builder.input([1, 4, 4, 1], .float32, scale: nil)
    let stored = builder.activation([1, 4, 4, 1])
    let clamped = builder.activation([1, 4, 4, 1])
    let output = builder.activation([1, 4, 4, 1], .float32, scale: nil)
    builder.node(.quantize(Quantize()), [image], stored)
    builder.node(.relu(Relu(.relu)), [stored], clamped)
    builder.node(.dequantize(Dequantize()), [clamped], output)
    return builder.finish(output)
  }
}
