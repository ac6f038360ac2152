internal import FixedPoint

extension Codec where Value == OperatorPolicy {
  /// How a machine runs one operator, with the rules of that operator.
  static func policy(of name: String) -> Codec {
    fields.codec.checked { policy, _ in OperatorRules.violations(of: policy, name: name) }
  }

  /// What every operator's policy looks like.
  static var shape: Shape { fields.codec.shape }

  private static var fields: Fields<OperatorPolicy> {
    Fields(
      "operator", "How a machine runs one operator; an operator that is not listed is unsupported.",
      blank: OperatorPolicy(run: .device),
      [
        .required("run", \.run, .word, "Who runs it."),
        .optional(
          "requantize", \.requantize, .stages, "Its own way from a sum to an output, first stage to last.",
          absence: "the profile's `requantize`"),
        .optional(
          "alignment", \.alignment, .alignment, "How ADD brings its inputs to one scale.",
          absence: "only for ADD on the device, which needs it"),
        .optional(
          "division", \.division, .division, "How AVERAGE_POOL_2D and MEAN divide.",
          absence: "only for AVERAGE_POOL_2D and MEAN on the device, which need it"),
        .optional(
          "inputScales", \.inputScales, .word,
          "What CONCATENATION does with inputs whose scales differ from the output's.",
          absence: "only for CONCATENATION on the device, which needs it"),
        .optional("softmax", \.softmax, .word, "How SOFTMAX computes.", absence: "`fixedPoint`; only for SOFTMAX"),
      ])
  }
}

extension Codec where Value == AdditionAlignment {
  /// How ADD brings its inputs to one scale.
  static var alignment: Codec {
    Choice(
      name: "alignment", documentation: "How ADD brings its inputs to one scale.",
      variants: [rescaleInputs, rescaleToOutput, multiply, shift]
    ).tagged
  }

  private static var rescaleInputs: Variant<AdditionAlignment> {
    Variant(
      "rescaleInputs",
      Fields(
        "rescaleInputsAlignment",
        "Shifts each input left, requantizes it to twice the larger input scale, adds, and requantizes the sum.",
        blank: (leftShift: 0, input: [StageTemplate](), output: [StageTemplate]()),
        [
          .required("leftShift", \.leftShift, .integer(0...31), "The bits that each input is shifted left by."),
          .required("input", \.input, .stages, "The requantization of each input."),
          .required("output", \.output, .stages, "The requantization of the sum."),
        ]),
      make: { .rescaleInputs(leftShift: $0.leftShift, input: $0.input, output: $0.output) },
      take: {
        guard case .rescaleInputs(let leftShift, let input, let output) = $0 else { return nil }
        return (leftShift: leftShift, input: input, output: output)
      })
  }

  private static var rescaleToOutput: Variant<AdditionAlignment> {
    Variant(
      "rescaleToOutput",
      Fields(
        "rescaleToOutputAlignment", "Requantizes each input to the output's scale and adds the results.",
        blank: [StageTemplate](), [.required("input", \.self, .stages, "The requantization of each input.")]),
      make: { .rescaleToOutput(input: $0) },
      take: { if case .rescaleToOutput(let input) = $0 { input } else { nil } })
  }

  private static var multiply: Variant<AdditionAlignment> {
    Variant(
      "multiply",
      Fields(
        "multiplyAlignment",
        "Multiplies each input by a significand; the products share one power of two, are added exactly and shifted once.",
        blank: (bits: 0, rounding: Rounding.floor, factor: FactorFormat.float64),
        [
          .required("bits", \.bits, .integer(2...32), "The width of the significands, one bit of it the sign."),
          .required("rounding", \.rounding, .rounding, "How the shift of the sum rounds."),
          .defaulted(
            "factor", \.factor, .word,
            "The format in which the ratios of scales are formed; of float32 ones, significands are rounded ties to even.",
            absence: "`float64`"),
        ]),
      make: { .multiply(bits: $0.bits, rounding: $0.rounding, factor: $0.factor) },
      take: {
        guard case .multiply(let bits, let rounding, let factor) = $0 else { return nil }
        return (bits: bits, rounding: rounding, factor: factor)
      })
  }

  private static var shift: Variant<AdditionAlignment> {
    Variant(
      "shift",
      Fields(
        "shiftAlignment",
        "Shifts the coarser input left onto the finer one's scale, adds, and shifts the sum right; scales must differ by "
          + "powers of two.",
        blank: (maximumLeftShift: 0, rounding: Rounding.floor),
        [
          .required(
            "maximumLeftShift", \.maximumLeftShift, .integer(0...31), "The most bits that an input is shifted left by."),
          .required("rounding", \.rounding, .rounding, "How the shift of the sum rounds."),
        ]),
      make: { .shift(maximumLeftShift: $0.maximumLeftShift, rounding: $0.rounding) },
      take: {
        guard case .shift(let maximum, let rounding) = $0 else { return nil }
        return (maximumLeftShift: maximum, rounding: rounding)
      })
  }
}

extension Codec where Value == AverageDivision {
  /// How an average is formed from a sum.
  static var division: Codec {
    Choice(
      name: "division", documentation: "How AVERAGE_POOL_2D and MEAN divide.",
      variants: [divide, reciprocal, foldedMultiplier, foldedFactor, biasedReciprocal, approximation, float]
    ).tagged
  }

