/// Input that cannot be used: one line that names the file, the place in it and the repair.
package struct InputError: Error, CustomStringConvertible {
  /// The line.
  package let description: String

  /// Creates an error.
  package init(_ description: String) { self.description = description }

  /// An error about a file whose faults may be many: the first is told, the others are counted.
  ///
  /// - Parameters:
  ///   - file: The file's path.
  ///   - faults: A text for each fault.
  ///   - hint: Where all of them can be seen.
  package init(file: String, faults: [String], hint: String? = nil) {
    let others = faults.count - 1
    let rest = others > 0 ? " (and \(others) more\(hint.map { "; \($0)" } ?? ""))" : ""
    self.init("\(file): \(faults.first ?? "it cannot be used")\(rest)")
  }
}
