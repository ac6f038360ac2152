internal import Arrays
internal import Reports

/// Where `--report` goes; the extension says what is written.
struct ReportFile: Sendable {
  /// The path.
  let path: String
  private let isHTML: Bool

  static let option = Option(
    name: "--report", value: .output("R.html"), help: "write everything: R.html to look at, R.json for machines")

  /// What `--report` names; `nil` where it is not given.
  ///
  /// - Throws: ``UsageError`` for another extension.
  init?(_ arguments: Arguments) throws(UsageError) {
    guard let path = arguments.text("--report") else { return nil }
    isHTML = path.hasSuffix(".html")
    guard isHTML || path.hasSuffix(".json") else {
      throw UsageError("--report is \"\(path)\"; name it R.html or R.json")
    }
    self.path = path
  }

  /// Writes the report.
  // As in Console: inlined into an asynchronous function, its error ends the optimizer of Swift 6.3.
  @inline(never)
  func write(_ value: some Encodable, html: () -> HTMLReport) throws { try publish([prepare(value, html: html)]) }

  /// Writes the report without its name, which it gets together with other files.
  @inline(never)
  func prepare(_ value: some Encodable, html: () -> HTMLReport) throws -> CompleteFile {
    let text = isHTML ? html().render() : try JSONText.encode(value) + "\n"
    return try AtomicFile.prepare(Array(text.utf8), for: path)
  }

  /// The command line that is being run, as a reader would repeat it.
  static var commandLine: String {
    (["bitexact"]
      + CommandLine.arguments.dropFirst().map { word in
        word.contains(where: { " *?$'\"\\".contains($0) }) ? "'\(word)'" : word
      }).joined(separator: " ")
  }
}

extension HTMLTable.Cell {
  /// An SQNR in decibels.
  static func decibels(_ value: Double?, exact: Bool = false) -> HTMLTable.Cell {
    // What does not differ sorts above all that does.
    .number(value ?? (exact ? 1e9 : nil), value.map { Format.number($0, decimals: 1) } ?? (exact ? "exact" : "-"))
  }

  /// A part of a whole.
  static func part(_ value: Double?, decimals: Int = 2) -> HTMLTable.Cell {
    .number(value, value.map { Format.percent($0, decimals: decimals) } ?? "-")
  }

  /// A whole number.
  static func count(_ value: Int?) -> HTMLTable.Cell {
    .number(value.map(Double.init), value.map(Format.integer) ?? "-")
  }

  /// A number with decimals.
  static func real(_ value: Double?, decimals: Int) -> HTMLTable.Cell {
    .number(value, value.map { Format.number($0, decimals: decimals) } ?? "-")
  }
}

extension String {
  /// A path's last part.
  var fileName: String { split(separator: "/").last.map(String.init) ?? self }
}
