/// One thing that is wrong with a profile.
package struct ProfileFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file that holds the fault, or the name of a built-in profile; empty when no file is meant.
  package let file: String
  /// The line in the file, from 1; 0 when no line is meant.
  package let line: Int
  /// The JSON path, such as `requantize[2].shift.rounding`; empty for the whole document.
  package let path: String
  /// What is wrong, what is allowed and, where it can be guessed, what was meant.
  package let message: String

  /// Creates a fault.
  package init(file: String, line: Int = 0, path: String, message: String) {
    self.file = file
    self.line = line
    self.path = path
    self.message = message
  }

  /// The file and line, the path and the message, on one line.
  package var description: String {
    let place = line > 0 ? "\(file):\(line)" : file
    return [place, path, message].filter { !$0.isEmpty }.joined(separator: ": ")
  }
}

/// Everything that is wrong with a profile.
package struct ProfileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The faults, at least one.
  package let faults: [ProfileFault]

  /// Creates an error.
  package init(faults: [ProfileFault]) { self.faults = faults }

  /// One line for each fault.
  package var description: String { faults.map(\.description).joined(separator: "\n") }
}
