internal import Reports
internal import Simulation

/// What happened in a step, as JSON output has it.
struct EventReport: Encodable {
  /// The file's index of the operator.
  let `operator`: Int
  /// The operator's name.
  let name: String
  /// Additions that left the accumulator's range.
  let accumulatorOverflows: Int
  /// Results that the output's format could not hold; `nil` from an engine that does not count them.
  let outputSaturations: Int?

  /// One entry for each step.
  static func list(_ events: [StepEvents], of program: Program, countsSaturations: Bool) -> [EventReport] {
    zip(program.steps, events).map { step, event in
      EventReport(
        operator: step.node, name: step.name, accumulatorOverflows: event.accumulatorOverflows,
        outputSaturations: countsSaturations ? event.outputSaturations : nil)
    }
  }

  /// A sentence for people.
  static func summary(_ events: [EventReport]) -> String {
    let overflows = events.reduce(0) { $0 + $1.accumulatorOverflows }
    let places = events.filter { $0.accumulatorOverflows > 0 }.map { "\($0.operator) (\($0.name.visible))" }
    var text = "accumulator overflows: \(Format.integer(overflows))"
    if !places.isEmpty { text += " in operator \(places.prefix(8).joined(separator: ", "))" }
    let saturations = events.compactMap(\.outputSaturations)
    if !saturations.isEmpty { text += "; outputs cut by their format: \(Format.integer(saturations.reduce(0, +)))" }
    return text + "\n"
  }
}
