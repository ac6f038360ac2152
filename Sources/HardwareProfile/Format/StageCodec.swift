internal import FixedPoint

extension Codec where Value == Rounding {
  /// A rounding; its documentation stands beside every key that holds one.
  static var rounding: Codec { .word }
}

extension Codec where Value == StageTemplate {
  /// One stage of a requantization.
  fileprivate static var stage: Codec {
    Choice(
      name: "stage",
      documentation: "One stage of a requantization; lowering fills in the numbers that each scale demands.",
      variants: [shiftLeft, multiply, shift, float, fixedPoint, thresholds, saturate, wrap]
    ).keyed
  }

  private static var shiftLeft: Variant<StageTemplate> {
    Variant(
      "shiftLeft",
      Fields(
        "shiftLeftStage", "Multiplies by the scale's positive power of two, exactly, before anything else.", blank: (),
        []),
      make: { .shiftLeft }, take: { $0 == .shiftLeft ? () : nil })
  }

  private static var multiply: Variant<StageTemplate> {
    Variant(
      "multiply",
      Fields(
        "multiplyStage", "Multiplies by a signed significand in [1/2, 1).",
        blank: (bits: 0, rounding: Rounding?.none, reducedFrom: Int?.none),
        [
          .required(
            "bits", \.bits, .integer(2...32), "The width of the significand: one sign bit, the others fraction."),
          .optional(
            "rounding", \.rounding, .rounding, "How the fraction bits are shifted out at once.",
            absence: "the following `shift` removes them with its own bits"),
          .optional(
            "reducedFrom", \.reducedFrom, .integer(3...32),
            "The width of the significand from which this one is rounded, ties up, and cut to its largest value.",
            absence: "the significand is rounded once, from the scale"),
        ]),
      make: { .multiply(bits: $0.bits, rounding: $0.rounding, reducedFrom: $0.reducedFrom) },
      take: {
        guard case .multiply(let bits, let rounding, let width) = $0 else { return nil }
        return (bits: bits, rounding: rounding, reducedFrom: width)
      })
  }

  private static var shift: Variant<StageTemplate> {
    Variant(
      "shift",
      Fields(
        "shiftStage", "Shifts right, so that all stages together multiply by the factor that the scales give.",
        blank: (rounding: Rounding.floor, minimum: 0, maximum: 0),
        [
          .required("rounding", \.rounding, .rounding, "How the bits that are shifted out are rounded."),
          .required("minimum", \.minimum, .integer(0...127), "The smallest count that the machine can shift by."),
          .required("maximum", \.maximum, .integer(0...127), "The largest count that the machine can shift by."),
        ]),
      make: { .shift(rounding: $0.rounding, minimum: $0.minimum, maximum: $0.maximum) },
      take: {
        guard case .shift(let rounding, let minimum, let maximum) = $0 else { return nil }
        return (rounding: rounding, minimum: minimum, maximum: maximum)
      })
  }

  private static var float: Variant<StageTemplate> {
    Variant(
      "float",
      Fields(
        "floatStage", "Multiplies by a binary floating-point factor and rounds to an integer.",
        blank: (bits: 0, rounding: Rounding.floor, factor: FactorFormat.float64),
        [
          .required("bits", \.bits, .oneOf([32, 64]), "The width of the floating-point format."),
          .required("rounding", \.rounding, .rounding, "How the product is rounded to an integer."),
          .defaulted(
            "factor", \.factor, .word, "The format in which the factor is formed from the scales.",
            absence: "`float64`"),
        ]),
      make: { .float(bits: $0.bits, rounding: $0.rounding, factor: $0.factor) },
      take: {
        guard case .float(let bits, let rounding, let factor) = $0 else { return nil }
        return (bits: bits, rounding: rounding, factor: factor)
      })
  }

  private static var fixedPoint: Variant<StageTemplate> {
    Variant(
      "fixedPoint",
      Fields(
        "fixedPointStage",
        "Multiplies by the factor as a signed integer with a fixed number of fraction bits, and shifts those out; a factor "
          + "below one step or beyond the integer is not possible.",
        blank: (bits: 2, fraction: 0, rounding: Rounding.floor, factor: FactorFormat.float64),
        [
          .required("bits", \.bits, .integer(2...32), "The width of the multiplier, one bit of it the sign."),
          .required("fractionBits", \.fraction, .integer(0...62), "How many bits are fraction and shifted out."),
          .required("rounding", \.rounding, .rounding, "How the bits that are shifted out are rounded."),
          .defaulted(
            "factor", \.factor, .word,
            "The format in which the factor is formed from the scales; the multiplier is rounded from it, ties to even.",
            absence: "`float64`"),
        ]),
      make: { .fixedPoint(bits: $0.bits, fraction: $0.fraction, rounding: $0.rounding, factor: $0.factor) },
      take: {
        guard case .fixedPoint(let bits, let fraction, let rounding, let factor) = $0 else { return nil }
        return (bits: bits, fraction: fraction, rounding: rounding, factor: factor)
      })
  }

  private static var thresholds: Variant<StageTemplate> {
    Variant(
      "thresholds",
      Fields(
        "thresholdsStage",
        "Counts the thresholds that the sum reaches: the exact product with the scale, rounded to nearest, a tie up, within "
          + "the output's format.",
        blank: (), []),
      make: { .thresholds }, take: { $0 == .thresholds ? () : nil })
  }

  private static var saturate: Variant<StageTemplate> {
    Variant(
      "saturate", cutFields("saturateStage", "Replaces a value that the format cannot hold by the nearest one."),
      make: { .saturate($0) }, take: { if case .saturate(let format) = $0 { format } else { nil } })
  }

  private static var wrap: Variant<StageTemplate> {
    Variant(
      "wrap", cutFields("wrapStage", "Keeps the low bits that the format has."),
      make: { .wrap($0) }, take: { if case .wrap(let format) = $0 { format } else { nil } })
  }

  private static func cutFields(_ name: String, _ documentation: String) -> Fields<IntegerFormat> {
    Fields(
      name, documentation, blank: .int(32),
      [.required("format", \.self, .format(1...64), "The format that the value is cut to.")])
  }
}

extension Codec where Value == [StageTemplate] {
  /// The stages of a requantization, first to last.
  static var stages: Codec { Stages.codec }
}

/// Made once: many keys hold stages.
private enum Stages {
  static let codec = Codec<[StageTemplate]>.list(of: .stage, isSet: false)
    .checked { stages, _ in StageRules.violations(in: stages) }
}
