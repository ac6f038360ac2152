internal import FixedPoint

extension Codec where Value == WeightException {
  /// Weights of some layers that look otherwise.
  static var weightException: Codec {
    Fields(
      "weightException",
      "Rules for the weights of some layers, where they differ; a key that is not stated is as in `weights`.",
      blank: WeightException(),
      [
        .optional(
          "layers", \.layers, .list(of: .word), "The layers to which the exception applies, by position.",
          absence: "at any position"),
        .optional(
          "operators", \.operators, .weightedOperators, "The layers to which the exception applies, by operator.",
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
    // Layers and operators are few words: exceptions that speak of the same ones need not be looked at again.
    var earlier: [Int] = []
    var known: Set<Coverage> = []
    return rangeViolations(weights, [])
      + weights.exceptions.indices.flatMap { index in
        let found = violations(of: weights, exception: index, earlier)
        if known.insert(Coverage(weights.exceptions[index])).inserted { earlier.append(index) }
        return found
      }
  }

  /// The layers of which an exception speaks.
  private struct Coverage: Hashable {
    private let layers: Set<LayerPosition>?
    private let operators: Set<String>?

    init(_ exception: WeightException) {
      layers = exception.layers.map(Set.init)
      operators = exception.operators.map(Set.init)
    }
  }

  private static func violations(
    of weights: WeightScheme, exception index: Int, _ before: [Int]
  ) -> [Violation] {
    let exception = weights.exceptions[index]
    let path: [PathStep] = ["exceptions", .element(index)]
    if exception.layers == nil && exception.operators == nil {
      return [(path, "speaks of every layer; add \"layers\" or \"operators\", or change the keys of weights instead")]
    }
    if !exception.statesSomething {
      return [(path, "changes nothing; add formats, zeroPoint, scale, granularity or narrowRange")]
    }
    if let earlier = before.first(where: { weights.exceptions[$0].covers(exception) }) {
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
