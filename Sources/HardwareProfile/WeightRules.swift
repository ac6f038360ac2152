internal import FixedPoint

extension Codec where Value == WeightException {
  /// Weights of some layers that look otherwise.
  static var weightException: Codec {
    Fields(
      "weightException",
      "Weights of some layers that look otherwise than those of the others; what is not stated stays as it is.",
      blank: WeightException(),
      [
        .optional(
          "layers", \.layers, .list(of: .word), "The layers that are meant, by position.", absence: "at any position"),
        .optional(
          "operators", \.operators, .weightedOperators, "The layers that are meant, by operator.",
          absence: "of any operator"),
        .optional(
          "formats", \.formats, .list(of: .format(1...16)), "Which integers these weights may be.", absence: kept),
        .optional(
          "zeroPoint", \.zeroPoint, .word, "Whether a zero point other than 0 is allowed here.", absence: kept),
        .optional("scale", \.scale, .word, "Whether scales are restricted here.", absence: kept),
        .optional(
          "granularity", \.granularity, .list(of: .word), "Which granularities are allowed here.", absence: kept),
        .optional(
          "narrowRange", \.narrowRange, .flag, "Whether the smallest value of a signed format is not used here.",
          absence: kept),
      ]
    ).codec
  }

  private static var kept: String { "as in `weights`" }
}

/// What weights must fulfil as a whole.
enum WeightRules {
  typealias Violation = (path: [PathStep], message: String)

  /// The rules that a scheme and its exceptions break.
  static func violations(of weights: WeightScheme) -> [Violation] {
    rangeViolations(weights, []) + weights.exceptions.indices.flatMap { violations(of: weights, exception: $0) }
  }

  private static func violations(of weights: WeightScheme, exception index: Int) -> [Violation] {
    let exception = weights.exceptions[index]
    let path: [PathStep] = ["exceptions", .element(index)]
    if exception.layers == nil && exception.operators == nil {
      return [(path, "speaks of every layer; add \"layers\" or \"operators\", or change the keys of weights instead")]
    }
    if !exception.statesSomething {
      return [(path, "changes nothing; add formats, zeroPoint, scale, granularity or narrowRange")]
    }
    if let earlier = weights.exceptions[..<index].firstIndex(where: { $0.covers(exception) }) {
      return [(path, "is never reached: exceptions[\(earlier)] speaks of the same layers, and the first one counts")]
    }
    var scheme = weights
    scheme.apply(exception)
    // What is wrong with the weights themselves was said of them.
    return rangeViolations(weights, []).isEmpty ? rangeViolations(scheme, path) : []
  }

  private static func rangeViolations(_ weights: WeightScheme, _ path: [PathStep]) -> [Violation] {
    if !weights.narrowRange || weights.formats.contains(where: \.isSigned) { return [] }
    let message = "is true, but no format is signed; only a signed format has a smallest value to leave out"
    return [(path + ["narrowRange"], message)]
  }
}

extension WeightException {
  /// Whether the exception speaks of every layer that another one speaks of.
  fileprivate func covers(_ other: WeightException) -> Bool {
    let hasLayers = layers.map { mine in other.layers?.allSatisfy(mine.contains) ?? false } ?? true
    let hasOperators = operators.map { mine in other.operators?.allSatisfy(mine.contains) ?? false } ?? true
    return hasLayers && hasOperators
  }
}
