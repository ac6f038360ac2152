package import NetworkModel

/// Why a network cannot be lowered for a profile: everything that is wrong, each with its place.
package struct LoweringError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The faults, in the order of the file.
  package let faults: [NetworkFault]

  /// Creates an error.
  package init(_ faults: [NetworkFault]) { self.faults = faults }

  /// One line for each fault.
  package var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// What is wrong with one operator; its place is known to whoever lowers it.
struct OperatorFault: Error {
  /// The arithmetic of an operator that a profile states.
  enum Part: String {
    case requantize, alignment, division
  }

  let message: String
  /// What the profile would have to state otherwise; `nil` where no profile could.
  let part: Part?

  init(_ message: String, _ part: Part? = nil) {
    self.message = message
    self.part = part
  }
}
