internal import Arrays
internal import FastEngine
internal import Reports
internal import Workflows

/// Finds the command that the user means, and runs it.
enum Tool {
  /// The version that `--version` prints and that provenance names.
  static let version = ToolVersion.current

  /// The commands in the order in which help lists them.
  static let commands: [Command] = [
    .demo, .inspect, .requantize, .run, .verify, .evaluate, .compare, .explore, .vectors, .bench,
    .profileList, .profileShow, .profileCheck, .profileDiff, .profileSchema,
  ]

  /// Runs the tool.
  ///
  /// - Parameter words: The arguments without the tool's name.
  /// - Returns: What the process tells its caller.
  static func run(_ words: [String]) -> ExitCode {
    var name: String?
    do {
      StandardStreams.holdClosedOnes()
      guard let first = words.first else {
        Console.writeError(Help.overview(commands))
        return .badUsage
      }
      let code: ExitCode
      if first == "--version" {
        try StandardStreams.write("bitexact \(version)\n")
        code = .success
      } else if ["--help", "-h", "help"].contains(first) {
        try StandardStreams.write(Help.overview(commands))
        code = .success
      } else {
        let (group, rest) = try find(words)
        if let command = group.first, group.count == 1 {
          name = command.name
          code = try run(command, rest)
        } else {
          try StandardStreams.write(Help.overview(group))
          code = .success
        }
      }
      try StandardStreams.closeOutput()
      return code
    } catch {
      let (code, line) = Failure.describe(error, command: name)
      Console.writeError(line)
      return code
    }
  }

  /// Runs a command, after everything that the command line itself tells is checked.
  private static func run(_ command: Command, _ words: [String]) throws -> ExitCode {
    let arguments = try Arguments(words, for: command)
    if arguments.isSet("--help") {
      try StandardStreams.write(Help.text(for: command))
      return .success
    }
    if let fault = KernelSet.environmentFault { throw UsageError(fault) }
    let console = try Console(arguments, FileClaims(arguments, of: command))
    if arguments.operands(of: command).contains(where: { $0.operand.isOutput }) { Interruption.watch() }
    try arguments.refuseWrongFiles(of: command)
    defer { Temporaries.removeEmptyFolders() }
    return try CommandExecutor.run(threads: command.usesThreads ? console.threads : 1) {
      try await command.perform(arguments, console)
    }
  }

  /// The command that the first words name, or all commands of a group whose help is asked for; and the words after.
  private static func find(_ words: [String]) throws(UsageError) -> ([Command], [String]) {
    if let command = commands.first(where: { $0.name == words[0] }) { return ([command], Array(words.dropFirst())) }
    let group = commands.filter { $0.name.hasPrefix(words[0] + " ") }
    if group.isEmpty {
      var names: [String] = []
      for name in commands.compactMap({ $0.name.split(separator: " ").first.map(String.init) })
      where !names.contains(name) {
        names.append(name)
      }
      throw UsageError("unknown command \"\(words[0])\"" + guess(words[0], among: names))
    }
    guard words.count > 1 else {
      throw UsageError("\(words[0]) needs one of: \(subcommands(group).joined(separator: ", "))", nil)
    }
    if ["--help", "-h"].contains(words[1]) { return (group, []) }
    guard let command = group.first(where: { $0.name == "\(words[0]) \(words[1])" }) else {
      throw UsageError("unknown command \"\(words[0]) \(words[1])\"" + guess(words[1], among: subcommands(group)))
    }
    return ([command], Array(words.dropFirst(2)))
  }

  private static func subcommands(_ group: [Command]) -> [String] {
    group.compactMap { $0.name.split(separator: " ").last.map(String.init) }
  }

  private static func guess(_ word: String, among known: [String]) -> String {
    didYouMean(word, among: known).map { "; did you mean \($0)?" } ?? "; known are \(known.joined(separator: ", "))"
  }
}
