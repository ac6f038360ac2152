internal import HardwareProfile
internal import Reports
internal import Simulation
internal import TFLite
internal import Workflows

extension Command {
  static let inspect = Command(
    name: "inspect", summary: "shows a model's operators and schemes; with a profile, what violates it and the repair",
    positionals: [.file("MODEL")],
    options: [
      .profile,
      Option(name: "--accumulators", help: "how wide each operator's accumulator must be, proved and observed"),
      Option(name: "--inputs", value: .array("X.npy"), help: "with --accumulators: the data to observe them on"),
    ] + Option.subset + Option.selection,
    notes: [
      "With --profile the exit code is 1 when there are violations; with --accumulators, when a channel is at risk.",
      "Without --count, 16 samples of X.npy are observed.",
    ],
    examples: [
      "inspect model.tflite", "inspect model.tflite --profile nna-int8-pow2",
      "inspect model.tflite --accumulators --inputs images.npy",
    ]
  ) { arguments, console in
    if arguments.isSet("--accumulators") { return try await inspectAccumulators(arguments, console) }
    if arguments.isSet("--inputs") { throw UsageError("--inputs belongs to --accumulators") }
    let model = try LoadedModel(
      arguments.positionals[0], profile: arguments.text("--profile"),
      arguments.isSet("--profile") ? ModelSelection(arguments).usingAll() : ModelSelection(arguments))
    let checks = arguments.isSet("--profile")
    let violations = checks ? model.profile.conformanceFaults(of: model.network) : []
    let report = InspectReport(
      model: model.path, sha256: model.digest(), profile: model.profile.name,
      summary: ModelSummary(model.network, model.profile),
      violations: checks ? violations.map(ViolationRow.init) : nil)
    let others = checks ? GraphViolations.all(model) : []
    try console.report(report.about(model, others: others)) {
      "\(model.path.visible): sha256 \(report.sha256)\n\n\(report.summary.text())"
        + (checks ? violationText(violations, model) : "") + others.map(\.text).joined()
    }
    return violations.isEmpty && others.allSatisfy(\.conforms) ? .success : .checkFailed
  }

  /// The violations by rule: how many, where, and what mends them.
  private static func violationText(_ violations: [Violation], _ model: LoadedModel) -> String {
    guard !violations.isEmpty else {
      return "\n\(model.profile.name.visible): \(model.conformingName.visible) conforms, 0 violations\n"
    }
    let groups = Dictionary(grouping: violations) { [$0.key ?? $0.kind.rawValue, $0.remedy] }
      .sorted { ($1.value.count, $0.key[0]) < ($0.value.count, $1.key[0]) }
    var text = "\n\(model.profile.name.visible): \(violations.count) violations\n"
    for (key, group) in groups {
      let rules = Array(Set(group.map(\.rule))).sorted()
      let places = group.prefix(4).map(\.place.visible).joined(separator: "\n          ")
      let others = rules.count > 1 ? " (the first of \(rules.count) different findings)" : ""
      text += "\n\(group.count) × \(key[0].visible)\n"
      text += "  rule:   \(group[0].rule.visible)\(others)\n  repair: \(key[1].visible)\n"
      text += "  places: \(places)\n"
      if group.count > 4 { text += "          and \(group.count - 4) more; --json lists them\n" }
    }
    return text
  }
}

/// What `inspect --json` prints.
private struct InspectReport: Encodable {
  let model: String
  let sha256: String
  let profile: String
  let summary: ModelSummary
  let violations: [ViolationRow]?
}

struct ViolationRow: Encodable {
  let kind: String
  /// The profile's key that demands it; null where the operator itself does.
  let key: String?
  let place: String
  let `operator`: Int
  let rule: String
  let remedy: String

  init(_ violation: Violation) {
    kind = violation.kind.rawValue
    key = violation.key
    place = violation.place
    self.operator = violation.node
    rule = violation.rule
    remedy = violation.remedy
  }
}

extension LoadedModel {
  /// What may be said to conform: the model, or the graph alone where there are others.
  fileprivate var conformingName: String { graphs.count > 1 ? graph?.label ?? "the model" : "the model" }
}
