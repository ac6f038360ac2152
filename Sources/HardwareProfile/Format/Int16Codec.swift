internal import FixedPoint

extension Codec where Value == Int16Arithmetic {
  /// The arithmetic of operators on int16 activations.
  static var int16: Codec {
    Fields(
      "int16", "The arithmetic of operators on int16 activations; what is not stated is as for the other formats.",
      blank: Int16Arithmetic(),
      [
        .optional("bias", \.bias, .bias, "What biases may look like.", absence: same),
        .optional("accumulator", \.accumulator, .accumulator, "The register that adds products.", absence: same),
        .optional(
          "requantize", \.requantize, .stages,
          "The way from a sum to an output, first stage to last, where an operator has none of its own.", absence: same),
        .defaulted(
          "operators", \.operators,
          .table(
            HardwareProfile.knownOperators, "operator", Codec<OperatorPolicy>.shape,
            of: Codec<OperatorPolicy>.policy(of:)),
          "Operators that are run in another way, each stated as a whole; the profile must have them too.",
          absence: same),
        .defaulted(
          "narrowBias", \.narrowBias, .word,
          "Which arithmetic a layer has whose biases a file stores in 32 bits.", absence: "`int16`"),
      ]
    ).codec
  }

  private static var same: String { "as for the other formats" }
}
