internal import FixedPoint

extension Codec where Value == OperatorPolicy {
  /// How a machine runs one operator, with the rules of that operator.
  static func policy(of name: String) -> Codec {
    Policies.fields.codec.checked { policy, _ in OperatorRules.violations(of: policy, name: name) }
  }

  /// What every operator's policy looks like.
  static var shape: Shape { Policies.fields.codec.shape }
}

/// Made once: every operator has a policy.
private enum Policies {
  static let fields =
    Fields(
      "operator", "How a machine runs one operator; an operator that is not listed is unsupported.",
      blank: OperatorPolicy(run: .device),
      [
        .required("run", \.run, .word, "Who runs it."),
        .optional(
          "requantize", \.requantize, .stages, "Its own way from a sum to an output, first stage to last.",
          absence: "the profile's `requantize`"),
        .optional(
          "alignment", \.alignment, .alignment, "How ADD or SUB brings its inputs to one scale.",
          absence: "only for ADD and SUB on the device, which need it"),
        .optional(
          "division", \.division, .division,
          "How AVERAGE_POOL_2D and MEAN divide; SUM may have the method `float`, which divides by one.",
          absence: "only for AVERAGE_POOL_2D and MEAN on the device, which need it, and SUM, which requantizes without"),
        .optional(
          "inputScales", \.inputScales, .word,
          "What CONCATENATION or PACK does with inputs whose scales differ from the output's.",
          absence: "only for CONCATENATION and PACK on the device, which need it"),
        .optional(
          "fusedBounds", \.fusedBounds, .word, "How the bounds of its fused clamp become stored integers.",
          absence: "the profile's `fusedBounds`"),
        .optional("softmax", \.softmax, .word, "How SOFTMAX computes.", absence: "`fixedPoint`; only for SOFTMAX"),
        .optional(
          "table", \.table, .functionTable, "The table by which LOGISTIC, TANH or HARD_SWISH is found.",
          absence: "TensorFlow Lite's arithmetic"),
        .optional(
          "factors", \.factors, .factorRange,
          "The factors that its kernel takes. A factor is for ADD, SUB and QUANTIZE an input's scale over the "
            + "output's; for MUL the product of the inputs' scales over the output's; for LEAKY_RELU the magnitude of the "
            + "factor on each side of zero.",
          absence: "any that its arithmetic allows; only for ADD, SUB, MUL, LEAKY_RELU and QUANTIZE"),
        .optional(
          "factor", \.factor, .word, "The format in which MUL's factor is formed from the scales.",
          absence: "`float32`, as TensorFlow Lite does; only for MUL"),
        .optional(
          "lacks", \.lacks, .list(of: .word), "Forms of the operator that its kernel does not have.", absence: "none"),
        .optional(
          "otherwise", \.otherwise, .otherArithmetic,
          "The arithmetic of another kernel for `factors` and forms that this one does not take.",
          absence: "they are refused"),
        .optional(
          "blend", \.blend, .blendWeights, "How RESIZE_BILINEAR weights its elements.",
          absence: "TensorFlow Lite's arithmetic"),
      ])
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
            "The format in which the ratios of scales are formed; float32 ratios become significands ties to even.",
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
