internal import HardwareProfile
internal import Reports
internal import Workflows

extension Command {
  static let profileList = Command(
    name: "profile list", summary: "lists the built-in hardware profiles",
    examples: ["profile list", "profile list --json"], usesThreads: false
  ) { _, console in
    let profiles = try HardwareProfile.builtInNames.map { try Profiles.resolve($0) }
    let rows = profiles.map {
      ProfileRow(name: $0.name, vendor: $0.vendor, summary: $0.summary, certified: $0.certified)
    }
    try console.report(rows) {
      var table = TextTable([TextTable.Column("name"), TextTable.Column("what it is")])
      for row in rows { table.add([row.name, row.summary]) }
      return table.render()
    }
    return .success
  }

  static let profileShow = Command(
    name: "profile show", summary: "prints a whole profile as JSON, with everything that it inherits",
    positionals: [.profile("P")], examples: ["profile show tflite", "profile show ./my-chip.json"],
    usesThreads: false
  ) { arguments, console in
    // The canonical text is JSON already, with or without --json.
    try console.report(json: Profiles.resolve(arguments.positionals[0]).canonicalJSON())
    return .success
  }

  static let profileCheck = Command(
    name: "profile check", summary: "says everything that is wrong with a profile",
    positionals: [.profile("FILE")], notes: ["Exit code 1 when there are faults, 2 when the file cannot be read."],
    examples: ["profile check my-chip.json", "profile check my-chip.json --json"], usesThreads: false
  ) { arguments, console in
    let path = arguments.positionals[0]
    // A file that cannot be read is bad input; one that can be read and is wrong fails the check.
    if !HardwareProfile.builtInNames.contains(path) { _ = try InputFile.bytes(path) }
    switch Result(catching: { () throws(ProfileError) in try HardwareProfile.resolve(path) }) {
    case .success(let profile):
      try console.report(CheckReport(passed: true, name: profile.name, faults: [])) {
        "\(path.visible): no faults; the profile's name is \(profile.name.visible)\n"
      }
      return .success
    case .failure(let error):
      if console.isJSON { try console.report(json: JSONText.encode(CheckReport(error)) + "\n") }
      for fault in error.faults { Console.writeError(Failure.line(fault.description)) }
      return .checkFailed
    }
  }
}

/// What `profile list --json` prints for each profile.
private struct ProfileRow: Encodable {
  let name: String
  let vendor: String
  let summary: String
  let certified: String
}

/// What `profile check --json` prints.
private struct CheckReport: Encodable {
  let passed: Bool
  let name: String?
  let faults: [ProfileFaultRow]

  init(passed: Bool, name: String?, faults: [ProfileFaultRow]) {
    self.passed = passed
    self.name = name
    self.faults = faults
  }

  init(_ error: ProfileError) {
    let faults = error.faults.map {
      ProfileFaultRow(file: $0.file, line: $0.line, path: $0.path, message: $0.message)
    }
    self.init(passed: false, name: nil, faults: faults)
  }
}

private struct ProfileFaultRow: Encodable {
  let file: String
  let line: Int
  let path: String
  let message: String
}
