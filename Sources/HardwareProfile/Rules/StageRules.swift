/// What the stages of a requantization must fulfil together.
enum StageRules {
  typealias Violation = (path: [PathStep], message: String)

  /// The rules that some stages break.
  static func violations(in stages: [StageTemplate]) -> [Violation] {
    scalingViolations(stages) + shiftViolations(stages) + multiplyViolations(stages) + shiftLeftViolations(stages)
  }

  /// Exactly one way to bring a sum to the output's scale.
  private static func scalingViolations(_ stages: [StageTemplate]) -> [Violation] {
    let scaling = stages.indices.filter { stages[$0].isMultiplication }
    if scaling.isEmpty && !stages.contains(where: \.isShift) {
      let message =
        "has no \"multiply\", \"float\", \"fixedPoint\", \"thresholds\" or \"shift\", so nothing brings a sum to "
        + "the output's scale; add one"
      return [([], message)]
    }
    var violations = scaling.dropFirst().map { index -> Violation in
      ([.element(index)], "is the second multiplication; a scale is multiplied in once, by \"multiply\" or \"float\"")
    }
    if let whole = stages.first(where: \.holdsTheScale) {
      for index in stages.indices where stages[index].isShift || stages[index] == .shiftLeft {
        let message =
          "stands beside \"\(whole.key)\", which holds the whole scale and leaves nothing to shift; remove one"
        violations.append(([.element(index)], message))
      }
    }
    return violations
  }

  private static func shiftViolations(_ stages: [StageTemplate]) -> [Violation] {
    stages.indices.compactMap { index in
      guard case .shift(_, let minimum, let maximum) = stages[index], minimum > maximum else { return nil }
      let message = "\(minimum) is above \"maximum\", \(maximum), so no shift is possible"
      return ([.element(index), "shift", "minimum"], message)
    }
  }

  /// A product whose fraction bits nobody removes is not on the output's scale.
  private static func multiplyViolations(_ stages: [StageTemplate]) -> [Violation] {
    // The next shift from each stage on, found from the end.
    var next: StageTemplate?
    let shifts = Array(
      stages.reversed().map { stage -> StageTemplate? in
        if stage.isShift { next = stage }
        return next
      }.reversed())
    return reductionViolations(stages)
      + stages.indices.compactMap { index in
        guard case .multiply(let bits, nil, _) = stages[index] else { return nil }
        guard let shift = shifts[index] else {
          let message = "has no \"rounding\", so a \"shift\" must follow and remove its \(bits - 1) fraction bits"
          return ([.element(index), "multiply"], message)
        }
        guard case .shift(_, _, let maximum) = shift, maximum < bits - 1 else { return nil }
        let message =
          "has no \"rounding\", so the following \"shift\" removes its \(bits - 1) fraction bits, but that shifts by at most "
          + "\(maximum)"
        return ([.element(index), "multiply"], message)
      }
  }

  /// A significand cannot be reduced to one that is wider.
  private static func reductionViolations(_ stages: [StageTemplate]) -> [Violation] {
    stages.indices.compactMap { index in
      guard case .multiply(let bits, _, let width?) = stages[index], width <= bits else { return nil }
      return ([.element(index), "multiply", "reducedFrom"], "\(width) is not above \"bits\", \(bits); remove it")
    }
  }

  private static func shiftLeftViolations(_ stages: [StageTemplate]) -> [Violation] {
    let positions = stages.indices.filter { stages[$0] == .shiftLeft }
    guard let first = positions.first else { return [] }
    var violations = positions.dropFirst().map { index -> Violation in
      ([.element(index)], "is the second \"shiftLeft\"; one holds the scale's whole positive power of two")
    }
    if stages[..<first].contains(where: { $0.isMultiplication || $0.isShift }) {
      violations.append(([.element(first)], "\"shiftLeft\" must stand before \"multiply\" and \"shift\""))
    }
    return violations
  }
}

extension StageTemplate {
  /// Whether the stage multiplies by a factor that the scale decides, and so brings a sum to any scale.
  package var isMultiplication: Bool {
    switch self {
    case .multiply, .float, .fixedPoint, .thresholds: true
    case .shiftLeft, .shift, .saturate, .wrap: false
    }
  }

  /// Whether the stage multiplies by the whole factor at once.
  package var holdsTheScale: Bool {
    switch self {
    case .float, .fixedPoint, .thresholds: true
    case .multiply, .shiftLeft, .shift, .saturate, .wrap: false
    }
  }

  /// The stage's key in a profile.
  var key: String {
    switch self {
    case .shiftLeft: "shiftLeft"
    case .multiply: "multiply"
    case .shift: "shift"
    case .float: "float"
    case .fixedPoint: "fixedPoint"
    case .thresholds: "thresholds"
    case .saturate: "saturate"
    case .wrap: "wrap"
    }
  }

  var isShift: Bool { if case .shift = self { true } else { false } }
}
