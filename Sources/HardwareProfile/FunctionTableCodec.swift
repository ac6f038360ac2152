internal import FixedPoint

extension Codec where Value == FunctionTable {
  /// A function of one number as a table.
  static var functionTable: Codec {
    Fields(
      "functionTable",
      "A function of one number as a table over the whole range of stored inputs.",
      blank: FunctionTable(entries: 0, interpolation: .linear, rounding: .tiesTowardPositive, isBalanced: false),
      [
        .required(
          "entries", \.entries, .oneOf((1...16).map { 1 << $0 + 1 }),
          "The number of entries; the last one belongs to the largest input plus one."),
        .required("interpolation", \.interpolation, .word, "What lies between two entries."),
        .defaulted(
          "rounding", \.rounding, .rounding, "How a place on the line between two entries is rounded.",
          absence: "`tiesTowardPositive`"),
        .defaulted(
          "balanced", \.isBalanced, .flag,
          "Whether entries are moved by half of the error that a line to the next one has in the middle.",
          absence: "false"),
        .defaulted(
          "arithmetic", \.arithmetic, .word, "How an entry is formed from the function.", absence: "`float64`"),
      ]
    ).codec.checked { table, _ in
      guard table.isBalanced, table.arithmetic == .float32 else { return [] }
      return [(["balanced"], "moves entries in double precision; remove it, or the \"arithmetic\" float32")]
    }
  }
}

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
