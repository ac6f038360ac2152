internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel

/// Operators that treat each element by itself or only move it.
extension NodeLowering {
  func copy() throws(OperatorFault) -> Step {
    try requireEqualQuantization(operand(0), output)
    return step(.copy)
  }

  /// TensorFlow Lite's softmax with a table of float32 exponentials.
  ///
  /// The exponentials are those of double precision, rounded: LiteRT takes them from its C library, whose float32
  /// function may err in the last bit.
  func floatSoftmax(_ rules: Softmax) throws(OperatorFault) -> Step {
    let (source, target, format) = try softmaxFormat()
    let scale = -source.scale * rules.beta
    guard scale.isFinite, scale <= 0 else {
      throw OperatorFault("has beta \(rules.beta) and input scale \(source.scale); their product is out of range")
    }
    let exponentials = Exponentials.multiples(of: scale, count: 256)
    let parameters = FloatSoftmax(exponentials: exponentials, outputScale: target.scale)
    return step(.floatSoftmax(FloatSoftmaxKernel(parameters: parameters, format: format)))
  }

  private func softmaxFormat() throws(OperatorFault) -> (Quantization, Quantization, IntegerFormat) {
    let source = try activation(operand(0), "an input")
    let target = try activation(output, "an output")
    // TensorFlow Lite allows a tenth of a percent: `SoftmaxPrepare` in `kernels/activations.cc`.
    guard let range = output.type.integerRange, abs(target.scale - 1 / 256) <= 0.001 / 256,
      target.zeroPoint == range.lowerBound
    else {
      throw OperatorFault("has an output that is not of scale 1/256 with the smallest integer as zero point")
    }
    return (source, target, .init(bits: 8, isSigned: output.type == .int8))
  }

  func softmax(_ rules: Softmax) throws(OperatorFault) -> Step {
    let (source, _, format) = try softmaxFormat()
    guard let parameters = TFLiteSoftmax(beta: Double(rules.beta), inputScale: Double(source.scale)) else {
      throw OperatorFault("has beta \(rules.beta) and input scale \(source.scale); their product is out of range")
    }
    return step(.softmax(SoftmaxKernel(parameters: parameters, format: format)))
  }

  func quantize() throws(OperatorFault) -> Step {
    let input = try operand(0)
    let target = try activation(output, "an output")
    if input.type == .float32 {
      let range = output.type.integerRange ?? 0...0
      return step(
        .quantizeFloat(
          QuantizeFloatKernel(
            scaleBits: target.scale.bitPattern, zeroPoint: target.zeroPoint, low: range.lowerBound,
            high: range.upperBound)))
    }
    let source = try activation(input, "an input")
    return try taking(.typeChange, isMet: input.type != output.type).taking(factors: [source.scale / target.scale])
      .rescale(from: source, to: target)
  }

  private func rescale(from source: Quantization, to target: Quantization) throws(OperatorFault) -> Step {
    let factor =
      formsFactorsInFloat32 ? Double(source.scale / target.scale) : Double(source.scale) / Double(target.scale)
    return try rescale(source, factor: factor, .none)
  }

  func relu(_ rules: Relu) throws(OperatorFault) -> Step {
    let source = try activation(operand(0), "an input")
    guard try operand(0).type == output.type else { throw OperatorFault("changes the type of its input") }
    // TensorFlow Lite divides the scales in float32 here: `ReluPrepare` in `kernels/activations.cc`.
    let factor = Double(source.scale / (try activation(output, "an output").scale))
    return try rescale(source, factor: factor, rules.clamp)
  }

  private func rescale(
    _ source: Quantization, factor: Double, _ clamp: Activation
  ) throws(OperatorFault) -> Step {
    let requantization = try StageLowering.requantization(stages, factor: factor)
    let stage = try outputStage(clamp, requantizations: [requantization])
    return step(.rescale(RescaleKernel(inputZeroPoint: source.zeroPoint, outputStage: stage)))
  }

