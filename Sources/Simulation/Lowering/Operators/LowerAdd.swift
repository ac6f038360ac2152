internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel

/// ADD and SUB: how their operands come to one scale.
extension NodeLowering {
  func add(_ activation: Activation, subtracts: Bool = false) throws(OperatorFault) -> Step {
    let scale = try self.activation(output, "an output").scale
    let factors = [
      try self.activation(operand(0), "an input").scale / scale,
      try self.activation(operand(1), "an input").scale / scale,
    ]
    return try taking(factors: factors).sum(activation, subtracts: subtracts)
  }

  private func sum(_ activation: Activation, subtracts: Bool) throws(OperatorFault) -> Step {
    let (a, b) = (try operand(0), try operand(1))
    guard a.type == output.type, b.type == output.type else {
      throw OperatorFault(
        "\(subtracts ? "subtracts" : "adds") \(a.type) and \(b.type) into \(output.type); all three must be equal")
    }
    let sources = [try self.activation(a, "an input"), try self.activation(b, "an input")]
    guard let method = policy?.alignment else {
      throw OperatorFault("is on the device, yet the profile has no alignment", .alignment)
    }
    let scales = (
      inputs: sources.map { Double($0.scale) }, output: Double(try self.activation(output, "an output").scale)
    )
    let powers = try powersOfTwo(method, sources + [try self.activation(output, "an output")])
    var (alignments, requantization) = (powers ?? [], Requantization.identity)
    if powers == nil {
      do throws(OperatorFault) {
        (alignments, requantization) = try align(method, scales.inputs, scales.output)
      } catch {
        throw OperatorFault(error.message, .alignment)
      }
    }
    try requireRoom(alignments, sources)
    if subtracts { alignments[1] = Requantization(stages: alignments[1].stages + [.multiply(-1)]) }
    let operands = zip(sources, alignments).map { AddKernel.Operand(zeroPoint: $0.zeroPoint, alignment: $1) }
    let kernel = AddKernel(
      operands: operands, accumulator: accumulatorRule,
      outputStage: try outputStage(activation, requantizations: [requantization]))
    return step(.add(kernel), reads: [0, 1])
  }

  /// Refuses aligned inputs whose sum may leave the 64 bits in which every machine's sum is followed.
  private func requireRoom(_ alignments: [Requantization], _ sources: [Quantization]) throws(OperatorFault) {
    guard let range = output.type.integerRange else { return }
    for (alignment, source) in zip(alignments, sources) {
      // Every stage but one that wraps is monotonic, and so is reached at an end.
      let wraps = alignment.stages.contains { if case .wrap(let format) = $0 { format.bits > 61 } else { false } }
      let inputs = wraps ? Array(range) : [range.lowerBound, range.upperBound]
      if inputs.contains(where: { alignment.apply($0 - source.zeroPoint).magnitude >> 61 != 0 }) {
        throw OperatorFault(
          "has inputs that reach 2^61 and beyond on the common scale; bring its scales nearer to each other", .alignment
        )
      }
    }
  }

  /// TensorFlow Lite's way for int16 whose scales are powers of two, where `pot_scale_int16` asks for it: one input has
  /// the output's scale, the other one is shifted right.
  ///
  /// Source: `Prepare` in TensorFlow Lite's `kernels/add.cc`, `Add` of int16 in `kernels/internal/reference/add.h`. Its
  /// sum saturates, which the clamp of the output does here.
  private func powersOfTwo(
    _ method: AdditionAlignment, _ scales: [Quantization]
  ) throws(OperatorFault) -> [Requantization]? {
    var isAsked = false
    if case .add(let rules) = node.operation { isAsked = rules.usesPowerOfTwoScalesForInt16 }
    if case .binary(let rules) = node.operation { isAsked = rules.usesPowerOfTwoScalesForInt16 }
    guard case .rescaleInputs = method, isAsked, output.type == .int16 else { return nil }
    let exponents = scales.compactMap { Self.checkedExponent($0.scale) }
    guard exponents.count == 3 else { return nil }
    let shifts = exponents[..<2].map { exponents[2] - $0 }
    guard shifts.contains(0), shifts.allSatisfy({ (0...31).contains($0) }) else {
      throw OperatorFault("has int16 scales that are powers of two, of which none is the output's or one is above it")
    }
    guard try operand(0).shape == operand(1).shape else {
      throw OperatorFault("broadcasts int16 whose scales are powers of two; TensorFlow Lite adds equal shapes only")
    }
    return shifts.map { Requantization(stages: $0 == 0 ? [] : [.shiftRight($0, .tiesAwayFromZero)]) }
  }

