import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport

/// A convolution of random shape, options, numbers and machine, all from one seed.
struct RandomConvolution {
  var network = Network(tensors: [], nodes: [], inputs: [], outputs: [])
  var profile = HardwareProfile.generic
  var options = Slow.Options(padding: .same, strides: (1, 1), dilations: (1, 1), activation: .none)
  let isDepthwise: Bool
  var input: [Int32] = []
  private var generator: SeededGenerator

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    isDepthwise = generator.next() % 3 == 0
    randomizeMachine()
    build()
  }

  private mutating func pick<T>(_ choices: [T]) -> T { choices[Int(generator.next() % UInt64(choices.count))] }

  private mutating func pick(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(generator.next() % UInt64(range.count))
  }

  private mutating func randomizeMachine() {
    profile.accumulator.bits = pick([8, 10, 12, 13, 14, 16, 18, 20, 24, 32, 48, 64])
    profile.accumulator.overflow = pick([.wrap, .saturate, .wrap, .saturate, .trap])
    profile.accumulator.check = pick(OverflowCheck.allCases)
    profile.accumulator.groupSize = pick(1...7)
    profile.accumulator.order = pick(AccumulationOrder.allCases)
    profile.accumulator.bias = pick(BiasPosition.allCases)
    let (first, second) = (pick(Rounding.allCases), pick(Rounding.allCases))
    let choices: [[StageTemplate]] = [
      [.multiply(bits: 32, rounding: nil), .shift(rounding: first, minimum: -8, maximum: 62)],
      [
        .shiftLeft, .wrap(.int(32)), .multiply(bits: 32, rounding: first), .saturate(.int(32)),
        .shift(rounding: second, minimum: 0, maximum: 31),
      ],
      [
        .shiftLeft, .multiply(bits: 16, rounding: first), .saturate(.int(12)),
        .shift(rounding: second, minimum: 0, maximum: 40),
      ],
      [.float(bits: 64, rounding: first)], [.float(bits: 32, rounding: first)],
      [.shift(rounding: first, minimum: -4, maximum: 31)],
    ]
    profile.requantize = pick(choices)
  }

  private mutating func build() {
    var builder = NetworkBuilder()
    let type: ElementType = pick([.int8, .uint8])
    let range = type == .int8 ? -128...127 : 0...255
    let isShift = profile.requantize.count == 1 && profile.requantize[0].isShift
    let isPerChannel = type == .int8 && pick(0...1) == 1
    let groups = pick(1...3)
    let depth = pick(1...3)
    let channels = groups * depth
    let outputs = isDepthwise ? channels * pick(1...2) : groups * pick(1...3)
    let (kernelHeight, kernelWidth) = (pick(1...3), pick(1...3))
    options.strides = (pick(1...3), pick(1...3))
    options.dilations = (pick(1...2), pick(1...2))
    options.padding = pick([.same, .valid])
    options.activation = pick([.none, .none, .relu, .relu6, .reluN1To1])
    let (height, width) = (pick(5...8), pick(5...8))
    let inputScale: Float = isShift ? 0x1p-5 : Float(pick(1...1000)) / 7000
    let outputScale: Float = isShift ? 0x1p-4 : Float(pick(1...1000)) / 900
    let scales = (0..<(isPerChannel ? outputs : 1)).map { _ in
      isShift ? Float(sign: .plus, exponent: -pick(0...8), significand: 1) : Float(pick(1...1000)) / 7000
    }
    let x = builder.input(
      [pick(1...2), height, width, channels], type, scale: inputScale, zeroPoint: Int64(pick(range)))
    let weightShape =
      isDepthwise ? [1, kernelHeight, kernelWidth, outputs] : [outputs, kernelHeight, kernelWidth, depth]
    let count = weightShape.reduce(1, *)
    // Small weights now and then, so that narrow registers also stay within their range.
    let largest = pick([1, 7, 127])
    let weightZero = type == .uint8 ? pick(range) : 0
    let weights = (0..<count).map { _ in
      Int64(min(max(weightZero + pick(-largest...largest), range.lowerBound), range.upperBound))
    }
    let w = builder.constant(
      weights, weightShape, type,
      Quantization(
        scales: scales, zeroPoints: scales.map { _ in Int64(weightZero) }, axis: isDepthwise ? 3 : 0))
    let hasBias = pick(0...3) > 0
    let biases = (0..<outputs).map { _ in generator.nextSigned(bits: min(profile.accumulator.bits + 1, 22)) }
    let biasQuantization = Quantization(
      scales: scales.map { $0 * inputScale }, zeroPoints: scales.map { _ in 0 }, axis: 0)
    let b: Int? = hasBias ? builder.constant(biases, [outputs], .int32, biasQuantization) : nil
    let (rows, _) = Slow.placement(height, kernelHeight, options.strides.0, options.dilations.0, options.padding)
    let (columns, _) = Slow.placement(width, kernelWidth, options.strides.1, options.dilations.1, options.padding)
    let batch = builder.network.tensors[x].shape[0]
    let y = builder.activation(
      [batch, rows, columns, outputs], type, scale: outputScale, zeroPoint: Int64(pick(range)))
    builder.node(operation, hasBias ? [x, w, b] : [x, w], y)
    network = builder.finish(y)
    let elements = batch * height * width * channels
    input = (0..<elements).map { _ in Int32(pick(4) == 0 ? pick([range.lowerBound, range.upperBound]) : pick(range)) }
  }

  private mutating func pick(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }

  private var operation: Operation {
    if isDepthwise {
      return .depthwiseConv2D(
        DepthwiseConv2D(
          padding: options.padding, strideHeight: options.strides.0, strideWidth: options.strides.1,
          dilationHeight: options.dilations.0, dilationWidth: options.dilations.1, activation: options.activation))
    }
    return .conv2D(
      Conv2D(
        padding: options.padding, strideHeight: options.strides.0, strideWidth: options.strides.1,
        dilationHeight: options.dilations.0, dilationWidth: options.dilations.1, activation: options.activation))
  }
}

extension HardwareProfile {
  /// TensorFlow Lite's formats; tests replace the arithmetic.
  static var generic: HardwareProfile {
    var profile = HardwareProfile.host
    profile.name = "test"
    return profile
  }
}

extension StageTemplate {
  var isShift: Bool {
    if case .shift = self { return true }
    return false
  }
}
