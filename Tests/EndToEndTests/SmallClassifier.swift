import Arrays
import NetworkModel
import TFLite
import TestSupport
import Testing

/// A classifier of four classes for images of 6×6, so small that an unoptimized tool re-quantizes it in a moment.
enum SmallClassifier {
  static let model = "small.tflite"
  static let images = "small_images.npy"
  static let labels = "small_labels.npy"

  /// How many images there are.
  static let count = 48

  /// Writes the model, random images and the model's own answers as their labels.
  static func write(to folder: Workspace) throws {
    try folder.write(TFLiteFile(network()).bytes(), to: model)
    var random = SeededGenerator(seed: 2)
    let pixels = (0..<count * 36).map { _ in UInt8.random(in: 0...255, using: &random) }
    try NPYWriter.write(pixels, shape: [count, 6, 6, 1], to: folder.path(images))
    _ = try folder.tool("evaluate", model, "--inputs", images, "--predictions", labels)
  }

  /// A convolution, a depthwise one, a pointwise one, and a fully connected layer before a softmax; no format cuts much.
  ///
  /// - Parameter type: The type of the activations and weights: uint8, whose weights have a zero point, or int8.
  /// - Returns: The model.
  static func network(_ type: ElementType = .uint8) -> Network {
    var builder = NetworkBuilder()
    var random = SeededGenerator(seed: 3)
    let least: Int64 = type == .uint8 ? 0 : -128
    func weights(_ shape: [Int], _ scale: Float) -> Int {
      let values = (0..<Shape(shape).count).map { _ in Int64.random(in: least + 1...least + 255, using: &random) }
      return builder.constant(values, shape, type, Quantization(scale: scale, zeroPoint: type == .uint8 ? 121 : 0))
    }
    func activation(_ shape: [Int], _ scale: Float, above zeroPoint: Int64 = 0) -> Int {
      builder.activation(shape, type, scale: scale, zeroPoint: least + zeroPoint)
    }
    func bias(_ count: Int, _ scale: Float) -> Int {
      let values = (0..<count).map { _ in Int64.random(in: -400...400, using: &random) }
      return builder.constant(values, [count], .int32, Quantization(scale: scale))
    }
    let x = builder.input([1, 6, 6, 1], type, scale: 1 / 255, zeroPoint: least)
    let a = activation([1, 6, 6, 6], 6 / 255)
    builder.node(
      .conv2D(Conv2D(padding: .same, activation: .relu6)),
      [x, weights([6, 3, 3, 1], 0.01), bias(6, 0.01 / 255)], a)
    let b = activation([1, 6, 6, 6], 6 / 255)
    builder.node(
      .depthwiseConv2D(DepthwiseConv2D(padding: .same, depthMultiplier: 1, activation: .relu6)),
      [a, weights([1, 3, 3, 6], 0.008), bias(6, 0.008 * 6 / 255)], b)
    let c = activation([1, 6, 6, 4], 0.16, above: 119)
    builder.node(
      .conv2D(Conv2D(padding: .same)), [b, weights([4, 1, 1, 6], 0.009), bias(4, 0.009 * 6 / 255)], c)
    let d = activation([1, 144], 0.16, above: 119)
    builder.node(.reshape(Reshape(newShape: [1, 144])), [c], d)
    let e = activation([1, 4], 1.1, above: 128)
    builder.node(.fullyConnected(FullyConnected()), [d, weights([4, 144], 0.008), bias(4, 0.008 * 0.16)], e)
    let f = activation([1, 4], 1 / 256)
    builder.node(.softmax(Softmax(beta: 1)), [e], f)
    return builder.finish(f)
  }
}

/// What a command works on: a model, images and labels.
struct Subject: Sendable, CustomTestStringConvertible {
  let model: String
  let images: String
  let labels: String

  var testDescription: String { model }

  static let small = Subject(
    model: SmallClassifier.model, images: SmallClassifier.images, labels: SmallClassifier.labels)
  static let demo = Subject(model: Workspace.model, images: Workspace.images, labels: Workspace.labels)

  /// The small classifier, which a test has to write; in the exhaustive suite the demo's model too.
  static let all = TestScope.isExhaustive ? [small, demo] : [small]
}
