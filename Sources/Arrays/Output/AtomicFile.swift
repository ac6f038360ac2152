/// Writes a file in one step: a reader sees the old content or the new, and an error leaves the old.
package enum AtomicFile {
  /// Writes bytes to a temporary file in the same folder and renames it.
  ///
  /// A device or a pipe is written directly.
  ///
  /// - Parameters:
  ///   - bytes: The whole content.
  ///   - path: The destination; an existing file keeps its permissions.
  /// - Throws: ``ArrayError`` of the kind `unwritable`.
  package static func write(_ bytes: [UInt8], to path: String) throws(ArrayError) {
    try publish([prepare(bytes, for: path)])
  }

  /// Writes a text as UTF-8, as ``write(_:to:)-([UInt8],_)`` writes bytes.
  ///
  /// - Parameters:
  ///   - text: The whole content.
  ///   - path: The destination.
  /// - Throws: ``ArrayError`` of the kind `unwritable`.
  package static func write(_ text: String, to path: String) throws(ArrayError) {
    try write(Array(text.utf8), to: path)
  }

  /// Writes bytes to a temporary file, which gets its name by ``publish(_:)``, together with others.
  ///
  /// - Parameters:
  ///   - bytes: The whole content.
  ///   - path: The destination.
  /// - Returns: The complete file.
  /// - Throws: ``ArrayError`` of the kind `unwritable`.
  package static func prepare(_ bytes: [UInt8], for path: String) throws(ArrayError) -> CompleteFile {
    let file = try OutputFile(path)
    try file.write(bytes)
    return try CompleteFile(file)
  }
}

/// A file whose content is complete and that has no name yet; it is deleted where it never gets one.
package struct CompleteFile {
  fileprivate let file: OutputFile

  init(_ file: OutputFile) throws(ArrayError) {
    self.file = file
    try file.complete()
  }
}

/// Gives files their names, after all of them are complete: a fault before leaves none.
///
/// - Parameter files: The files, in the order in which they get their names.
/// - Throws: ``ArrayError`` where one cannot get its name; it says which ones are there already.
package func publish(_ files: [CompleteFile]) throws(ArrayError) {
  var done: [String] = []
  for file in files {
    do throws(ArrayError) {
      try file.file.publish()
    } catch {
      guard !done.isEmpty else { throw error }
      throw ArrayError(
        error.kind, file: error.file, problem: "\(error.problem) (written already: \(done.joined(separator: ", ")))",
        allowed: error.allowed, repair: error.repair)
    }
    done.append(file.file.path)
  }
}
