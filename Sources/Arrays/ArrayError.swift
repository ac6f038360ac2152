/// Why an array file was refused, or could not be written: which file, what is wrong, what is allowed, what to do.
package struct ArrayError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The classes of faults, for callers that treat them differently.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The file cannot be opened or read.
    case unreadable
    /// The file cannot be created, written or renamed.
    case unwritable
    /// The file is neither an .npy nor an .npz file, or its container is damaged.
    case format
    /// The .npy header does not say what NumPy would write.
    case header
    /// The element type is not a number, or cannot become the requested type.
    case elementType
    /// The shape is impossible, or does not fit the values.
    case shape
    /// The file ends too early or goes on too long.
    case length
    /// A checksum or the compressed data is wrong.
    case damaged
    /// A sample or an array that does not exist was asked for.
    case missing
    /// A stored value does not fit in the requested type.
    case value
  }

  /// The class of the fault.
  package let kind: Kind
  /// The file, and the array inside it for an archive.
  package let file: String
  /// What is wrong.
  package let problem: String
  /// What would be right.
  package let allowed: String
  /// How to repair it.
  package let repair: String

  /// Collects the parts of the message.
  package init(_ kind: Kind, file: String, problem: String, allowed: String, repair: String) {
    self.kind = kind
    self.file = file
    self.problem = problem
    self.allowed = allowed
    self.repair = repair
  }

  /// One line: `file: problem (allowed: …; repair: …)`.
  package var description: String { "\(file): \(problem) (allowed: \(allowed); repair: \(repair))" }
}
