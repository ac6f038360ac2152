internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel

/// Convolutions and fully connected layers.
extension NodeLowering {
  func convolution(_ rules: Conv2D) throws(OperatorFault) -> Step {
    let (input, weights) = (try operand(0), try operand(1))
    let geometry = try windowGeometry(
      rules.rows(weights.shape), rules.columns(weights.shape), input.shape, rules.padding)
    return try weighted(
      rules.activation, input: input.shape, output: output.shape, geometry, groups: input.shape[3] / weights.shape[3],
      channelAxis: 0)
  }

  func depthwiseConvolution(_ rules: DepthwiseConv2D) throws(OperatorFault) -> Step {
    let (input, weights) = (try operand(0), try operand(1))
    let geometry = try windowGeometry(
      rules.rows(weights.shape), rules.columns(weights.shape), input.shape, rules.padding)
    return try weighted(
      rules.activation, input: input.shape, output: output.shape, geometry, groups: input.shape[3], channelAxis: 3)
  }

  /// A convolution, without a stride and with the filter turned around, over the spread input.
  ///
  /// Its operands come into the order of a convolution's first.
  func transposeConvolution(_ rules: TransposeConv) throws(OperatorFault) -> Step {
    let (weights, input) = (try operand(1), try operand(2))
    guard let parts = rules.windows(input: input.shape, weights: weights.shape, output: output.shape) else {
      throw OperatorFault("has windows that do not meet its input")
    }
    let isGapped =
      rules.padding == .same && (weights.shape[1] < rules.strideHeight || weights.shape[2] < rules.strideWidth)
    let kernelLowering = try taking(.gapsInPaddingSame, isMet: isGapped)
    let windows = parts.map {
      (window: Window(size: $0.window.size, stride: 1), before: $0.window.size - 1 - $0.before)
    }
    let geometry = WindowGeometry(
      rows: windows[0].window, columns: windows[1].window, padTop: windows[0].before, padLeft: windows[1].before)
    var lowering = kernelLowering
    lowering.node.inputs = [node.input(2), node.input(1), node.input(3)]
    let step = try lowering.weighted(
      rules.activation, input: input.shape, output: output.shape, geometry, groups: 1, channelAxis: 0, isTurned: true)
    guard case .convolution(var kernel) = step.kernel else { return step }
    kernel.spread = [rules.strideHeight, rules.strideWidth]
    return lowering.step(.convolution(kernel))
  }

  func fullyConnected(_ rules: FullyConnected) throws(OperatorFault) -> Step {
    let (input, weights) = (try operand(0), try operand(1))
    let rows = input.shape.count / weights.shape[1]
    let pixel = Window(size: 1, stride: 1)
    return try weighted(
      rules.activation, input: Shape([rows, 1, 1, weights.shape[1]]), output: Shape([rows, 1, 1, weights.shape[0]]),
      WindowGeometry(rows: pixel, columns: pixel, padTop: 0, padLeft: 0), groups: 1, channelAxis: 0)
  }

  /// Where windows lie on an input; the operator's shape rule has made sure that they fit.
  func windowGeometry(
    _ rows: Window, _ columns: Window, _ input: Shape, _ padding: Padding
  ) throws(OperatorFault) -> WindowGeometry {
    guard let top = rows.placement(over: input[1], padding)?.before,
      let left = columns.placement(over: input[2], padding)?.before
    else { throw OperatorFault("has a window that does not fit its input \(input)") }
    return WindowGeometry(rows: rows, columns: columns, padTop: top, padLeft: left)
  }