  /// The float32 results of all integers, formed as TensorFlow Lite forms them: the product in double precision.
  func dequantize() throws(OperatorFault) -> Step {
    let input = try operand(0)
    let source = try activation(input, "an input")
    guard output.type == .float32, let range = input.type.integerRange else {
      throw OperatorFault("has an output of type \(output.type); float32 is supported")
    }
    let entries = range.map { stored in
      Int32(bitPattern: Float(Double(source.scale) * Double(stored - source.zeroPoint)).bitPattern)
    }
    return step(.table(TableKernel(first: Int32(range.lowerBound), entries: entries)))
  }

  func pad(_ rules: Pad) throws(OperatorFault) -> Step {
    let input = try operand(0)
    try requireEqualQuantization(input, output)
    guard !node.hasPlainData(in: network) else {
      throw OperatorFault("pads \(input.type); int8 and uint8 are supported")
    }
    guard let amounts = rules.amounts(operands) else { throw OperatorFault("has no constant list of counts") }
    var value = try activation(output, "an output").zeroPoint
    if rules.hasValue {
      let constant = try operand(2)
      try requireEqualQuantization(constant, output)
      guard let values = constant.integers(), values.count == 1 else {
        throw OperatorFault("has a value to add that is no constant of one element")
      }
      value = values[0]
    }
    let kernel = PadKernel(
      before: amounts.map(\.before), after: amounts.map(\.after), value: Int32(truncatingIfNeeded: value))
    return step(.pad(kernel))
  }

  func concatenation(_ rules: Concatenation) throws(OperatorFault) -> Step {
    guard let axis = try operand(0).shape.axis(rules.axis) else { throw OperatorFault("lacks its axis") }
    guard rules.activation == .none else {
      throw OperatorFault("fuses \(rules.activation.rawValue); TensorFlow Lite runs it without a fused activation only")
    }
    return try join(axis: axis, addsAxis: false)
  }

  func pack(_ rules: Pack) throws(OperatorFault) -> Step {
    try join(axis: rules.axis < 0 ? rules.axis + output.shape.rank : rules.axis, addsAxis: true)
  }

  private func join(axis: Int, addsAxis: Bool) throws(OperatorFault) -> Step {
    var tables: [TableKernel?] = []
    // A tensor may be joined many times over; it has one table.
    var known: [Int?: TableKernel?] = [:]
    for (position, input) in node.inputs.enumerated() {
      if let table = known[input] {
        tables.append(table)
      } else {
        tables.append(try concatenationTable(operand(position)))
        known[input] = .some(tables[position])
      }
    }
    let range = output.type.integerRange
    let kernel = ConcatenationKernel(
      axis: axis, addsAxis: addsAxis, tables: tables, low: range?.lowerBound ?? Int64(Int32.min),
      high: range?.upperBound ?? Int64(Int32.max))
    return step(.concatenation(kernel), reads: Array(node.inputs.indices))
  }

  /// How an input comes to the output's scale; `nil` where it has it already.
  ///
  /// Source: `ConcatenationWithScaling` in TensorFlow Lite's `kernels/internal/reference/concatenation.h`; all in
  /// float32.
  private func concatenationTable(_ input: Tensor) throws(OperatorFault) -> TableKernel? {
    guard input.type == output.type else {
      throw OperatorFault("joins \(input.type) into \(output.type); both must be equal")
    }
    if node.hasPlainData(in: network) { return nil }
    let source = try activation(input, "an input")
    let target = try activation(output, "an output")
    if source.scale == target.scale && source.zeroPoint == target.zeroPoint { return nil }
    guard policy?.inputScales == .tfliteFloat, input.type == .uint8 else {
      throw OperatorFault("joins inputs whose scale or zero point differs from the output's")
    }
    let factor = source.scale * (1 / target.scale)
    guard (256 * factor).isFinite else {
      throw OperatorFault(
        "joins an input of scale \(source.scale) into an output of scale \(target.scale); their quotient is too large")
    }
    let offset = -Float(source.zeroPoint) * factor
    let entries = (0..<256).map { stored in
      let real = (Float(stored) * factor + offset).rounded(.toNearestOrAwayFromZero)
      return Int32(max(min(real, 0x1p30), -0x1p30)) + Int32(target.zeroPoint)
    }
    return TableKernel(first: 0, entries: entries.map { min(max($0, 0), 255) })
  }
}
