import HardwareProfile
import NetworkModel
import Simulation
import TestSupport

/// Small networks that the tests of this target share.
enum Models {
  /// One of each kernel in a row: PAD, CONV_2D, DEPTHWISE_CONV_2D, ADD, pools, CONCATENATION, MEAN, RESHAPE,
  /// FULLY_CONNECTED, RELU, SOFTMAX, DEQUANTIZE behind a float QUANTIZE.
  static func everyKernel() -> Network {
    var generator = SeededGenerator(seed: 21)
    var builder = NetworkBuilder()
    func draw(_ count: Int) -> [Int64] { (0..<count).map { _ in generator.nextSigned(bits: 8) } }
    let floats = builder.input([1, 5, 5, 2], .float32, scale: nil)
    let x = builder.activation([1, 5, 5, 2], .int8, scale: 0.05, zeroPoint: -3)
    builder.node(.quantize(Quantize()), [floats], x)
    let amounts = builder.constant([0, 0, 1, 0, 0, 1, 0, 0], [4, 2], .int32)
    let padded = builder.activation([1, 6, 6, 2], .int8, scale: 0.05, zeroPoint: -3)
    builder.node(.pad(Pad()), [x, amounts], padded)
    let weights = builder.constant(
      draw(72), [4, 3, 3, 2], .int8,
      Quantization(scales: [0.01, 0.02, 0.03, 0.04], zeroPoints: [0, 0, 0, 0], axis: 0))
    let bias = builder.constant(draw(4), [4], .int32)
    let convolved = builder.activation([1, 6, 6, 4], .int8, scale: 0.1, zeroPoint: 5)
    builder.node(.conv2D(Conv2D(padding: .same)), [padded, weights, bias], convolved)
    let depthwise = builder.constant(draw(36), [1, 3, 3, 4], .int8, Quantization(scale: 0.02))
    let second = builder.activation([1, 6, 6, 4], .int8, scale: 0.2, zeroPoint: -7)
    builder.node(
      .depthwiseConv2D(DepthwiseConv2D(padding: .same, activation: .relu6)), [convolved, depthwise, nil], second)
    let sum = builder.activation([1, 6, 6, 4], .int8, scale: 0.3, zeroPoint: 1)
    builder.node(.add(Add()), [convolved, second], sum)
    let averaged = builder.activation([1, 3, 3, 4], .int8, scale: 0.3, zeroPoint: 1)
    let pool = Pool2D(padding: .same, filterHeight: 3, filterWidth: 2, strideHeight: 2, strideWidth: 2)
    builder.node(.averagePool2D(pool), [sum], averaged)
    let largest = builder.activation([1, 3, 3, 4], .int8, scale: 0.3, zeroPoint: 1)
    builder.node(.maxPool2D(pool), [sum], largest)
    let joined = builder.activation([1, 3, 3, 8], .int8, scale: 0.3, zeroPoint: 1)
    builder.node(.concatenation(Concatenation(axis: 3)), [averaged, largest], joined)
    let axes = builder.constant([1, 2], [2], .int32)
    let mean = builder.activation([1, 1, 1, 8], .int8, scale: 0.1, zeroPoint: 0)
    builder.node(.mean(Mean(keepsAxes: true)), [joined, axes], mean)
    let flat = builder.activation([1, 8], .int8, scale: 0.1, zeroPoint: 0)
    builder.node(.reshape(Reshape(newShape: [1, 8])), [mean], flat)
    let matrix = builder.constant(draw(40), [5, 8], .int8, Quantization(scale: 0.01))
    let product = builder.activation([1, 5], .int8, scale: 0.2, zeroPoint: 0)
    builder.node(.fullyConnected(FullyConnected()), [flat, matrix, nil], product)
    let rectified = builder.activation([1, 5], .int8, scale: 0.1, zeroPoint: -128)
    builder.node(.relu(Relu(.relu)), [product], rectified)
    let soft = builder.activation([1, 5], .int8, scale: 1 / 256, zeroPoint: -128)
    builder.node(.softmax(Softmax()), [rectified], soft)
    let real = builder.activation([1, 5], .float32, scale: nil)
    builder.node(.dequantize(Dequantize()), [soft], real)
    return builder.finish(real)
  }

  /// A fully connected layer `[1, depth] → [1, outputs]` with power-of-two scales.
  static func layer(
    weights: [[Int64]], bias: [Int64]? = nil, type: ElementType = .int8, zeroPoint: Int64 = 0,
    outputScale: Float = 16, activation: Activation = .none
  ) -> Network {
    var builder = NetworkBuilder()
    let x = builder.input([1, weights[0].count], type, scale: 1, zeroPoint: zeroPoint)
    let w = builder.constant(
      weights.flatMap(\.self), [weights.count, weights[0].count], type, Quantization(scale: 1))
    let b: Int? = bias.map { builder.constant($0, [weights.count], .int32) }
    let y = builder.activation([1, weights.count], type, scale: outputScale)
    builder.node(.fullyConnected(FullyConnected(activation: activation)), [x, w, b], y)
    return builder.finish(y)
  }

  /// TensorFlow Lite's arithmetic with another register.
  static func profile(
    bits: Int, _ overflow: (inout HardwareProfile) -> Void = { _ in }
  ) -> HardwareProfile {
    var profile = HardwareProfile.host
    profile.name = "register\(bits)"
    profile.accumulator.bits = bits
    profile.accumulator.check = .product
    overflow(&profile)
    return profile
  }
}
