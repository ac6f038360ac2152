/// One thing that is wrong with a profile.
public struct ProfileFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file that holds the fault, or the name of a built-in profile; empty when no file is meant.
  public let file: String
  /// The line in the file, from 1; 0 when no line is meant.
  public let line: Int
  /// The JSON path, such as `requantize[2].shift.rounding`; empty for the whole document.
  public let path: String
  /// What is wrong, what is allowed and, where it can be guessed, what was meant.
  public let message: String

  /// Creates a fault.
  public init(file: String, line: Int = 0, path: String, message: String) {
    self.file = file
    self.line = line
    self.path = path
    self.message = message
  }

  /// The file and line, the path and the message, on one line.
  public var description: String {
    let place = line > 0 ? "\(file):\(line)" : file
    return [place, path, message].filter { !$0.isEmpty }.joined(separator: ": ")
  }
}

/// Everything that is wrong with a profile.
public struct ProfileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The faults, at least one.
  public let faults: [ProfileFault]

  /// Creates an error.
  public init(faults: [ProfileFault]) { self.faults = faults }

  /// One line for each fault.
  public var description: String { faults.map(\.description).joined(separator: "\n") }
}
