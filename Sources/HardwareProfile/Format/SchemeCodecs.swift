internal import FixedPoint

extension Codec where Value == ActivationScheme {
  static var blank: ActivationScheme { ActivationScheme(formats: [], zeroPoint: .any, scale: .real) }

  /// What activations may look like.
  static var activations: Codec {
    Fields(
      "activations", "What activations may look like.", blank: blank,
      [
        .required("formats", \.formats, .list(of: .format(2...16)), "The stored formats."),
        .required("zeroPoint", \.zeroPoint, .word, "Whether a zero point other than 0 is allowed."),
        .required("scale", \.scale, .word, "Whether scales are restricted."),
      ]
    ).codec
  }
}

extension Codec where Value == WeightScheme {
  static var blank: WeightScheme {
    WeightScheme(formats: [], zeroPoint: .any, scale: .real, granularity: [], narrowRange: false)
  }

  /// What weights may look like.
  static var weights: Codec {
    Fields(
      "weights", "What weights may look like.", blank: blank,
      [
        .required(
          "formats", \.formats, .list(of: .format(1...16)),
          "Which integers a weight may be; a file may store them in a wider type."),
        .required("zeroPoint", \.zeroPoint, .word, "Whether a zero point other than 0 is allowed."),
        .required("scale", \.scale, .word, "Whether scales are restricted."),
        .required(
          "granularity", \.granularity, .list(of: .word), "Which granularities are allowed, the preferred one first."),
        .required(
          "narrowRange", \.narrowRange, .flag,
          "Whether the smallest value of a signed format is not used (-127 to 127 for int8)."),
        .defaulted(
          "exceptions", \.exceptions, .list(of: .weightException, isEmptyAllowed: true),
          "Layers whose weights have other rules; of the exceptions that match a layer only the first applies.",
          absence: "no exceptions"),
      ]
    ).codec.checked { weights, _ in WeightRules.violations(of: weights) }
  }
}

extension Codec where Value == BiasScheme {
  /// What biases may look like.
  static var bias: Codec {
    Fields(
      "bias", "What biases may look like; a bias has the scale of input times weight and the zero point 0.",
      blank: BiasScheme(bits: 0),
      [
        .required("bits", \.bits, .integer(8...64), "The stored width, signed."),
        .defaulted(
          "shift", \.shift, .integer(0...31), "How many bits a stored bias is shifted left by before it is added.",
          absence: "0"),
        .defaulted(
          "rounding", \.rounding, .rounding, "How the bits that are not stored are rounded away.",
          absence: "`tiesTowardPositive`"),
      ]
    ).codec
  }
}

extension Codec where Value == AccumulatorScheme {
  static var blank: AccumulatorScheme {
    AccumulatorScheme(
      bits: 0, overflow: .wrap, check: .end, groupSize: 1, order: .heightWidthChannel, bias: .first)
  }

  /// The register that adds products.
  static var accumulator: Codec {
    Fields(
      "accumulator", "The register that adds products.", blank: blank,
      [
        .required("bits", \.bits, .integer(8...64), "The width, signed."),
        .required("overflow", \.overflow, .word, "What happens to a sum that does not fit."),
        .required("check", \.check, .word, "When the machine looks whether a sum fits."),
        .defaulted(
          "groupSize", \.groupSize, .integer(1...Int.max),
          "The number of products that are added exactly before a check.", absence: "1; `\"check\": \"group\"` needs it"
        ),
        .required("order", \.order, .word, "The order in which products are added, outermost loop first."),
        .required("bias", \.bias, .word, "Where the bias enters a sum."),
      ]
    ).codec.checked { accumulator, node in
      if accumulator.check != .group || node.members?["groupSize"] != nil { return [] }
      return [(["groupSize"], "missing; \"check\": \"group\" needs the number of products in a group")]
    }
  }
}

extension Codec where Value == Limits {
  /// Sizes that a model may not exceed.
  static var limits: Codec {
    Fields(
      "limits", "Sizes that a model may not exceed.", blank: Limits(),
      [
        limit("kernelSize", \.kernelSize, "The largest kernel extent."),
        limit("stride", \.stride, "The largest stride."),
        limit("dilation", \.dilation, "The largest dilation."),
        limit("channels", \.channels, "The most channels that a tensor may have."),
        limit("weightBytes", \.weightBytes, "The bytes of all weights and biases."),
        limit("activationBytes", \.activationBytes, "The bytes of the largest activation tensor."),
      ]
    ).codec
  }

  private static func limit(
    _ key: String, _ member: any WritableKeyPath<Limits, Int?> & Sendable, _ documentation: String
  ) -> Field<Limits> {
    .optional(key, member, .integer(1...Int.max), documentation, absence: "no limit")
  }
}
