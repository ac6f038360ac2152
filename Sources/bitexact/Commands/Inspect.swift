internal import HardwareProfile
internal import Reports
internal import Simulation

extension Command {
  static let inspect = Command(
    name: "inspect", summary: "shows a model's operators and schemes; with a profile, what violates it and the repair",
    positionals: ["MODEL"], options: [.profile],
    notes: ["With --profile the exit code is 1 when there are violations."],
    examples: ["inspect model.tflite", "inspect model.tflite --profile nna-int8-pow2"]
  ) { arguments, console in
    let model = try LoadedModel(arguments.positionals[0], profile: arguments.text("--profile"))
    let checks = arguments.isSet("--profile")
    let violations = checks ? model.profile.conformanceFaults(of: model.network) : []
    let report = InspectReport(
      model: model.path, sha256: model.digest(), profile: model.profile.name,
      summary: ModelSummary(model.network, model.profile),
      violations: checks ? violations.map(ViolationRow.init) : nil)
    try console.report(report) {
      "\(model.path): sha256 \(report.sha256)\n\n\(report.summary.text())"
        + (checks ? violationText(violations, model) : "")
    }
    return violations.isEmpty ? .success : .checkFailed
  }

  /// The violations by rule: how many, where, and what mends them.
  private static func violationText(_ violations: [Violation], _ model: LoadedModel) -> String {
    guard !violations.isEmpty else { return "\n\(model.profile.name): the model conforms, 0 violations\n" }
    var table = TextTable(
      [
        TextTable.Column("kind"), TextTable.Column("count", .right), TextTable.Column("for instance", maximumWidth: 60),
        TextTable.Column("rule", maximumWidth: 60), TextTable.Column("repair"),
      ], title: "\(model.profile.name): \(violations.count) violations")
    for kind in Violation.Kind.allCases {
      let group = violations.filter { $0.kind == kind }
      guard let first = group.first else { continue }
      table.add([kind.rawValue, "\(group.count)", first.place, first.rule, first.remedy])
    }
    table.footnotes = ["--json lists each of them."]
    return "\n" + table.render()
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

private struct ViolationRow: Encodable {
  let kind: String
  let place: String
  let `operator`: Int
  let rule: String
  let remedy: String

  init(_ violation: Violation) {
    kind = violation.kind.rawValue
    place = violation.place
    self.operator = violation.node
    rule = violation.rule
    remedy = violation.remedy
  }
}
