/// A Swift type that the values of an array can be read as and written from.
///
/// An integer type takes `bool` (0 and 1) and every integer type, and refuses a value that does not fit; it never takes
/// floating-point numbers. `Float` and `Double` take everything and round to the nearest, ties to even. Truth values
/// that are neither 0 nor 1 count as 1.
package protocol ArrayElement: BitwiseCopyable, Sendable {
  /// The element type under which the values are written.
  static var arrayType: NPYType { get }

  /// Decodes elements of a file; called through ``NPYFile``.
  ///
  /// - Parameter elements: What to decode.
  /// - Returns: The values in C order.
  /// - Throws: ``ArrayError`` where a value does not fit.
  static func decoded(_ elements: StoredElements) throws(ArrayError) -> [Self]
}

extension ArrayElement where Self: FixedWidthInteger {
  /// Decodes integers and refuses what does not fit.
  ///
  /// - Parameter elements: What to decode.
  /// - Returns: The values in C order.
  /// - Throws: ``ArrayError`` where a value does not fit, or is a floating-point number.
  package static func decoded(_ elements: StoredElements) throws(ArrayError) -> [Self] {
    switch elements.type {
    case .bool: try elements.map(UInt8.self, to: arrayType) { $0 == 0 ? 0 : 1 }
    case .int8: try elements.map(UInt8.self, to: arrayType) { Self(exactly: Int8(bitPattern: $0)) }
    case .int16: try elements.map(UInt16.self, to: arrayType) { Self(exactly: Int16(bitPattern: $0)) }
    case .int32: try elements.map(UInt32.self, to: arrayType) { Self(exactly: Int32(bitPattern: $0)) }
    case .int64: try elements.map(UInt64.self, to: arrayType) { Self(exactly: Int64(bitPattern: $0)) }
    case .uint8: try elements.map(UInt8.self, to: arrayType) { Self(exactly: $0) }
    case .uint16: try elements.map(UInt16.self, to: arrayType) { Self(exactly: $0) }
    case .uint32: try elements.map(UInt32.self, to: arrayType) { Self(exactly: $0) }
    case .uint64: try elements.map(UInt64.self, to: arrayType) { Self(exactly: $0) }
    case .float16, .float32, .float64:
      throw ArrayError(
        .elementType, file: elements.name, problem: "the elements are \(elements.type), not integers",
        allowed: "bool and the integer types", repair: "save array.astype(numpy.\(arrayType))")
    }
  }
}

extension ArrayElement where Self: BinaryFloatingPoint {
  /// Decodes numbers and rounds them to the nearest.
  ///
  /// - Parameter elements: What to decode.
  /// - Returns: The values in C order.
  /// - Throws: Nothing; the protocol asks for it.
  package static func decoded(_ elements: StoredElements) throws(ArrayError) -> [Self] {
    switch elements.type {
    case .bool: try elements.map(UInt8.self, to: arrayType) { $0 == 0 ? 0 : 1 }
    case .int8: try elements.map(UInt8.self, to: arrayType) { Self(Int8(bitPattern: $0)) }
    case .int16: try elements.map(UInt16.self, to: arrayType) { Self(Int16(bitPattern: $0)) }
    case .int32: try elements.map(UInt32.self, to: arrayType) { Self(Int32(bitPattern: $0)) }
    case .int64: try elements.map(UInt64.self, to: arrayType) { Self(Int64(bitPattern: $0)) }
    case .uint8: try elements.map(UInt8.self, to: arrayType) { Self($0) }
    case .uint16: try elements.map(UInt16.self, to: arrayType) { Self($0) }
    case .uint32: try elements.map(UInt32.self, to: arrayType) { Self($0) }
    case .uint64: try elements.map(UInt64.self, to: arrayType) { Self($0) }
    case .float16: try elements.map(UInt16.self, to: arrayType) { Self(Float(binary16: $0)) }
    case .float32: try elements.map(UInt32.self, to: arrayType) { Self(Float(bitPattern: $0)) }
    case .float64: try elements.map(UInt64.self, to: arrayType) { Self(Double(bitPattern: $0)) }
    }
  }
}

extension Float {
  /// The value of a binary16 number, exactly; Swift's own `Float16` is missing on some machines.
  init(binary16 bits: UInt16) {
    let sign: FloatingPointSign = bits >> 15 == 0 ? .plus : .minus
    let fraction = Float(bits & 0x3ff)
    let magnitude: Float =
      switch Int(bits >> 10 & 0x1f) {
      case 0: Float(sign: .plus, exponent: -24, significand: fraction)
      case 31: fraction == 0 ? .infinity : .nan
      case let exponent: Float(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
      }
    self = sign == .plus ? magnitude : -magnitude
  }
}

extension Int8: ArrayElement {
  /// `int8`.
  package static var arrayType: NPYType { .int8 }
}

extension Int16: ArrayElement {
  /// `int16`.
  package static var arrayType: NPYType { .int16 }
}

extension Int32: ArrayElement {
  /// `int32`.
  package static var arrayType: NPYType { .int32 }
}

extension Int64: ArrayElement {
  /// `int64`.
  package static var arrayType: NPYType { .int64 }
}

extension UInt8: ArrayElement {
  /// `uint8`.
  package static var arrayType: NPYType { .uint8 }
}

extension UInt16: ArrayElement {
  /// `uint16`.
  package static var arrayType: NPYType { .uint16 }
}

extension UInt32: ArrayElement {
  /// `uint32`.
  package static var arrayType: NPYType { .uint32 }
}

extension UInt64: ArrayElement {
  /// `uint64`.
  package static var arrayType: NPYType { .uint64 }
}

extension Float: ArrayElement {
  /// `float32`.
  package static var arrayType: NPYType { .float32 }
}

extension Double: ArrayElement {
  /// `float64`.
  package static var arrayType: NPYType { .float64 }
}
