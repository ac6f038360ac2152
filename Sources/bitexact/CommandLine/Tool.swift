internal import FastEngine
internal import Reports

/// Finds the command that the user means, and runs it.
enum Tool {
  /// The version that `--version` prints and that provenance names.
  static let version = "0.1.0"

  /// The commands in the order in which help lists them.
  static let commands: [Command] = [
    .demo, .inspect, .requantize, .run, .verify, .evaluate, .compare, .explore, .bench,
    .profileList, .profileShow, .profileCheck, .profileDiff, .profileSchema,
  ]

  /// Runs the tool.
  ///
  /// - Parameter words: The arguments without the tool's name.
  /// - Returns: What the process tells its caller.
  static func run(_ words: [String]) async -> ExitCode {
    var name: String?
    do {
      guard let first = words.first else {
        Console.writeError(Help.overview(commands))
        return .badUsage
      }
      if first == "--version" {
        print("bitexact \(version)")
        return .success
      }
      if ["--help", "-h", "help"].contains(first) {
        print(Help.overview(commands), terminator: "")
        return .success
      }
      let (group, rest) = try find(words)
      guard let command = group.first, group.count == 1 else {
        print(Help.overview(group), terminator: "")
        return .success
      }
      name = command.name
      let arguments = try Arguments(rest, for: command)
      if arguments.isSet("--help") {
        print(Help.text(for: command), terminator: "")
        return .success
      }
      if let fault = KernelSet.environmentFault { throw UsageError(fault) }
      return try await command.perform(arguments, Console(arguments))
    } catch {
      let (code, line) = Failure.describe(error, command: name)
      Console.writeError(line)
      return code
    }
  }

  /// The command that the first words name, or all commands of a group whose help is asked for; and the words after.
  private static func find(_ words: [String]) throws(UsageError) -> ([Command], [String]) {
    if let command = commands.first(where: { $0.name == words[0] }) { return ([command], Array(words.dropFirst())) }
    let group = commands.filter { $0.name.hasPrefix(words[0] + " ") }
    if group.isEmpty {
      let names = commands.map { $0.name.split(separator: " ").first.map(String.init) ?? $0.name }
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
