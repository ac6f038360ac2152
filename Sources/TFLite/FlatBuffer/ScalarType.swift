/// The types of numbers that a FlatBuffer holds.
package enum ScalarType: Hashable, Sendable {
  case bool, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64

  /// The bytes that one number takes, which is also its alignment.
  package var width: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// The integer that `bits`, the stored bits without sign extension, stand for; `nil` for floating-point types and
  /// for a 64-bit unsigned integer above `Int64.max`.
  func integer(_ bits: UInt64) -> Int64? {
    switch self {
    case .bool, .uint8, .uint16, .uint32: Int64(bits)
    case .int8: Int64(Int8(truncatingIfNeeded: bits))
    case .int16: Int64(Int16(truncatingIfNeeded: bits))
    case .int32: Int64(Int32(truncatingIfNeeded: bits))
    case .int64: Int64(bitPattern: bits)
    case .uint64: Int64(exactly: bits)
    case .float32, .float64: nil
    }
  }

  /// The stored bits of an integer, without sign extension.
  func bits(_ value: Int64) -> UInt64 {
    let all = UInt64(bitPattern: value)
    return width == 8 ? all : all & (1 << UInt64(8 * width) - 1)
  }
}

/// A list of numbers, kept as the file stores it: little endian, one after another.
package struct ScalarVector: Hashable, Sendable {
  /// The type of the numbers.
  package let type: ScalarType
  /// Their bytes; a slice that shares the storage of the file it was read from.
  package let bytes: ArraySlice<UInt8>

  /// Creates a vector from its bytes.
  ///
  /// - Precondition: `bytes` holds a whole number of elements.
  package init(_ type: ScalarType, bytes: ArraySlice<UInt8>) {
    precondition(bytes.count % type.width == 0, "a vector holds whole elements")
    self.type = type
    self.bytes = bytes
  }

  /// Creates a vector of integers; a value that the type cannot hold keeps its low bits.
  package init(_ type: ScalarType, _ values: [Int64]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * type.width)
    for value in values { bytes.append(littleEndian: UInt64(bitPattern: value), width: type.width) }
    self.init(type, bytes: bytes[...])
  }

  /// Creates a vector of float32.
  package init(_ values: [Float]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * 4)
    for value in values { bytes.append(littleEndian: UInt64(value.bitPattern), width: 4) }
    self.init(.float32, bytes: bytes[...])
  }

  /// The number of elements.
  package var count: Int { bytes.count / type.width }

  /// The integers, or `nil` when the elements are no integers that an `Int64` can hold.
  package var integers: [Int64]? {
    var result: [Int64] = []
    result.reserveCapacity(count)
    for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: type.width) {
      guard let value = type.integer(bytes.littleEndian(at: start, width: type.width)) else { return nil }
      result.append(value)
    }
    return result
  }

  /// The float32 numbers, or `nil` when the elements are of another type.
  package var floats: [Float]? {
    guard type == .float32 else { return nil }
    return stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { start in
      Float(bitPattern: UInt32(truncatingIfNeeded: bytes.littleEndian(at: start, width: 4)))
    }
  }
}

extension RandomAccessCollection where Element == UInt8, Index == Int {
  /// The unsigned number that `width` bytes from `position` on stand for.
  func littleEndian(at position: Int, width: Int) -> UInt64 {
    var value: UInt64 = 0
    for byte in 0..<width { value |= UInt64(self[position + byte]) << UInt64(8 * byte) }
    return value
  }
}

extension [UInt8] {
  /// Appends the low `width` bytes of a number.
  mutating func append(littleEndian value: UInt64, width: Int) {
    for byte in 0..<width { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
  }

  /// Overwrites `width` bytes from `position` on.
  mutating func put(littleEndian value: UInt64, width: Int, at position: Int) {
    for byte in 0..<width { self[position + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
  }
}
