import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport

/// What the second implementation of the operators needs of the program's numbers, in the words of `SlowArithmetic`.
enum Slow {
  /// The elements of a step and what happened in it.
  struct Result: Equatable {
    var elements: [Int32] = []
    var overflows = 0
    var saturations = 0
  }

  static func rule(_ rounding: Rounding) -> SlowArithmetic.Rule {
    // The names are equal by contract; a wrong one would show as a mismatch.
    SlowArithmetic.Rule(rawValue: rounding.rawValue) ?? .floor
  }

  static func stages(_ requantization: Requantization) -> [SlowArithmetic.Stage] {
    requantization.stages.map { stage in
      switch stage {
      case .multiply(let factor): .multiply(factor)
      case .shiftLeft(let count): .shiftLeft(count)
      case .shiftRight(let count, let rounding): .shiftRight(count, rule(rounding))
      case .lineInFloat(let line, let rounding):
        .lineAsSingle(
          factor: Float(bitPattern: line.factorBits), offset: Float(bitPattern: line.offsetBits), rule(rounding))
      case .thresholds(let steps): .thresholds(first: steps.first, steps.values)
      case .saturate(let format): .saturate(bits: format.bits, isSigned: format.isSigned)
      case .wrap(let format): .wrap(bits: format.bits, isSigned: format.isSigned)
      case .scaleAsFloat(let scale, let rounding):
        scale.precision == 24
          ? .scaleAsSingle(
            Float(sign: .plus, exponent: scale.exponent, significand: Float(scale.significand)), rule(rounding))
          : .scaleAsDouble(
            Double(sign: .plus, exponent: scale.exponent, significand: Double(scale.significand)), rule(rounding))
      }
    }
  }

  /// Adds terms in a register as the profile says, the bias where it stands; an exact group is one term.
  static func accumulate(
    _ products: [Int64], bias: Int64, _ scheme: AccumulatorScheme
  ) -> (value: Int64, overflows: Int) {
    var terms: [Int64]
    switch scheme.check {
    case .product: terms = products
    case .group:
      terms = []
      for (index, product) in products.enumerated() {
        if index % scheme.groupSize == 0 { terms.append(0) }
        terms[terms.count - 1] += product
      }
    case .end: terms = [products.reduce(bias, +)]
    }
    if scheme.check != .end { terms.insert(bias, at: scheme.bias == .first ? 0 : terms.count) }
    let (value, overflows) = SlowArithmetic.accumulate(
      terms, bits: scheme.bits, saturates: scheme.overflow == .saturate)
    return (Int64(value), overflows)
  }

  /// Requantizes, adds the zero point and clamps to the type and the fused activation of an output.
  static func append(
    _ accumulator: Int64, _ requantization: Requantization, to result: inout Result, _ output: Tensor,
    _ activation: Activation = .none, addsZeroPoint: Bool = true
  ) {
    guard let quantization = output.quantization, let range = output.type.integerRange else { return }
    let scaled = Int128(SlowArithmetic.requantize(accumulator, stages(requantization)))
    let value = scaled + (addsZeroPoint ? Int128(quantization.zeroPoint) : 0)
    func bound(_ real: Float) -> Int128 {
      Int128(quantization.zeroPoint) + Int128((real / quantization.scale).rounded(.toNearestOrAwayFromZero))
    }
    var (low, high) = (Int128(range.lowerBound), Int128(range.upperBound))
    var (cutsLow, cutsHigh) = (false, false)
    if activation != .none, bound(activation == .reluN1To1 ? -1 : 0) >= low {
      low = bound(activation == .reluN1To1 ? -1 : 0)
      cutsLow = true
    }
    if activation == .relu6 || activation == .reluN1To1, bound(activation == .relu6 ? 6 : 1) <= high {
      high = bound(activation == .relu6 ? 6 : 1)
      cutsHigh = true
    }
    if value < low && !cutsLow || value > high && !cutsHigh { result.saturations += 1 }
    result.elements.append(Int32(Swift.min(Swift.max(value, low), high)))
  }

  /// The number of outputs and the padding before the first element.
  static func placement(_ input: Int, _ size: Int, _ stride: Int, _ dilation: Int, _ padding: Padding) -> (Int, Int) {
    let span = dilation * (size - 1) + 1
    if padding == .valid { return ((input - span) / stride + 1, 0) }
    let outputs = (input - 1) / stride + 1
    let missing = (outputs - 1) * stride + span - input
    return (outputs, missing > 0 ? missing / 2 : 0)
  }
}
