/// Part 2: whether an accumulator could overflow. `requantize` ends with the same check.
extension VerificationReport.Part {
  /// States what the static bound proves.
  ///
  /// - Parameters:
  ///   - overflow: The bounds of every accumulator.
  ///   - isAllowed: Whether a risk is stated without failing.
  public init(_ overflow: OverflowAnalysis, isAllowed: Bool = false) {
    let registers = Dictionary(grouping: overflow.steps, by: \.registerBits).sorted { $0.key < $1.key }
      .map { "\($0.value.map(\.bitsNeeded).max() ?? 0) of \($0.key)" }.joined(separator: " and ")
    if overflow.isProved {
      let summary =
        overflow.steps.isEmpty
        ? "The program has no accumulator."
        : "No accumulator can overflow: \(registers) bits are needed."
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
      "\(count(channels, "channel")) in \(count(bad.count, "operator")) could overflow: \(registers) bits are needed."
      + (isAllowed ? " This was allowed." : "")
    self.init(name: .overflow, status: isAllowed ? .passed : .failed, summary: summary, details: details)
  }
}