  private func weighted(
    _ activation: Activation, input: Shape, output: Shape, _ window: WindowGeometry, groups: Int, channelAxis: Int,
    isTurned: Bool = false
  ) throws(OperatorFault) -> Step {
    let source = try self.activation(operand(0), "an input")
    if try (operand(0).type == .int16) != (self.output.type == .int16) {
      throw OperatorFault("turns \(try operand(0).type) into \(self.output.type); beside int16 both must be equal")
    }
    let channels = output[3]
    let order = machine.accumulator.order
    var places = order.places(
      rows: window.rows.size, columns: window.columns.size, channels: input[3] / groups)
    if isTurned {
      // A tap's pixel counted from the last one.
      let depth = input[3] / groups
      places = places.indices.map { places[(places.count / depth - 1 - $0 / depth) * depth + $0 % depth] }
    }
    let weights = try weightIntegers(channels: channels, channelAxis: channelAxis, places: places)
    let factors = try factors(channels: channels, channelAxis: channelAxis)
    var requantizations: [Requantization] = []
    for factor in factors { requantizations.append(try StageLowering.requantization(stages, factor: factor)) }
    guard let inputZeroPoint = Int32(exactly: source.zeroPoint) else { throw OperatorFault("has a huge zero point") }
    let biases = try bias(channels: channels)
    if try operand(0).type == .int16 { try requireInt16Sums(taps: places.count, biases) }
    let kernel = ConvolutionKernel(
      input: input, output: output, window: window, groups: groups, inputZeroPoint: inputZeroPoint,
      weights: weights, order: order, bias: biases, accumulator: accumulatorRule,
      outputStage: try outputStage(activation, requantizations: requantizations))
    return step(.convolution(kernel))
  }

  /// The weights less their zero points as `[O][taps]`; `places` holds the place of each tap of the file's order in the
  /// machine's.
  private func weightIntegers(
    channels: Int, channelAxis: Int, places: [Int]
  ) throws(OperatorFault) -> [Int32] {
    let tensor = try operand(1)
    let input = try operand(0)
    // Weights of 4 bits stand beside int8 activations, and are int8 weights of a narrower range.
    let isWide = input.type == .int16 && tensor.type == .int8
    guard
      isWide || (tensor.type == input.type && tensor.type != .int16) || (tensor.type == .int4 && input.type == .int8)
    else {
      throw OperatorFault(
        "has weights of type \(tensor.type) for an input of type \(input.type); both must be equal, or int8 for int16")
    }
    guard let stored = tensor.elementBytes(), stored.count == channels * places.count else {
      throw OperatorFault("has weights that are no constant of an integer type")
    }
    guard let quantization = tensor.quantization else { throw OperatorFault("has weights without scales") }
    if quantization.isPerAxis {
      guard quantization.axis == channelAxis, quantization.scales.count == channels else {
        throw OperatorFault("has weights quantized along the axis \(quantization.axis) instead of \(channelAxis)")
      }
      guard tensor.type != .uint8 else { throw OperatorFault("has \(tensor.type) weights quantized per channel") }
    }
    if !mayHaveZeroPoint(tensor.type, quantization), let zeroPoint = quantization.zeroPoints.first(where: { $0 != 0 }) {
      throw OperatorFault("has \(tensor.type) weights with the zero point \(zeroPoint); it must be 0")
    }
    guard let zeroPoint = Int32(exactly: quantization.zeroPoint) else { throw OperatorFault("has a huge zero point") }
    let layout = WeightLayout(channels: channels, places: places, channelIsLast: channelAxis == 3)
    return tensor.type == .uint8
      ? layout.ordered(stored.span) { Int32($0) &- zeroPoint }
      : layout.ordered(stored.span) { Int32(Int8(bitPattern: $0)) &- zeroPoint }
  }

  /// Whether weights may have a zero point other than 0.
  ///
  /// TensorFlow Lite's convolutions subtract one from uint8 weights alone, its FULLY_CONNECTED from int8 weights too as
  /// long as there is only one. A machine whose weights are all signed and may have a zero point is another kind.
  private func mayHaveZeroPoint(_ type: ElementType, _ quantization: Quantization) -> Bool {
    if quantization.isPerAxis { return false }
    if type == .uint8 { return true }
    if case .fullyConnected = node.operation { return true }
    return weightScheme.signedMayHaveZeroPoint
  }

