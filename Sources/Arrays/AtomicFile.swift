/// Writes a file in one step: a reader sees the old content or the new, and an error leaves the old.
public enum AtomicFile {
  /// Writes bytes to a temporary file in the same folder and renames it.
  ///
  /// A device or a pipe is written directly.
  ///
  /// - Parameters:
  ///   - bytes: The whole content.
  ///   - path: The destination; an existing file keeps its permissions.
  /// - Throws: ``ArrayError`` of the kind `unwritable`.
  public static func write(_ bytes: [UInt8], to path: String) throws(ArrayError) {
    let file = try OutputFile(path)
    try file.write(bytes)
    try file.finish()
  }

  /// Writes a text as UTF-8, as ``write(_:to:)-([UInt8],_)`` writes bytes.
  ///
  /// - Parameters:
  ///   - text: The whole content.
  ///   - path: The destination.
  /// - Throws: ``ArrayError`` of the kind `unwritable`.
  public static func write(_ text: String, to path: String) throws(ArrayError) {
    try write(Array(text.utf8), to: path)
  }
}
