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
  @inlinable public var minimum: Int128 { lowerLimit(in: Int128.self) }

  /// The largest value: 2^(bits−1)−1, or 2^bits−1 when unsigned.
  @inlinable public var maximum: Int128 { upperLimit(in: Int128.self) }

  /// Whether the format can hold a value.
  @inlinable public func contains(_ value: Int128) -> Bool { value >= minimum && value <= maximum }

  /// The usual name: `int8`, `uint4`.
  public var name: String { "\(isSigned ? "int" : "uint")\(bits)" }

  private enum CodingKeys: String, CodingKey { case bits, isSigned }

  /// Decodes a format and refuses a width that no format has.
  ///
  /// - Parameter decoder: The decoder to read from.
  /// - Throws: `DecodingError` for a missing or malformed part or a width outside 1 to 64.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let bits = try container.decode(Int.self, forKey: .bits)
    guard (1...64).contains(bits) else {
      throw DecodingError.dataCorruptedError(
        forKey: .bits, in: container, debugDescription: "an integer format has 1 to 64 bits, not \(bits)")
    }
    self.init(bits: bits, isSigned: try container.decode(Bool.self, forKey: .isSigned))
  }
}

extension IntegerFormat {
  /// The smallest value that both the format and `T` hold.
  @inlinable
  func lowerLimit<T: FixedWidthInteger & SignedInteger>(in _: T.Type) -> T {
    if !isSigned { return 0 }
    return bits >= T.bitWidth ? T.min : T(-1) &<< T(truncatingIfNeeded: bits &- 1)
  }

  /// The largest value that both the format and `T` hold.
  @inlinable
  func upperLimit<T: FixedWidthInteger & SignedInteger>(in _: T.Type) -> T {
    let valueBits = isSigned ? bits &- 1 : bits
    return valueBits >= T.bitWidth &- 1 ? T.max : ((1 as T) &<< T(truncatingIfNeeded: valueBits)) &- 1
  }

  /// The nearest value that the format can hold; `T` always holds it too, because it lies between `value` and zero or,
  /// when `value` is negative and the format unsigned, is zero.
  @inlinable
  func nearest<T: FixedWidthInteger & SignedInteger>(to value: T) -> T {
    min(max(value, lowerLimit(in: T.self)), upperLimit(in: T.self))
  }

  /// The low bits of a value read back in this format, or `nil` when `T` cannot hold the result: a negative value's
  /// residue in an unsigned format at least as wide as `T`.
  @inlinable
  func residue<T: FixedWidthInteger & SignedInteger>(of value: T) -> T? {
    if bits >= T.bitWidth { return isSigned || value >= 0 ? value : nil }
    if !isSigned { return value & upperLimit(in: T.self) }
    let unused = T(truncatingIfNeeded: T.bitWidth &- bits)
    return (value &<< unused) &>> unused
  }
}