  /// The real factor s_x·s_w/s_y of each channel, or the one of all channels.
  ///
  /// TensorFlow Lite forms it in double precision, except that its uint8 convolutions multiply s_x·s_w in float32:
  /// `GetQuantizedConvolutionMultipler` and `PopulateConvolutionQuantizationParams` in `kernels/kernel_util.cc`.
  private func factors(channels: Int, channelAxis: Int) throws(OperatorFault) -> [Double] {
    let inputScale = try activation(operand(0), "an input").scale
    let outputScale = Double(try activation(output, "an output").scale)
    guard let weights = try operand(1).quantization else { throw OperatorFault("has weights without scales") }
    if formsFactorsInFloat32 { return weights.scales.map { Double(inputScale * $0 / Float(outputScale)) } }
    if case .fullyConnected = node.operation {
      return weights.scales.map { Double(inputScale) * Double($0) / outputScale }
    }
    if try operand(0).type == .uint8 { return [Double(inputScale * weights.scale) / outputScale] }
    return weights.scales.map { Double(inputScale) * Double($0) / outputScale }
  }

  private func bias(channels: Int) throws(OperatorFault) -> [Int64] {
    guard operands.count > 2, let tensor = operands[2] else { return [Int64](repeating: 0, count: channels) }
    let isWide = try operand(0).type == .int16
    guard tensor.type == .int32 || (isWide && tensor.type == .int64), let values = tensor.integers(),
      values.count == channels
    else {
      throw OperatorFault(
        "has a bias that is no constant of type int32\(isWide ? " or int64" : "") with \(channels) elements")
    }
    if isWide { try requireInt16Bias(tensor) }
    if let bad = tensor.quantization?.zeroPoints.first(where: { $0 != 0 }) {
      throw OperatorFault("has a bias with the zero point \(bad); it must be 0")
    }
    try requireBiasScale(tensor)
    return values.map { machine.bias.entering($0) }
  }

  /// TensorFlow Lite refuses a uint8 convolution, or a FULLY_CONNECTED with one weight scale, whose bias scale is not
  /// s_x·s_w within 0.02 output steps: `GetQuantizedConvolutionMultipler` in `kernels/kernel_util.cc`.
  private func requireBiasScale(_ bias: Tensor) throws(OperatorFault) {
    guard let scale = bias.quantization?.scale, let weights = try operand(1).quantization else { return }
    var isChecked = try operand(0).type == .uint8
    if case .fullyConnected = node.operation { isChecked = !weights.isPerAxis }
    guard isChecked else { return }
    let product = Double(try activation(operand(0), "an input").scale) * Double(weights.scale)
    let outputScale = Double(try activation(output, "an output").scale)
    guard abs(product - Double(scale)) / outputScale <= 0.02 else {
      throw OperatorFault("has the bias scale \(scale); it must be input scale × weight scale = \(Float(product))")
    }
  }
}

extension Tensor {
  /// One byte for each element of a constant of up to 8 bits; `nil` for anything else.
  fileprivate func elementBytes() -> ArraySlice<UInt8>? {
    guard type == .int4 else { return type == .int8 || type == .uint8 ? data : nil }
    return integers().map { $0.map { UInt8(truncatingIfNeeded: $0) }[...] }
  }
}

/// Where the weights of a file stand among those of the machine.
private struct WeightLayout {
  let channels: Int
  /// The place of each tap of the file's order in the machine's.
  let places: [Int]
  /// Whether the file's order is `[kh, kw, O]` with one input channel for each output channel (depthwise) rather than
  /// `[O, kh, kw, depth]`.
  let channelIsLast: Bool

  /// The weights as `[O][taps]` in the order in which the machine adds.
  ///
  /// - Precondition: There are `channels · places.count` bytes.
  @inline(__always)
  func ordered(_ stored: Span<UInt8>, _ integer: (UInt8) -> Int32) -> [Int32] {
    let taps = places.count
    var result = [Int32](repeating: 0, count: stored.count)
    if !channelIsLast && places.elementsEqual(0..<taps) {
      for index in stored.indices { result[index] = integer(stored[index]) }
      return result
    }
    for channel in 0..<channels {
      let start = channel * taps
      for tap in 0..<taps {
        result[start + places[tap]] = integer(stored[channelIsLast ? tap * channels + channel : start + tap])
      }
    }
    return result
  }
}
