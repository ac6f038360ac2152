internal import HardwareProfile
internal import Reports
internal import Workflows

extension Command {
  static let profileDiff = Command(
    name: "profile diff", summary: "says in which keys two profiles differ and what that means",
    positionals: [.profile("P"), .profile("Q")], notes: ["Exit code 0 whether they differ or not."],
    examples: ["profile diff tflite nna-int8", "profile diff nna-int8-pow2 ./my-chip.json --json"],
    usesThreads: false
  ) { arguments, console in
    let before = try Profiles.resolve(arguments.positionals[0])
    let after = try Profiles.resolve(arguments.positionals[1])
    let rows = after.differences(from: before).map {
      DifferenceRow(path: $0.path, before: $0.before, after: $0.after, effect: $0.effect)
    }
    try console.report(rows) {
      if rows.isEmpty { return "the profiles are equal\n" }
      return rows.map { row in
        let effect = row.effect.map { "  effect: \($0)\n" } ?? ""
        return "\(row.path.visible)\n  \(before.name.visible): \((row.before ?? "absent").visible)\n"
          + "  \(after.name.visible): \((row.after ?? "absent").visible)\n\(effect)"
      }.joined()
    }
    return .success
  }

  static let profileSchema = Command(
    name: "profile schema", summary: "prints the JSON Schema that a profile obeys",
    examples: ["profile schema", "profile schema > schema.json"], usesThreads: false
  ) { _, console in
    try console.report(json: HardwareProfile.jsonSchema())
    return .success
  }
}

/// What `profile diff --json` prints for each key.
private struct DifferenceRow: Encodable {
  let path: String
  let before: String?
  let after: String?
  let effect: String?
}
