internal import Arrays
internal import NetworkModel
internal import Simulation

/// How what a program computes stands in .npy files.
struct StoredValue: Sendable {
  /// The value.
  let value: Value
  /// Set where real numbers are to be written; its parameters, or `nil` for a type that stands for itself.
  private let dequantization: Quantization??

  init(_ value: Value) {
    self.value = value
    dequantization = nil
  }

  /// A value whose real numbers are written.
  init(_ value: Value, dequantizedBy quantization: Quantization?) {
    self.value = value
    dequantization = .some(quantization)
  }

  /// The type of the file's elements: the tensor's own, or the narrowest that holds it.
  var type: NPYType {
    if dequantization != nil { return .float32 }
    return switch value.type {
    case .float32: .float32
    case .int8, .int4, .int2: .int8
    case .uint8, .uint4, .bool: .uint8
    case .int16: .int16
    case .uint16: .uint16
    case .uint32: .uint32
    case .int64: .int64
    case .uint64: .uint64
    default: .int32
    }
  }

  /// The extents of one sample: those of the tensor, without a leading one.
  var sampleShape: [Int] {
    value.shape.extents.first == 1 ? Array(value.shape.extents.dropFirst()) : value.shape.extents
  }

  /// Writes one run's elements as a file of the tensor's shape.
  func write(_ elements: [Int32], to path: String) throws {
    try converted(elements, WholeFile(path: path, shape: value.shape.extents))
  }

  /// Appends one run's elements to a file with all samples.
  func append(_ elements: [Int32], to writer: NPYStreamWriter) throws {
    try converted(elements, Appended(writer: writer))
  }

  /// Hands the elements over in the file's type.
  private func converted(_ elements: [Int32], _ take: any ValueSink) throws {
    switch type {
    case .float32: try take.take(elements.map(real))
    case .int8: try take.take(elements.map { Int8(truncatingIfNeeded: $0) })
    case .uint8, .bool: try take.take(elements.map { UInt8(truncatingIfNeeded: $0) })
    case .int16: try take.take(elements.map { Int16(truncatingIfNeeded: $0) })
    case .uint16: try take.take(elements.map { UInt16(truncatingIfNeeded: $0) })
    case .uint32: try take.take(elements.map { UInt32(bitPattern: $0) })
    case .int64: try take.take(elements.map(Int64.init))
    case .uint64: try take.take(elements.map { UInt64(UInt32(bitPattern: $0)) })
    case .int32, .float16, .float64: try take.take(elements)
    }
  }

  /// The real number that an element stands for.
  private func real(_ element: Int32) -> Float {
    if value.kind == .float32Bits { return Float(bitPattern: UInt32(bitPattern: element)) }
    guard case .some(.some(let quantization)) = dequantization else { return Float(element) }
    return Float(Int64(element) - quantization.zeroPoint) * quantization.scale
  }
}

/// What takes elements of any type.
private protocol ValueSink {
  func take<T: ArrayElement>(_ values: [T]) throws
}

/// Makes the elements a file.
private struct WholeFile: ValueSink {
  let path: String
  let shape: [Int]

  func take<T: ArrayElement>(_ values: [T]) throws { try NPYWriter.write(values, shape: shape, to: path) }
}

/// Makes the elements the next sample of a file.
private struct Appended: ValueSink {
  let writer: NPYStreamWriter

  func take<T: ArrayElement>(_ values: [T]) throws { try writer.append(values) }
}
