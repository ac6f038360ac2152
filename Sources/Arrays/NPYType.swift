/// The types of the elements of an .npy file that are numbers of a fixed size; the raw value is NumPy's name.
package enum NPYType: String, CaseIterable, Hashable, Sendable, CustomStringConvertible {
  /// A truth value in one byte, 0 or 1.
  case bool
  /// A signed integer of 8 bits.
  case int8
  /// A signed integer of 16 bits.
  case int16
  /// A signed integer of 32 bits.
  case int32
  /// A signed integer of 64 bits.
  case int64
  /// An unsigned integer of 8 bits.
  case uint8
  /// An unsigned integer of 16 bits.
  case uint16
  /// An unsigned integer of 32 bits.
  case uint32
  /// An unsigned integer of 64 bits.
  case uint64
  /// IEEE 754 binary16.
  case float16
  /// IEEE 754 binary32.
  case float32
  /// IEEE 754 binary64.
  case float64

  /// The size of one element in bytes.
  package var byteCount: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// Whether the elements are floating-point numbers.
  package var isFloatingPoint: Bool {
    switch self {
    case .float16, .float32, .float64: true
    default: false
    }
  }

  /// NumPy's name of the type.
  package var description: String { rawValue }

  /// The kind and size as the header's `descr` has them, without the byte order.
  var code: String {
    let kind: Character =
      switch self {
      case .bool: "b"
      case .int8, .int16, .int32, .int64: "i"
      case .uint8, .uint16, .uint32, .uint64: "u"
      case .float16, .float32, .float64: "f"
      }
    return "\(kind)\(byteCount)"
  }

  /// The `descr` of data in this machine's byte order.
  var nativeDescription: String {
    byteCount == 1 ? "|\(code)" : "\(ByteOrder.native.rawValue)\(code)"
  }
}

/// The order of the bytes of one element, by the character of the header's `descr`.
enum ByteOrder: Character {
  case little = "<"
  case big = ">"

  static var native: ByteOrder { 1.littleEndian == 1 ? .little : .big }
}
