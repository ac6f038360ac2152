internal import Exploration
internal import Reports
internal import Workflows

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Where a command's results go, and the options that all commands share.
struct Console: Sendable {
  /// Whether results are printed as JSON.
  let isJSON: Bool
  /// Whether only errors are printed.
  let isQuiet: Bool
  /// How many samples are worked on at a time.
  let threads: Int
  /// The start of random inputs.
  let seed: UInt64

  /// Which files the command reads and writes.
  let claims: FileClaims

  init(_ arguments: Arguments, _ claims: FileClaims) throws(UsageError) {
    self.claims = claims
    isJSON = arguments.isSet("--json")
    isQuiet = arguments.isSet("--quiet")
    threads = try arguments.integer("--threads", in: 1...1024) ?? ProcessInfo.processInfo.activeProcessorCount
    seed = UInt64(try arguments.integer("--seed", in: 0...Int.max) ?? 1)
  }

  /// Prints a result: as JSON where that is asked for, or else as text unless quiet.
  ///
  /// JSON is printed even when quiet, since nobody asks for it without wanting it. Text goes to standard error where an
  /// output goes to standard output.
  ///
  /// - Throws: ``InputError`` where standard output cannot be written.
  // Inlined into an asynchronous function, its error ends the optimizer of Swift 6.3 with a fault.
  @inline(never)
  func report(_ value: some Encodable, text: () -> String) throws {
    if isJSON {
      try StandardStreams.writeJSON(JSONText.encode(value) + "\n")
    } else if !isQuiet {
      if claims.usesStandardOutput { Console.writeError(text()) } else { try StandardStreams.write(text()) }
    }
  }

  /// Prints a result that is JSON with and without `--json`.
  ///
  /// - Throws: ``InputError`` where standard output cannot be written.
  func report(json: String) throws { try StandardStreams.writeJSON(json) }

  /// A meter for work that takes a while; it shows on a terminal only.
  func progress(_ label: String, total: Int) -> ProgressMeter {
    ProgressMeter(label, total: total, isQuiet: isQuiet)
  }

  /// Tells what a user should know beside the result, on standard error; nothing when quiet.
  func note(_ text: String) {
    if !isQuiet { Console.note(text) }
  }

  /// Tells what must not be missed, on standard error, even when quiet.
  func warn(_ text: String) { Console.warn(text) }

  /// Tells a note in one line on standard error.
  static func note(_ text: String) { writeError(Failure.line(text, as: "note")) }

  /// Tells a warning in one line on standard error.
  static func warn(_ text: String) { writeError(Failure.line(text, as: "warning")) }

  /// A meter for work on chosen samples.
  ///
  /// - Throws: `DataSetError` where none are chosen.
  func progress(_ label: String, _ data: DataSet, _ subset: Subset) throws -> ProgressMeter {
    progress(label, total: try data.indices(of: subset).count)
  }

  /// Writes to standard error.
  static func writeError(_ text: String) { StandardStreams.writeError(text) }
}
