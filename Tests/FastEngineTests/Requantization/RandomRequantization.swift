internal import FixedPoint

/// The forms of requantization that lowering writes.
enum RequantizationForm: String, CaseIterable {
  case shift, mixedShifts, double, single, float64, float32, mixed
}

extension Choices {
  /// A requantization for one channel.
  ///
  /// - Parameters:
  ///   - form: The form.
  ///   - size: The binary logarithm of a usual sum; half of all shifts bring it to the size of a byte.
  ///   - rounding: The rounding of `shift`.
  /// - Returns: The stages with their numbers.
  mutating func requantization(_ form: RequantizationForm, size: Int, _ rounding: Rounding) -> Requantization {
    let isFitting = !once(in: 4)
    let fitting = max(size - pick(5...9), 0)
    switch form {
    case .shift: return Requantization(stages: shift(isFitting ? min(fitting, 24) : pick(0...24), rounding))
    case .mixedShifts:
      return Requantization(stages: shift(isFitting ? min(fitting, 24) : pick(0...31), pick(Rounding.allCases)))
    case .double: return double(right: isFitting ? fitting : pick(-31...31))
    case .single:
      let count = isFitting ? min(fitting + 31, 62) : pick(0...62)
      return Requantization(stages: [.multiply(multiplier()), .shiftRight(count, .tiesTowardPositive)])
    case .float64, .float32:
      let real = Double(sign: .plus, exponent: -fitting, significand: 1 + Double(pick(0...999)) / 1000)
      let scale = form == .float64 ? FloatScale(real) : FloatScale(Float(real))
      return Requantization(stages: [.scaleAsFloat(scale, rounding)])
    case .mixed: return requantization(pick([.shift, .double, .single, .float64]), size: size, rounding)
    }
  }

  private func shift(_ count: Int, _ rounding: Rounding) -> [Requantization.Stage] {
    count == 0 ? [] : [.shiftRight(count, rounding)]
  }

  /// TensorFlow Lite's stages; a negative count shifts left first.
  private mutating func double(right: Int) -> Requantization {
    var stages: [Requantization.Stage] = right < 0 ? [.shiftLeft(-right)] : []
    stages += [
      .wrap(.int(32)), .multiply(multiplier()), .shiftRight(31, .tiesTowardPositive), .saturate(.int(32)),
    ]
    if right > 0 { stages.append(.shiftRight(right, .tiesAwayFromZero)) }
    return Requantization(stages: stages)
  }

  /// A significand of 31 bits, now and then one that makes ties or an end of the range, rarely zero or a small one.
  private mutating func multiplier() -> Int64 {
    switch pick(0...9) {
    case 0: return 1 << 30
    case 1: return (1 << 30) + 1
    case 2: return (1 << 31) - 1
    case 3: return Int64(pick(0...1000))
    default: return (1 << 30) + Int64(pick(0...(1 << 30) - 1))
    }
  }
}
