/// Why a network cannot be rewritten for a machine.
package struct RequantizationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The reasons, each with its place.
  package let reasons: [String]

  /// Creates an error.
  package init(_ reasons: [String]) { self.reasons = reasons }

  /// One line for each reason.
  package var description: String { reasons.joined(separator: "\n") }
}
