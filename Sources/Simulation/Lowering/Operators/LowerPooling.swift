internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel

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
      let most = try tabulated(min(rules.filterHeight, input.shape[1]) * min(rules.filterWidth, input.shape[2]))
      var reciprocals: [Requantization] = []
      for count in 1...most { reciprocals.append(try reciprocal(1 / Double(count), bits: bits, rounding)) }
      division = .reciprocals(reciprocals)
    case .biasedReciprocal, .approximation, .foldedFactor, .float:
      let counts = try windowCounts(geometry, input.shape)
      let most = try tabulated(counts.max() ?? 1)
      // Numbers of elements that no window has keep a place that nothing reads.
      var reciprocals = [Requantization](repeating: .identity, count: most)
      for count in counts { reciprocals[count - 1] = try fraction(count) }
      division = .reciprocals(reciprocals)
    case .foldedMultiplier, nil:
      throw OperatorFault(
        "is on the device, yet the profile does not say how it divides (divide, reciprocal, foldedFactor, "
          + "biasedReciprocal, approximation or float)", .division)
    }
    var inputZeroPoint = source.zeroPoint
    if case .float = policy?.division { (inputZeroPoint, addsZeroPoint) = (0, false) }
    let kernel = AveragePoolKernel(
      window: geometry, inputZeroPoint: inputZeroPoint, division: division,
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
    case .float(let rounding):
      let line = try meanLine(source, try activation(output, "an output"), count)
      let stage = try outputStage(
        .none, requantizations: [Requantization(stages: [.lineInFloat(line, rounding)])], addsZeroPoint: false)
      return step(.mean(MeanKernel(axes: axes, inputZeroPoint: 0, outputStage: stage)))
    case .foldedFactor:
      requantization = try StageLowering.requantization(stages, factor: factor / Double(count))
    case .biasedReciprocal, .approximation:
      guard factor == 1 else {
        throw OperatorFault(
          "changes the scale, and the profile's division does not; both scales must be equal", .division)
      }
      requantization = try fraction(count)
    case .divide, nil:
      throw OperatorFault(
        "is on the device, yet the profile does not say how it divides (reciprocal, foldedFactor, biasedReciprocal, "
          + "approximation, foldedMultiplier or float)", .division)
    }
    let kernel = MeanKernel(
      axes: axes, inputZeroPoint: source.zeroPoint,
      outputStage: try outputStage(.none, requantizations: [requantization]))
    return step(.mean(kernel))
  }

  /// A factor as an unsigned significand of `bits` bits and one rounding shift.
  private func reciprocal(_ factor: Double, bits: Int, _ rounding: Rounding) throws(OperatorFault) -> Requantization {
    guard factor.isNormal else {
      throw OperatorFault("has the factor \(factor), which no reciprocal serves", .division)
    }
    // Double's significand lies in [1, 2); half of it in [½, 1) takes the whole width.
    var significand = Int64(
      (factor.significand * Double(Int64(1) << Int64(bits - 1))).rounded(.toNearestOrAwayFromZero))
    var count = bits - 1 - Int(factor.exponent)
    if significand >> Int64(bits) != 0 {
      significand /= 2
      count -= 1
    }
    guard (0...127).contains(count) else {
      throw OperatorFault(
        "has the factor \(factor), which a reciprocal of \(bits) bits and a right shift do not reach", .division)
    }
    return Requantization(stages: [.multiply(significand), .shiftRight(count, rounding)])
  }

  /// A number of elements for which, and for all below it, a pool may hold a reciprocal.
  private func tabulated(_ count: Int) throws(OperatorFault) -> Int {
    guard count <= 1 << 20 else {
      throw OperatorFault("averages windows of \(count) elements, more than the 2^20 that a table of reciprocals has")
    }
    return count
  }

  /// The numbers of elements that windows have inside of the image.
  private func windowCounts(_ window: WindowGeometry, _ input: Shape) throws(OperatorFault) -> Set<Int> {
    let rows = Set((0..<output.shape[1]).map { window.rows.inside($0, padding: window.padTop, extent: input[1]).count })
    let columns = Set(
      (0..<output.shape[2]).map { window.columns.inside($0, padding: window.padLeft, extent: input[2]).count })
    return Set(rows.flatMap { row in columns.map { row * $0 } })
  }

  /// One over a number of elements as the machine has it, for a division without a rescaling.
  private func fraction(_ count: Int) throws(OperatorFault) -> Requantization {
    switch policy?.division {
    case .biasedReciprocal(let bits, let first, let rounding):
      // The number of bits of n − 1 is at most 30: the product stays below 2^61, and so does the multiplier below 2^32.
      guard count <= 1 << 30 else { throw OperatorFault("averages \(count) elements, more than 2^30") }
      let k = Int.bitWidth - (count - 1).leadingZeroBitCount
      let multiplier = ((Int64(1) << Int64(bits) + 1) << Int64(k)) / Int64(count)
      guard let first else { return Requantization(stages: [.multiply(multiplier), .shiftRight(bits + k, rounding)]) }
      let second: [Requantization.Stage] = k == 0 ? [] : [.shiftRight(k, rounding)]
      return Requantization(stages: [.multiply(multiplier), .shiftRight(bits, first)] + second)
    case .approximation(let fractions, let bits, let rounding):
      let fraction = fractions.first { $0.count == count } ?? nearestFraction(count, bits: bits)
      return Requantization(stages: [.multiply(Int64(fraction.multiplier)), .shiftRight(fraction.shift, rounding)])
    case .foldedFactor:
      return try StageLowering.requantization(stages, factor: 1 / Double(count))
    case .float(let rounding):
      let quantization = try activation(output, "an output")
      return Requantization(stages: [.lineInFloat(try meanLine(quantization, quantization, count), rounding)])
    case .divide, .reciprocal, .foldedMultiplier, nil:
      throw OperatorFault("is on the device, yet the profile does not say how it divides", .division)
    }
  }

  /// The fraction k / 2^s nearest to 1 / n of those with s < bits + ⌈log₂ n⌉; of equally near ones that with the smallest
  /// s.
  private func nearestFraction(_ count: Int, bits: Int) -> AverageFraction {
    let limit = bits + Int.bitWidth - (count - 1).leadingZeroBitCount
    var best = AverageFraction(count: count, multiplier: 0, shift: 0)
    var smallest: (numerator: Int128, denominator: Int128) = (1, 1)
    for shift in 0..<limit {
      let power = 1 << shift
      let multiplier = (2 * power + count) / (2 * count)
      // |k / 2^s − 1 / n| = |k·n − 2^s| / (n·2^s), compared without rounding.
      let distance = (Int128((multiplier * count - power).magnitude), Int128(power))
      if distance.0 * smallest.denominator < smallest.numerator * distance.1 {
        smallest = distance
        best = AverageFraction(count: count, multiplier: multiplier, shift: shift)
      }
    }
    return best
  }

  /// XNNPACK's mean: both zero points stand in one float32 offset.
  ///
  /// Found by comparison: of the ways to group the products that were tried, this one alone gave LiteRT's integers.
  func meanLine(
    _ source: Quantization, _ target: Quantization, _ count: Int, divides: Bool = true
  ) throws(OperatorFault) -> FloatLine {
    let factor = (source.scale / target.scale) * (divides ? 1 / Float(count) : 1)
    let offset = Float(target.zeroPoint) - Float(Int64(count) * source.zeroPoint) * factor
    guard factor.isFinite, offset.isFinite else {
      throw OperatorFault(
        "its scales \(source.scale) and \(target.scale) give a factor or an offset that float32 "
          + "does not hold", .division)
    }
    return FloatLine(factor: factor, offset: offset)
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
