/// Why a network cannot be rewritten for a machine.
public struct RequantizationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The reasons, each with its place.
  public let reasons: [String]

  /// Creates an error.
  public init(_ reasons: [String]) { self.reasons = reasons }

  /// One line for each reason.
  public var description: String { reasons.joined(separator: "\n") }
}
