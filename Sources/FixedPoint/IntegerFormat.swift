/// A two's-complement or unsigned integer format of any width from 1 to 64 bits.
public struct IntegerFormat: Hashable, Sendable, Codable {
  /// The number of bits, 1 to 64.
  public let bits: Int
  /// Whether the top bit carries a negative weight.
  public let isSigned: Bool

  /// Creates a format.
  ///
  /// - Parameters:
  ///   - bits: The number of bits.
  ///   - isSigned: Whether the format is two's complement rather than unsigned.
  /// - Precondition: `1...64` contains `bits`.
  public init(bits: Int, isSigned: Bool) {
    precondition((1...64).contains(bits), "an integer format has 1 to 64 bits")
    self.bits = bits
    self.isSigned = isSigned
  }

  /// A two's-complement format: `int(8)` holds −128 to 127.
  public static func int(_ bits: Int) -> IntegerFormat { IntegerFormat(bits: bits, isSigned: true) }

  /// An unsigned format: `uint(8)` holds 0 to 255.
  public static func uint(_ bits: Int) -> IntegerFormat { IntegerFormat(bits: bits, isSigned: false) }

  /// The smallest value: −2^(bits−1), or 0 when unsigned.
  @inlinable public var minimum: Int128 { isSigned ? -(Int128(1) << Int128(bits - 1)) : 0 }

  /// The largest value: 2^(bits−1)−1, or 2^bits−1 when unsigned.
  @inlinable public var maximum: Int128 { (Int128(1) << Int128(isSigned ? bits - 1 : bits)) - 1 }

  /// Whether the format can hold a value.
  @inlinable public func contains(_ value: Int128) -> Bool { value >= minimum && value <= maximum }

  /// The usual name: `int8`, `uint4`.
  public var name: String { "\(isSigned ? "int" : "uint")\(bits)" }
}