  /// The alignment of each input and the requantization of their sum.
  private func align(
    _ method: AdditionAlignment, _ inputs: [Double], _ output: Double
  ) throws(OperatorFault) -> ([Requantization], Requantization) {
    switch method {
    case .rescaleInputs(let leftShift, let input, let outputStages):
      // Twice the larger scale keeps both factors at most ½: `Prepare` in TensorFlow Lite's `kernels/add.cc`.
      let common = 2 * max(inputs[0], inputs[1])
      var alignments: [Requantization] = []
      for scale in inputs {
        let rescaling = try StageLowering.requantization(input, factor: scale / common)
        alignments.append(Requantization(stages: [.shiftLeft(leftShift)] + rescaling.stages))
      }
      let factor = common / (Double(Int64(1) << Int64(leftShift)) * output)
      return (alignments, try StageLowering.requantization(outputStages, factor: factor))
    case .rescaleToOutput(let input):
      var alignments: [Requantization] = []
      for scale in inputs { alignments.append(try StageLowering.requantization(input, factor: scale / output)) }
      return (alignments, .identity)
    case .multiply(let bits, let rounding, .float64):
      return try multiply(inputs.map { $0 / output }, bits: bits, rounding)
    case .multiply(let bits, let rounding, .float32):
      return try multiply(inFloat32: inputs.map { Float($0) / Float(output) }, bits: bits, rounding)
    case .shift(let maximumLeftShift, let rounding):
      return try shift(inputs.map { $0 / output }, maximumLeftShift, rounding)
    }
  }

  /// `y = round((Σ mᵢ·xᵢ) / 2^n)`: the larger factor takes the whole width of the significand, the other one what the
  /// common power of two leaves it.
  private func multiply(
    _ factors: [Double], bits: Int, _ rounding: Rounding
  ) throws(OperatorFault) -> ([Requantization], Requantization) {
    let largest = FixedPointMultiplier(approximating: max(factors[0], factors[1]), fraction: bits - 1)
    let count = largest.fraction - largest.exponent
    guard (0...127).contains(count) else {
      throw OperatorFault("has the factors \(factors[0]) and \(factors[1]), which no right shift serves", .alignment)
    }
    let unit = Double(sign: .plus, exponent: count, significand: 1)
    let significands = factors.map { Int64(($0 * unit).rounded(.toNearestOrAwayFromZero)) }
    return (
      significands.map { Requantization(stages: [.multiply($0)]) },
      Requantization(stages: [.shiftRight(count, rounding)])
    )
  }

  /// The same of float32 ratios, as XNNPACK forms it: the exponent of the larger ratio alone decides the power of two, and
  /// significands are rounded ties to even, so that the larger one may reach 2^(bits − 1).
  ///
  /// Source: `xnn_init_qs8_add_minmax_scalar_params` in XNNPACK's `src/microparams-init.c`.
  private func multiply(
    inFloat32 factors: [Float], bits: Int, _ rounding: Rounding
  ) throws(OperatorFault) -> ([Requantization], Requantization) {
    let largest = max(factors[0], factors[1])
    guard largest.isNormal, case let count = bits - 2 - Int(largest.exponent), (0...127).contains(count) else {
      throw OperatorFault("has the factors \(factors[0]) and \(factors[1]), which no right shift serves", .alignment)
    }
    // The product with a power of two is exact in double precision.
    let unit = Double(sign: .plus, exponent: count, significand: 1)
    let significands = factors.map { Int64((Double($0) * unit).rounded(.toNearestOrEven)) }
    return (
      significands.map { Requantization(stages: [.multiply($0)]) },
      Requantization(stages: [.shiftRight(count, rounding)])
    )
  }

  /// `y = round((Σ xᵢ·2^lᵢ) / 2^n)`: shifts only.
  private func shift(
    _ factors: [Double], _ maximumLeftShift: Int, _ rounding: Rounding
  ) throws(OperatorFault) -> ([Requantization], Requantization) {
    let exponents = factors.compactMap(StageLowering.powerOfTwoExponent)
    guard exponents.count == factors.count else {
      throw OperatorFault(
        "has inputs whose scales are \(factors[0]) and \(factors[1]) of the output's; the machine only shifts, so both "
          + "must be powers of two", .alignment)
    }
    let finest = min(exponents[0], exponents[1])
    let right = max(-finest, 0)
    let lefts = exponents.map { $0 + right }
    guard lefts.allSatisfy({ $0 <= min(maximumLeftShift, 31) }) else {
      throw OperatorFault(
        "needs a left shift by \(lefts.max() ?? 0); the machine shifts by at most \(maximumLeftShift)", .alignment)
    }
    return (
      lefts.map { Requantization(stages: $0 == 0 ? [] : [.shiftLeft($0)]) },
      Requantization(stages: right == 0 ? [] : [.shiftRight(right, rounding)])
    )
  }
}
