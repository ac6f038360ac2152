internal import FixedPoint

extension Codec where Value == HardwareProfile {
  /// How a profile is written; what a file may say beside it is listed as headers.
  fileprivate static var profile: Codec {
    fields.codec.checked { profile, _ in
      let wide = OperatorRules.foldingViolations(in: profile.onInt16(hasNarrowBias: false))
      let plain = OperatorRules.foldingViolations(in: profile)
      return plain.isEmpty ? wide.map { (["int16"] + $0.path, $0.message) } : plain
    }
  }

  /// The keys of a profile.
  fileprivate static var fields: Fields<HardwareProfile> {
    Fields("profile", "What decides each bit that a machine computes.", blank: blank, headers + identity + arithmetic)
  }

  private static var headers: [Field<HardwareProfile>] {
    [
      .header("$schema", .text, "The address of the JSON Schema, for editors.", absence: "none"),
      .header(
        "schemaVersion", .oneOf([HardwareProfile.schemaVersion]), "The version of this format.", absence: nil,
        written: .integer(HardwareProfile.schemaVersion)),
      .header(
        "extends", .text,
        "A built-in name, or the relative path of a file beside or below this one, of a profile whose keys are taken over.",
        absence: "nothing is taken over"),
    ]
  }

  private static var identity: [Field<HardwareProfile>] {
    [
      .required("name", \.name, .identifier, "The name of the profile; never taken over by `extends`."),
      .defaulted("vendor", \.vendor, .text, "Who makes the machine.", absence: "a generic machine"),
      .required("summary", \.summary, .text, "What the machine is, in a sentence."),
      .required(
        "sources", \.sources, .list(of: .text, isEmptyAllowed: true),
        "Where the facts come from: documents, source files."),
      .defaulted(
        "certified", \.certified, .text,
        "By what evidence the profile is known to be right; never taken over by `extends`.",
        absence: "\(HardwareProfile.uncertified)"),
    ]
  }

  private static var arithmetic: [Field<HardwareProfile>] {
    [
      .required("activations", \.activations, .activations, "What activations may look like."),
      .required("weights", \.weights, .weights, "What weights may look like."),
      .required("bias", \.bias, .bias, "What biases may look like."),
      .required("accumulator", \.accumulator, .accumulator, "The register that adds products."),
      .required(
        "requantize", \.requantize, .stages,
        "The way from a sum to an output, first stage to last, where an operator has none of its own."),
      .required(
        "operators", \.operators,
        .table(
          HardwareProfile.knownOperators, "operator", Codec<OperatorPolicy>.shape, of: Codec<OperatorPolicy>.policy(of:)
        ),
        "The operators that the machine knows, by TensorFlow Lite's names; any other is unsupported."),
      .required(
        "fusedActivations", \.fusedActivations, .fusedActivations, "The clamps that can be fused into an operator."),
      .defaulted(
        "fusedBounds", \.fusedBounds, .word,
        "How the bounds of fused clamps become stored integers, where an operator has no way of its own.",
        absence: "`awayFromZeroThenZeroPoint`"),
      .defaulted("limits", \.limits, .limits, "Sizes that a model may not exceed.", absence: "no limits"),
      .optional(
        "int16", \.int16, .int16, "The arithmetic of operators on int16 activations, where it differs.",
        absence: "as for the other formats"),
    ]
  }

  private static var blank: HardwareProfile {
    HardwareProfile(
      name: "", vendor: "", summary: "", sources: [], certified: HardwareProfile.uncertified,
      activations: Codec<ActivationScheme>.blank, weights: Codec<WeightScheme>.blank, bias: BiasScheme(bits: 0),
      accumulator: Codec<AccumulatorScheme>.blank, requantize: [], operators: [:], fusedActivations: [],
      limits: Limits())
  }
}

extension HardwareProfile {
  /// How profiles are read and written; made once, because it describes every key.
  static let codec = Codec<HardwareProfile>.profile

  /// The keys of a profile's file.
  static let shape = Codec<HardwareProfile>.fields.shape

  /// What a profile is certified by when its file does not say.
  package static let uncertified = "not certified"
}

extension Codec where Value == [String] {
  /// A list of operators with weights by TensorFlow Lite's names.
  static var weightedOperators: Codec {
    let words = Codec<[WeightedOperator]>.list(of: .word)
    return Codec(
      shape: words.shape,
      decode: { words.decode($0, $1, &$2)?.map(\.rawValue) },
      encode: { .strings($0) })
  }

  /// A list of clamps by TensorFlow Lite's names.
  static var fusedActivations: Codec {
    let words = Codec<[FusedActivation]>.list(of: .word, isEmptyAllowed: true)
    return Codec(
      shape: words.shape,
      decode: { words.decode($0, $1, &$2)?.map(\.rawValue) },
      encode: { .strings($0) })
  }
}
