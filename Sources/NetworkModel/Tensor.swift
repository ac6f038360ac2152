/// One tensor of a network: an activation, or a constant when it has data.
package struct Tensor: Hashable, Sendable {
  /// The name that the file gives; it need not be unique.
  package var name: String
  /// The type of the stored elements.
  package var type: ElementType
  /// The extents.
  package var shape: Shape
  /// The extents with −1 where the file allows any, or empty when the file says nothing.
  package var shapeSignature: [Int]
  /// How stored integers stand for real numbers; `nil` for types that stand for themselves.
  package var quantization: Quantization?
  /// A constant's elements as stored, little endian; `nil` for an activation.
  package var data: ArraySlice<UInt8>?
  /// Whether the tensor keeps its value from one run to the next.
  package var isVariable: Bool

  /// Creates a tensor.
  package init(
    name: String, type: ElementType, shape: Shape, shapeSignature: [Int] = [], quantization: Quantization? = nil,
    data: ArraySlice<UInt8>? = nil, isVariable: Bool = false
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.shapeSignature = shapeSignature
    self.quantization = quantization
    self.data = data
    self.isVariable = isVariable
  }

  /// Whether the tensor is a constant.
  package var isConstant: Bool { data != nil }

  /// The integers of a constant of type int4 to int64 or uint8 to uint32, in row-major order; `nil` for anything else.
  package func integers() -> [Int64]? {
    guard let data, let count = shape.checkedCount, type.byteCount(of: count) == data.count else { return nil }
    switch type {
    case .int8: return data.map { Int64(Int8(bitPattern: $0)) }
    case .uint8: return data.map(Int64.init)
    case .int4:
      // Two elements to a byte, the first in the low half.
      return (0..<count).map { index in
        let byte = data[data.startIndex + index / 2]
        return Int64(Int8(bitPattern: index % 2 == 0 ? byte << 4 : byte) >> 4)
      }
    case .int16: return Tensor.decode(data, as: Int16.self)
    case .uint16: return Tensor.decode(data, as: UInt16.self)
    case .int32: return Tensor.decode(data, as: Int32.self)
    case .uint32: return Tensor.decode(data, as: UInt32.self)
    case .int64: return Tensor.decode(data, as: Int64.self)
    default: return nil
    }
  }

  /// The bit patterns of a float32 constant, in row-major order; `nil` for anything else.
  package func floatBits() -> [Int64]? {
    guard let data, type == .float32, let count = shape.checkedCount, type.byteCount(of: count) == data.count else {
      return nil
    }
    return Tensor.decode(data, as: Int32.self)
  }

  /// The stored form of integers, the inverse of ``integers()``.
  ///
  /// - Parameters:
  ///   - values: Integers that the type can hold.
  ///   - type: int4, int8, uint8, int16, uint16, int32, uint32 or int64.
  /// - Returns: The bytes, little endian; `nil` for any other type or when a value does not fit.
  package static func bytes(_ values: [Int64], as type: ElementType) -> [UInt8]? {
    guard let range = type.integerRange, values.allSatisfy(range.contains) else { return nil }
    switch type {
    case .int8, .uint8: return values.map { UInt8(truncatingIfNeeded: $0) }
    case .int4:
      return stride(from: 0, to: values.count, by: 2).map { index in
        let low = UInt8(truncatingIfNeeded: values[index]) & 15
        let high = index + 1 < values.count ? UInt8(truncatingIfNeeded: values[index + 1]) << 4 : 0
        return low | high
      }
    case .int16, .uint16, .int32, .uint32, .int64:
      let width = (type.bits ?? 0) / 8
      var bytes: [UInt8] = []
      bytes.reserveCapacity(values.count * width)
      for value in values {
        for byte in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> Int64(8 * byte))) }
      }
      return bytes
    default: return nil
    }
  }

  private static func decode<T: FixedWidthInteger>(_ data: ArraySlice<UInt8>, as type: T.Type) -> [Int64] {
    let width = T.bitWidth / 8
    return stride(from: data.startIndex, to: data.endIndex, by: width).map { start in
      var value: UInt64 = 0
      for byte in 0..<width { value |= UInt64(data[start + byte]) << UInt64(8 * byte) }
      return Int64(T(truncatingIfNeeded: value))
    }
  }
}
