/// Input that cannot be used: one line that names the file, the place in it and the repair.
package struct InputError: Error, CustomStringConvertible {
  /// The line.
  package let description: String
  /// Each fault on a line of its own.
  package let reasons: [String]

  /// Creates an error.
  package init(_ description: String) { (self.description, reasons) = (description, [description]) }

  /// An error about a file whose faults may be many: the first is told, the others are counted.
  ///
  /// - Parameters:
  ///   - file: The file's path.
  ///   - faults: A text for each fault.
  ///   - hint: Where all of them can be seen.
  package init(file: String, faults: [String], hint: String? = nil) {
    let others = faults.count - 1
    let rest = others > 0 ? " (and \(others) more\(hint.map { "; \($0)" } ?? ""))" : ""
    description = "\(file): \(faults.first ?? "it cannot be used")\(rest)"
    reasons = faults.isEmpty ? [description] : faults.map { "\(file): \($0)" }
  }

  /// An error whose line says how many faults there are beside the first.
  ///
  /// - Parameters:
  ///   - description: The line.
  ///   - reasons: Each fault on a line of its own.
  init(_ description: String, reasons: [String]) { (self.description, self.reasons) = (description, reasons) }
}
