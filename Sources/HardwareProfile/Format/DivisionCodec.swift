internal import FixedPoint

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
            "first", \.first, .rounding, "How the first of two shifts rounds: it shifts by bits, the other one by k.",
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
            "The fractions that stand for 1 / n, each for one n."),
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

extension AverageDivision {
  /// Whether the sum comes to the output's scale in floating point.
  var isFloat: Bool { if case .float = self { true } else { false } }
}
