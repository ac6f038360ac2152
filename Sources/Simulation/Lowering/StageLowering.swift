internal import FixedPoint
internal import HardwareProfile

/// Fills a profile's requantization stages with the numbers for one real factor.
enum StageLowering {
  /// How far a ratio of float32 scales may lie from a power of two and still mean it: one float32 rounding of a scale,
  /// and the double rounding of the ratio itself.
  static let powerOfTwoTolerance = 0x1p-24 * 1.000_001

  /// The exponent `e` with `factor = 2^e`, or `nil` when the factor is no power of two within float32's precision.
  static func powerOfTwoExponent(_ factor: Double) -> Int? {
    guard factor.isNormal, factor > 0 else { return nil }
    let exponent = Int(factor.exponent) + (factor.significand > 1.5 ? 1 : 0)
    let ratio = factor / Double(sign: .plus, exponent: exponent, significand: 1)
    return abs(ratio - 1) <= powerOfTwoTolerance ? exponent : nil
  }

  /// The stages of a machine for a real factor from accumulator to output.
  ///
  /// - Parameters:
  ///   - templates: The stages as the profile states them.
  ///   - factor: The real factor, finite and positive.
  /// - Returns: The stages with their numbers.
  /// - Throws: ``OperatorFault`` when the machine cannot multiply by it.
  static func requantization(_ templates: [StageTemplate], factor: Double) throws(OperatorFault) -> Requantization {
    guard factor.isFinite, factor > 0 else {
      throw OperatorFault("its scales give the factor \(factor), which is not a positive number")
    }
    var multiplier: FixedPointMultiplier?
    for case .multiply(let bits, _, let reducedFrom) in templates {
      // A machine with TensorFlow Lite's 32-bit multiplier flushes tiny factors as TensorFlow Lite does.
      let width = reducedFrom ?? bits
      let whole =
        width == 32
        ? TFLiteArithmetic.quantizeMultiplier(factor) : FixedPointMultiplier(approximating: factor, fraction: width - 1)
      multiplier = reducedFrom == nil ? whole : whole.reduced(toFraction: bits - 1)
    }
    return try requantization(templates, factor: factor, multiplier: multiplier)
  }

  /// The stages for a multiplier that was already found.
  static func requantization(
    _ templates: [StageTemplate], factor: Double, multiplier: FixedPointMultiplier?
  ) throws(OperatorFault) -> Requantization {
    // What is left to shift right by; negative is a left shift that no stage has done yet.
    var pending: Int
    if let multiplier {
      pending = -multiplier.exponent
    } else if templates.contains(where: \.holdsTheScale) {
      pending = 0
    } else if let exponent = powerOfTwoExponent(factor) {
      pending = -exponent
    } else {
      throw OperatorFault(
        "its scales give the factor \(factor), and the machine only shifts; the factor must be a power of two",
        .requantize)
    }
    var stages: [Requantization.Stage] = []
    for template in templates {
      switch template {
      case .shiftLeft:
        if pending < 0 {
          guard pending >= -31 else {
            throw OperatorFault("its factor \(factor) needs a left shift by \(-pending)", .requantize)
          }
          stages.append(.shiftLeft(-pending))
          pending = 0
        }
      case .multiply(_, let rounding, _):
        guard let multiplier else { continue }
        stages.append(.multiply(multiplier.significand))
        if let rounding {
          stages.append(.shiftRight(multiplier.fraction, rounding))
        } else {
          pending += multiplier.fraction
        }
      case .shift(let rounding, let minimum, let maximum):
        guard (minimum...maximum).contains(pending) else {
          throw OperatorFault(
            "its factor \(factor) needs a right shift by \(pending); the machine shifts by \(minimum) to \(maximum)",
            .requantize)
        }
        if pending > 0 { stages.append(.shiftRight(pending, rounding)) }
        if pending < 0 { stages.append(.shiftLeft(-pending)) }
        pending = 0
      case .float(let bits, let rounding, _):
        guard bits == 64 || Float(factor).isFinite else {
          throw OperatorFault(
            "its factor \(factor) is too large for float32, in which the machine multiplies", .requantize)
        }
        stages.append(.scaleAsFloat(bits == 32 ? FloatScale(Float(factor)) : FloatScale(factor), rounding))
      case .fixedPoint(let bits, let fraction, let rounding, _):
        let steps = (factor * Double(sign: .plus, exponent: fraction, significand: 1))
        guard steps >= 1, steps <= Double((Int64(1) << Int64(bits - 1)) - 1) else {
          throw OperatorFault(
            "its factor \(factor) is no multiplier of \(bits) bits of which \(fraction) are fraction and one the sign",
            .requantize)
        }
        stages += [.multiply(Int64(steps.rounded(.toNearestOrEven))), .shiftRight(fraction, rounding)]
      case .thresholds:
        // A result that the clamp cuts anyway needs no threshold of its own: 9 bits hold any byte less a zero point.
        guard let steps = Thresholds.rounding(factor: factor, range: -256...255) else {
          throw OperatorFault("its factor \(factor) has thresholds that 62 bits do not hold", .requantize)
        }
        stages.append(.thresholds(steps))
      case .saturate(let format): stages.append(.saturate(format))
      case .wrap(let format): stages.append(.wrap(format))
      }
    }
    guard pending == 0 else {
      throw OperatorFault(
        "its factor \(factor) is too large: the machine has no stage that shifts by \(-pending) left", .requantize)
    }
    return Requantization(stages: stages)
  }
}

extension StageTemplate {
  /// The format in which the factor of the stage is formed.
  var factorFormat: FactorFormat {
    switch self {
    case .float(_, _, let format), .fixedPoint(_, _, _, let format): format
    case .shiftLeft, .multiply, .shift, .thresholds, .saturate, .wrap: .float64
    }
  }
}
