/// A register that adds products, of a given width and with a given answer to overflow.
///
/// The register is at most 64 bits wide and signed. Each ``add(_:)`` is one addition of the machine: the exact sum is
/// formed, an overflow is noticed and counted, and what the register keeps is decided by its policy. A machine that
/// checks only once per group of products, or once at the end, passes the exact sum of the group to one ``add(_:)``.
public struct Accumulator: Sendable {
  /// The smallest value that the register holds.
  public let minimum: Int64
  /// The largest value that the register holds.
  public let maximum: Int64
  /// The format of the register.
  public let format: IntegerFormat
  /// What the register does with a sum that it cannot hold.
  public let overflow: Overflow
  @usableFromInline var content: Int64 = 0
  @usableFromInline var overflows = 0

  /// Creates a register that holds zero.
  ///
  /// - Parameters:
  ///   - format: The register's format.
  ///   - overflow: What the register does with a sum that it cannot hold.
  /// - Precondition: The format is signed.
  public init(format: IntegerFormat, overflow: Overflow) {
    precondition(format.isSigned, "an accumulator is signed")
    self.format = format
    self.overflow = overflow
    minimum = Int64(format.minimum)
    maximum = Int64(format.maximum)
  }

  /// What the register holds.
  @inlinable public var value: Int64 { content }

  /// How many additions left the register's range.
  @inlinable public var overflowCount: Int { overflows }

  /// Empties the register for the next sum; the count of overflows goes on.
  @inlinable
  public mutating func clear() { content = 0 }

  /// Adds one exact term as the machine does, noticing and counting an overflow.
  ///
  /// A trapping register keeps the wrapped value; whoever owns it sees ``overflowCount`` and ends the run.
  ///
  /// - Parameter term: The term; it may itself lie outside the register's range.
  @inlinable
  public mutating func add(_ term: Int64) {
    let (sum, carry) = content.addingReportingOverflow(term)
    if !carry && sum >= minimum && sum <= maximum {
      content = sum
    } else {
      resolve(term)
    }
  }

  /// The rare path: the sum leaves the register's range.
  @usableFromInline
  mutating func resolve(_ term: Int64) {
    overflows += 1
    let exact = Int128(content) + Int128(term)
    content = Int64(overflow == .saturate ? format.saturate(exact) : format.wrap(exact))
  }
}
