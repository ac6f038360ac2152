/// The type of a tensor's elements, as stored.
///
/// Raw values are the names that a user sees; they are stable.
package enum ElementType: String, CaseIterable, Sendable, Hashable, Codable {
  case float16, bfloat16, float32, float64
  case int2, int4, uint4, int8, uint8, int16, uint16, int32, uint32, int64, uint64
  case bool, string, complex64, complex128, resource, variant

  /// The width of one element in bits, or `nil` where elements have no fixed width.
  package var bits: Int? {
    switch self {
    case .int2: 2
    case .int4, .uint4: 4
    case .bool, .int8, .uint8: 8
    case .float16, .bfloat16, .int16, .uint16: 16
    case .float32, .int32, .uint32: 32
    case .float64, .int64, .uint64, .complex64: 64
    case .complex128: 128
    case .string, .resource, .variant: nil
    }
  }

  /// The range of an integer type, or `nil` for any other type and for 64-bit unsigned integers.
  package var integerRange: ClosedRange<Int64>? {
    switch self {
    case .int2: -2...1
    case .int4: -8...7
    case .uint4: 0...15
    case .int8: -128...127
    case .uint8: 0...255
    case .int16: -32768...32767
    case .uint16: 0...65535
    case .int32: -(1 << 31)...(1 << 31) - 1
    case .uint32: 0...(1 << 32) - 1
    case .int64: Int64.min...Int64.max
    default: nil
    }
  }

  /// The number of bytes that `count` elements take, or `nil` where it is not fixed or overflows.
  package func byteCount(of count: Int) -> Int? {
    guard let bits else { return nil }
    let (total, overflow) = count.multipliedReportingOverflow(by: bits)
    return overflow || total > Int.max - 7 ? nil : (total + 7) / 8
  }
}
