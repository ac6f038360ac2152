/// Part 2: whether an accumulator could overflow. `requantize` ends with the same check.
extension VerificationReport.Part {
  /// States what the static bound proves.
  ///
  /// - Parameters:
  ///   - overflow: The bounds of every accumulator.
  ///   - isAllowed: Whether a risk is stated without failing.
  package init(_ overflow: OverflowAnalysis, isAllowed: Bool = false) {
    if overflow.isProved {
      let summary =
        overflow.steps.isEmpty
        ? "The program has no accumulator."
        : "No accumulator can overflow: " + Self.registers(overflow.steps) + "."
      self.init(name: .overflow, status: .passed, summary: summary, details: [])
      return
    }
    let bad = overflow.steps.filter { !$0.overflowing.isEmpty }
    let channels = bad.map(\.overflowing.count).reduce(0, +)
    let details = bad.map { step in
      let shown = step.overflowing.prefix(16).map(String.init).joined(separator: ", ")
      let more = step.overflowing.count > 16 ? ", …" : ""
      return "operator \(step.node) (\(step.name)): \(step.bitsNeeded) bits needed, \(step.registerBits) there; "
        + "\(count(step.overflowing.count, "channel")) of \(step.channels.count): \(shown)\(more)"
    }
    let summary =
      "\(count(channels, "channel")) in \(count(bad.count, "operator")) could overflow: "
      + Self.registers(bad) + "."
      + (isAllowed ? " This was allowed." : "")
    self.init(name: .overflow, status: isAllowed ? .passed : .failed, summary: summary, details: details)
  }

  /// For each width of registers what is needed of it.
  private static func registers(_ steps: [OverflowAnalysis.Step]) -> String {
    Dictionary(grouping: steps, by: \.registerBits).sorted { $0.key < $1.key }
      .map { width, steps in
        let needed = steps.map(\.bitsNeeded).max() ?? 0
        return needed > width
          ? "\(needed) bits are needed where the machine has \(width)"
          : "\(needed) bits suffice where the machine has \(width)"
      }.joined(separator: ", ")
  }
}
