/// A subcommand: what it takes, what its help says, and what it does.
struct Command: Sendable {
  /// The words that call it: `run`, `profile show`.
  let name: String
  /// What it does, in a sentence without a full stop.
  let summary: String
  /// The arguments without a name.
  var positionals: [Operand] = []
  /// One more argument without a name that may stand after them.
  var optionalPositional: Operand?
  /// The options that are its own; ``Option/common`` are added.
  var options: [Option] = []
  /// What a user needs to know beside the options.
  var notes: [String] = []
  /// Command lines that work, without the tool's name.
  let examples: [String]
  /// Whether it works on several threads.
  var usesThreads = true
  /// Does the work.
  ///
  /// All files that it reads and writes are named by its operands, which are checked before.
  let perform: @Sendable (Arguments, Console) async throws -> ExitCode

  /// The options that the command takes.
  var allOptions: [Option] { options + Option.common }
}

/// An option of a command.
struct Option: Sendable {
  /// The name with its dashes.
  let name: String
  /// A name of one letter with its dash.
  var short: String?
  /// What its value stands for; `nil` for a switch.
  var value: Operand?
  /// What it does.
  let help: String
  /// Whether it may be given more than once.
  var isRepeatable = false
  /// Whether the command cannot do without it.
  var isRequired = false

  /// What each command takes.
  static let common = [
    Option(name: "--json", help: "print the result as JSON"),
    Option(name: "--quiet", help: "print errors only"),
    Option(
      name: "--threads", value: .word("N"), help: "how many samples are worked on at a time; default: all processors"),
    Option(name: "--seed", value: .word("N"), help: "start of random inputs; default 1"),
    Option(name: "--help", short: "-h", help: "print this text"),
  ]

  static let profile = Option(
    name: "--profile", value: .profile("P"),
    help: "the hardware: a built-in name or a path; default: the one in the model, or else tflite")
}

/// What the process tells its caller.
enum ExitCode: Int32 {
  /// The work was done, and what was checked holds.
  case success = 0
  /// What was checked does not hold.
  case checkFailed = 1
  /// A file or its content cannot be used.
  case badInput = 2
  /// The command line is wrong.
  case badUsage = 64
}
