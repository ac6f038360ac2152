/// Why data cannot be fed to a model: which file and input, what is wrong, what is allowed and how to repair it.
package struct DataSetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, with the array inside of an archive.
  package let file: String
  /// What is wrong, what is allowed and how to repair it.
  package let message: String

  /// Creates an error.
  package init(file: String, message: String) {
    self.file = file
    self.message = message
  }

  /// The file, then the message, on one line.
  package var description: String { "\(file): \(message)" }
}
