internal import Reports

/// A command line that means nothing.
struct UsageError: Error {
  let message: String
  /// The command whose help to point at.
  let command: String?

  init(_ message: String, _ command: Command? = nil) {
    self.message = message
    self.command = command?.name
  }
}

/// How errors are told.
enum Failure {
  /// The exit code and the one line for an error.
  static func describe(_ error: any Error, command: String?) -> (ExitCode, String) {
    if let usage = error as? UsageError {
      let name = usage.command ?? command
      return (.badUsage, line("\(usage.message) (see bitexact \(name.map { "\($0) " } ?? "")--help)"))
    }
    return (.badInput, line(String(describing: error)))
  }

  /// The longest text that is printed, in Unicode scalars.
  private static let lengthLimit = 2000

  /// The text on one line of a bounded length, without what could steer a terminal; names in a file may hold anything.
  ///
  /// - Parameters:
  ///   - text: What is told.
  ///   - kind: What it is: an error, or a note.
  /// - Returns: The line with its end.
  static func line(_ text: String, as kind: String = "error") -> String {
    let clean = VisibleText.line(text.split(whereSeparator: \.isNewline).joined(separator: "; ")).unicodeScalars
      .map { Character($0) }
    let rest = clean.count > lengthLimit ? "…" : ""
    return "bitexact: \(kind): \(String(clean.prefix(lengthLimit)))\(rest)\n"
  }
}
