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
  /// What the register holds.
  public private(set) var value: Int64 = 0
  /// How many additions left the register's range.
  public private(set) var overflowCount = 0

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

  /// Empties the register for the next sum; the count of overflows goes on.
  @inlinable
  public mutating func clear() { set(0) }

  /// Adds one exact term as the machine does, noticing and counting an overflow.
  ///
  /// A trapping register keeps the wrapped value; whoever owns it sees ``overflowCount`` and ends the run.
  @inlinable
  public mutating func add(_ term: Int64) {
    let (sum, carry) = value.addingReportingOverflow(term)
    if !carry && sum >= minimum && sum <= maximum {
      set(sum)
    } else {
      resolve(term)
    }
  }

  @usableFromInline
  mutating func set(_ newValue: Int64) { value = newValue }

  /// The rare path: the sum leaves the register's range.
  @usableFromInline
  mutating func resolve(_ term: Int64) {
    overflowCount += 1
    let exact = Int128(value) + Int128(term)
    value = Int64(overflow == .saturate ? format.saturate(exact) : format.wrap(exact))
  }
}