  private static var divide: Variant<AverageDivision> {
    Variant(
      "divide",
      Fields(
        "divideDivision", "Divides the sum of stored integers exactly and rounds once.", blank: Rounding.floor,
        [.required("rounding", \.self, .rounding, "How the quotient is rounded.")]),
      make: { .divide(rounding: $0) }, take: { if case .divide(let rounding) = $0 { rounding } else { nil } })
  }

  private static var reciprocal: Variant<AverageDivision> {
    Variant(
      "reciprocal",
      Fields(
        "reciprocalDivision",
        "Multiplies the sum of x - zeroPoint by an unsigned reciprocal, into which a rescaling is folded, and shifts right.",
        blank: (bits: 0, rounding: Rounding.floor),
        [
          .required("bits", \.bits, .integer(1...32), "The width of the reciprocal, unsigned."),
          .required("rounding", \.rounding, .rounding, "How the shift rounds."),
        ]),
      make: { .reciprocal(bits: $0.bits, rounding: $0.rounding) },
      take: { if case .reciprocal(let bits, let rounding) = $0 { (bits: bits, rounding: rounding) } else { nil } })
  }

  private static var foldedMultiplier: Variant<AverageDivision> {
    Variant(
      "foldedMultiplier",
      Fields(
        "foldedMultiplierDivision",
        "Divides the requantization's multiplier by the number of elements, truncating, as TensorFlow Lite's MEAN does.",
        blank: (), []),
      make: { .foldedMultiplier }, take: { $0 == .foldedMultiplier ? () : nil })
  }

  private static var foldedFactor: Variant<AverageDivision> {
    Variant(
      "foldedFactor",
      Fields(
        "foldedFactorDivision",
        "Divides the requantization's factor by the number of elements before it becomes multipliers and shifts.",
        blank: (), []),
      make: { .foldedFactor }, take: { $0 == .foldedFactor ? () : nil })
  }

  private static var biasedReciprocal: Variant<AverageDivision> {
    Variant(
      "biasedReciprocal",
      Fields(
        "biasedReciprocalDivision",
        "Multiplies the sum of x - zeroPoint over n elements by floor((2^bits + 1) * 2^k / n), where k is the number of "
          + "bits of n - 1, and shifts right by bits + k.",
        blank: (bits: 0, first: Rounding?.none, rounding: Rounding.floor),
        [
          .required("bits", \.bits, .integer(1...31), "The fraction bits that the reciprocal has beside k."),
          .optional(
            "first", \.first, .rounding, "How a shift by bits rounds that stands before one by k.",
            absence: "there is one shift only"),
          .required("rounding", \.rounding, .rounding, "How the last shift rounds."),
        ]),
      make: { .biasedReciprocal(bits: $0.bits, first: $0.first, rounding: $0.rounding) },
      take: {
        guard case .biasedReciprocal(let bits, let first, let rounding) = $0 else { return nil }
        return (bits: bits, first: first, rounding: rounding)
      })
  }

  private static var approximation: Variant<AverageDivision> {
    Variant(
      "approximation",
      Fields(
        "approximationDivision",
        "Multiplies the sum of x - zeroPoint by the fraction that is listed for its number n of elements, or else by the "
          + "fraction k / 2^s nearest to 1 / n of those with s < bits + ceil(log2 n), the one with the smallest s.",
        blank: (fractions: [AverageFraction](), bits: 0, rounding: Rounding.floor),
        [
          .required(
            "fractions", \.fractions, .list(of: .averageFraction, isEmptyAllowed: true),
            "What stands for one over a number."),
          .required("bits", \.bits, .integer(1...15), "The bits of precision of fractions that are not listed."),
          .required("rounding", \.rounding, .rounding, "How the shift rounds."),
        ]),
      make: { .approximation(fractions: $0.fractions, bits: $0.bits, rounding: $0.rounding) },
      take: {
        guard case .approximation(let fractions, let bits, let rounding) = $0 else { return nil }
        return (fractions: fractions, bits: bits, rounding: rounding)
      })
  }

  private static var float: Variant<AverageDivision> {
    Variant(
      "float",
      Fields(
        "floatDivision",
        "Multiplies the sum of stored integers in float32 by (input scale / output scale) * (1 / n), adds an offset that "
          + "holds both zero points in float32, and rounds; every operation rounds to float32.",
        blank: Rounding.floor,
        [.required("rounding", \.self, .rounding, "How the result is rounded to an integer.")]),
      make: { .float(rounding: $0) }, take: { if case .float(let rounding) = $0 { rounding } else { nil } })
  }
}

extension Codec where Value == AverageFraction {
  /// What a machine takes for one over a number of elements.
  static var averageFraction: Codec {
    Fields(
      "averageFraction", "The fraction multiplier / 2^shift that stands for one over a number of elements.",
      blank: AverageFraction(count: 0, multiplier: 0, shift: 0),
      [
        .required("count", \.count, .integer(1...65536), "The number of elements."),
        .required("multiplier", \.multiplier, .integer(1...65535), "The numerator."),
        .required("shift", \.shift, .integer(0...31), "The power of two of the denominator."),
      ]
    ).codec
  }
}
