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
