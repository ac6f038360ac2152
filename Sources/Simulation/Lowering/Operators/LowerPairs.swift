internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel

/// Operators on two operands, and the host's arithmetic.
extension NodeLowering {
  func binary(_ rules: Binary) throws(OperatorFault) -> Step {
    if node.hasPlainData(in: network) { return try hostBinary(hostFunction(rules.function), rules.activation) }
    switch rules.function {
    case .subtract: return try add(rules.activation, subtracts: true)
    case .multiply: return try multiply(rules.activation)
    case .maximum: return try extreme(.maximum)
    case .minimum: return try extreme(.minimum)
    case .divide, .floorDivide:
      throw OperatorFault("divides \(output.type); int32 and float32 are supported, on the host")
    }
  }

  /// MUL.
  ///
  /// TensorFlow Lite forms the factor in float32 where the profile does not say otherwise: `Prepare` in `kernels/mul.cc`.
  private func multiply(_ activation: Activation) throws(OperatorFault) -> Step {
    let (a, b) = try equallyTyped("multiplies")
    let scale = try self.activation(output, "an output").scale
    let inFloat32 = a.scale * b.scale / scale
    let factor =
      policy?.factor == .float64 ? Double(a.scale) * Double(b.scale) / Double(scale) : Double(inFloat32)
    let kernelLowering = try taking(factors: [inFloat32])
    let requantization = try StageLowering.requantization(kernelLowering.stages, factor: factor)
    let kernel = BinaryKernel(
      function: .multiply, zeroPoints: [a.zeroPoint, b.zeroPoint],
      outputStage: try kernelLowering.outputStage(activation, requantizations: [requantization]))
    return step(.binary(kernel), reads: [0, 1])
  }

  /// PRELU, whose factors TensorFlow Lite forms in float32 too: `PreluPrepare` in `kernels/activations.cc`.
  func prelu() throws(OperatorFault) -> Step {
    let (input, slope) = try equallyTyped("multiplies")
    let scale = try activation(output, "an output").scale
    let above = try StageLowering.requantization(stages, factor: Double(input.scale / scale))
    let below = try StageLowering.requantization(stages, factor: Double(input.scale * slope.scale / scale))
    let kernel = BinaryKernel(
      function: .slope, zeroPoints: [input.zeroPoint, slope.zeroPoint],
      outputStage: try outputStage(.none, requantizations: [above, below]))
    return step(.binary(kernel), reads: [0, 1])
  }

  /// MAXIMUM and MINIMUM compare stored integers.
  private func extreme(_ function: BinaryKernel.Function) throws(OperatorFault) -> Step {
    _ = try equallyTyped("compares")
    for position in 0...1 { try requireEqualQuantization(operand(position), output) }
    let stage = try outputStage(.none, requantizations: [.identity], addsZeroPoint: false)
    return step(.binary(BinaryKernel(function: function, zeroPoints: [0, 0], outputStage: stage)), reads: [0, 1])
  }

  /// The parameters of both operands, which have the output's type.
  private func equallyTyped(_ verb: String) throws(OperatorFault) -> (Quantization, Quantization) {
    let (a, b) = (try operand(0), try operand(1))
    guard a.type == output.type, b.type == output.type else {
      throw OperatorFault("\(verb) \(a.type) and \(b.type) into \(output.type); all three must be equal")
    }
    return (try activation(a, "an input"), try activation(b, "an input"))
  }

  private func hostFunction(_ function: Binary.Function) -> HostBinaryKernel.Function {
    switch function {
    case .subtract: .subtract
    case .multiply: .multiply
    case .divide: .divide
    case .floorDivide: .floorDivide
    case .maximum: .maximum
    case .minimum: .minimum
    }
  }

  /// Arithmetic without scales.
  func hostBinary(_ function: HostBinaryKernel.Function, _ activation: Activation) throws(OperatorFault) -> Step {
    let (a, b) = (try operand(0), try operand(1))
    guard a.type == output.type, b.type == output.type, a.type == .int32 || a.type == .float32 else {
      throw OperatorFault(
        "computes with \(a.type) and \(b.type) and gives \(output.type); on the host all three are int32 or float32")
    }
    guard activation.isClamp else { throw OperatorFault("fuses \(activation.rawValue), which is not a clamp") }
    let isFloat = a.type == .float32
    func element(_ bound: Float?, _ none: Float, _ end: Int32) -> Int32 {
      if isFloat { return Int32(bitPattern: (bound ?? none).bitPattern) }
      return bound.map { Int32($0) } ?? end
    }
    let bounds = activation.bounds
    let kernel = HostBinaryKernel(
      function: function, isFloat: isFloat, low: element(bounds.low, -.greatestFiniteMagnitude, .min),
      high: element(bounds.high, .greatestFiniteMagnitude, .max))
    return step(.hostBinary(kernel), reads: [0, 1])
  }

  func cast() throws(OperatorFault) -> Step {
    let (from, to) = (try operand(0).type, output.type)
    let integers: [ElementType] = [.int8, .uint8, .int16, .int32, .int64]
    guard from == .float32 || integers.contains(from), to == .float32 || integers.contains(to) else {
      throw OperatorFault("converts \(from) to \(to); float32, int8, uint8, int16, int32 and int64 are supported")
    }
    if from == to { return step(.copy) }
    // Elements are 32 bits wide in a program; a float32 may hold a larger integer.
    guard from != .float32 || to != .int64 else {
      throw OperatorFault("converts float32 to int64, which may not fit 32 bits; int32 is supported")
    }
    let function: HostUnaryKernel.Function =
      to == .float32 ? .integerToFloat : from == .float32 ? .floatToInteger : .integerToInteger
    return step(.hostUnary(HostUnaryKernel(function: function, format: to.format)))
  }
}
