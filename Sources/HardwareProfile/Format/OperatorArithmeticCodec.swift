internal import FixedPoint

extension Codec where Value == BlendWeights {
  /// How RESIZE_BILINEAR weights its elements.
  static var blendWeights: Codec {
    Fields(
      "blendWeights",
      "Weights of RESIZE_BILINEAR in integers: positions are formed in float32, weights rounded, ties to even.",
      blank: BlendWeights(fraction: 1, rounding: .floor),
      [
        // Sums of bytes stay within 32 bits: 255 · 2^22.
        .required("fractionBits", \.fraction, .integer(1...11), "The fraction bits of a weight."),
        .required("rounding", \.rounding, .rounding, "How the exact sum of weighted elements is rounded."),
      ]
    ).codec
  }
}

extension Codec where Value == FactorRange {
  /// A range of factors.
  static var factorRange: Codec {
    Fields(
      "factorRange", "Factors from one power of two up to, but not including, another one.",
      blank: FactorRange(minimum: 0, limit: 0),
      [
        .required("minimum", \.minimum, .integer(-126...126), "The binary logarithm of the smallest factor."),
        .required(
          "limit", \.limit, .integer(-126...127), "The binary logarithm of the first factor that is too large."),
      ]
    ).codec.checked { range, _ in
      range.minimum < range.limit ? [] : [(["minimum"], "\(range.minimum) is not below \"limit\", \(range.limit)")]
    }
  }
}

extension Codec where Value == OtherArithmetic {
  /// The arithmetic of another kernel.
  static var otherArithmetic: Codec {
    Fields(
      "otherArithmetic", "The arithmetic of the kernel that runs what an operator's own kernel does not take.",
      blank: OtherArithmetic(),
      [
        .optional(
          "requantize", \.requantize, .stages, "Its own way from a sum to an output, first stage to last.",
          absence: "the profile's `requantize`"),
        .optional(
          "alignment", \.alignment, .alignment, "How it brings the inputs of ADD or SUB to one scale.",
          absence: "only for ADD and SUB, which need it"),
        .optional(
          "fusedBounds", \.fusedBounds, .word, "How the bounds of its fused clamp become stored integers.",
          absence: "the profile's `fusedBounds`"),
      ]
    ).codec
  }
}
