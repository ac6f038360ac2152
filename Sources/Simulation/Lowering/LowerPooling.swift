internal import FixedPoint
internal import HardwareProfile
internal import Network

/// Pools and means.
extension NodeLowering {
  func averagePool(_ rules: Pool2D) throws(OperatorFault) -> Step {
    let input = try operand(0)
    try requireEqualQuantization(input, output)
    let source = try activation(input, "an input")
    let geometry = try windowGeometry(rules.rows, rules.columns, input.shape, rules.padding)
    let division: AveragePoolKernel.Division
    var addsZeroPoint = true
    switch policy?.division {
    case .divide(let rounding):
      division = .divide(rounding)
      addsZeroPoint = false
    case .reciprocal(let bits, let rounding):
      // A window at the border has fewer elements; each possible number has its reciprocal.
      let most = min(rules.filterHeight, input.shape[1]) * min(rules.filterWidth, input.shape[2])
      var reciprocals: [Requantization] = []
      for count in 1...most { reciprocals.append(try reciprocal(1 / Double(count), bits: bits, rounding)) }
      division = .reciprocals(reciprocals)
    case .foldedMultiplier, nil:
      throw OperatorFault("is on the device, yet the profile does not say how it divides (divide or reciprocal)")
    }
    let kernel = AveragePoolKernel(
      window: geometry, inputZeroPoint: source.zeroPoint, division: division,
      outputStage: try outputStage(rules.activation, requantizations: [.identity], addsZeroPoint: addsZeroPoint))
    return step(.averagePool(kernel))
  }

  func maxPool(_ rules: Pool2D) throws(OperatorFault) -> Step {
    let input = try operand(0)
    try requireEqualQuantization(input, output)
    let stage = try outputStage(rules.activation, requantizations: [.identity])
    let geometry = try windowGeometry(rules.rows, rules.columns, input.shape, rules.padding)
    return step(.maxPool(MaxPoolKernel(window: geometry, low: stage.low, high: stage.high)))
  }

  func mean(_ rules: Mean) throws(OperatorFault) -> Step {
    let input = try operand(0)
    guard input.type == output.type else { throw OperatorFault("averages \(input.type) into \(output.type)") }
    guard let axes = rules.axes(operands) else { throw OperatorFault("has no constant list of axes") }
    let source = try activation(input, "an input")
    let factor = Double(source.scale) / Double(try activation(output, "an output").scale)
    let count = axes.map { input.shape[$0] }.reduce(1, *)
    let requantization: Requantization
    switch policy?.division {
    case .foldedMultiplier:
      requantization = try StageLowering.requantization(
        stages, factor: factor / Double(count), multiplier: foldedMultiplier(factor, count))
    case .reciprocal(let bits, let rounding):
      requantization = try reciprocal(factor / Double(count), bits: bits, rounding)
    case .divide, nil:
      throw OperatorFault(
        "is on the device, yet the profile does not say how it divides (reciprocal, foldedMultiplier)")
    }
    let kernel = MeanKernel(
      axes: axes, inputZeroPoint: source.zeroPoint,
      outputStage: try outputStage(.none, requantizations: [requantization]))
    return step(.mean(kernel))
  }

  /// A factor as an unsigned significand of `bits` bits and one rounding shift.
  private func reciprocal(_ factor: Double, bits: Int, _ rounding: Rounding) throws(OperatorFault) -> Requantization {
    guard factor.isNormal else { throw OperatorFault("has the factor \(factor), which no reciprocal serves") }
    // Double's significand lies in [1, 2); half of it in [½, 1) takes the whole width.
    var significand = Int64(
      (factor.significand * Double(Int64(1) << Int64(bits - 1))).rounded(.toNearestOrAwayFromZero))
    var count = bits - 1 - Int(factor.exponent)
    if significand >> Int64(bits) != 0 {
      significand /= 2
      count -= 1
    }
    guard (0...127).contains(count) else {
      throw OperatorFault("has the factor \(factor), which a reciprocal of \(bits) bits and a right shift do not reach")
    }
    return Requantization(stages: [.multiply(significand), .shiftRight(count, rounding)])
  }

  /// TensorFlow Lite's multiplier with `1 / count` in it: the significand is shifted left as far as fits and divided
  /// with truncation.
  ///
  /// Source: `EvalIntegerMean` in TensorFlow Lite's `kernels/reduce.cc` and `Mean` in
  /// `kernels/internal/reference/integer_ops/mean.h`.
  private func foldedMultiplier(_ factor: Double, _ count: Int) throws(OperatorFault) -> FixedPointMultiplier {
    let whole = TFLiteArithmetic.quantizeMultiplier(factor)
    let shift = min(63 - UInt64(count).leadingZeroBitCount, 32, 31 + whole.exponent)
    guard shift >= 0 else { throw OperatorFault("has the factor \(factor), too small for its multiplier") }
    let significand = (whole.significand << Int64(shift)) / Int64(count)
    return FixedPointMultiplier(significand: significand, exponent: whole.exponent - shift, fraction: whole.fraction)
  }
}
