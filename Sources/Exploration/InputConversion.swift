internal import Arrays
internal import Network
internal import Simulation
internal import Verification

/// How the elements of an array become the integers that a program takes.
enum InputConversion: Hashable {
  /// Integers that the type can hold, unchanged.
  case unchanged
  /// Integers of the type `int8`, `uint8` or `int16` through a table that begins with the result for the smallest value.
  case table([Int32])
  /// Real numbers, `clamp(round(x / scale) + zeroPoint)`: ties away from zero, the quotient in float32, as TensorFlow
  /// Lite's QUANTIZE computes it.
  case quantize(scale: Float, zeroPoint: Int64, range: ClosedRange<Int64>)
  /// Real numbers as float32 bit patterns.
  case bits

  /// The integer types whose numbers are few enough for a table.
  private static let tabled: Set<ElementType> = [.int8, .uint8, .int16]

  /// The conversion from an element type to an input, or the reason why there is none.
  init(from type: NPYType, to slot: InputSlot) throws(ConversionFault) {
    if type.isFloatingPoint {
      self = try .fromReal(slot)
      return
    }
    if let given = ElementType(rawValue: type.rawValue), Self.tabled.contains(given), Self.tabled.contains(slot.type),
      let meaning = slot.meaning(of: given), let target = slot.origin
    {
      let source = InputSlot.Origin(type: given, quantization: meaning)
      self = source == target ? .unchanged : .table(InputConversion.entries(source, as: target))
      return
    }
    switch (type, slot.type) {
    case (.int8, .int8), (.uint8, .uint8): self = .unchanged
    case (.uint8, .int8): self = .table((0...255).map { $0 - 128 })
    case (.int8, .uint8): self = .table((-128...127).map { $0 + 128 })
    case (_, .int8), (_, .uint8):
      throw ConversionFault("holds \(type); an input of type \(slot.type) takes int8, uint8 or float32")
    case (_, .int16), (_, .uint16), (_, .int32), (_, .int4), (_, .uint4): self = .unchanged
    default: throw ConversionFault("holds \(type), which the model's \(slot.type) input does not take; give float32")
    }
  }

  private static func fromReal(_ slot: InputSlot) throws(ConversionFault) -> InputConversion {
    if slot.type == .float32 { return .bits }
    guard let range = slot.type.integerRange, let quantization = slot.quantization, !quantization.isPerAxis else {
      throw ConversionFault(
        "holds real numbers, and the model's \(slot.type) input has no scale to quantize them by; give integers")
    }
    return .quantize(scale: quantization.scale, zeroPoint: quantization.zeroPoint, range: range)
  }

  /// What each integer of an input is in another, ascending.
  private static func entries(_ source: InputSlot.Origin, as target: InputSlot.Origin) -> [Int32] {
    let integers = (source.type.integerRange ?? 0...0).map { Int32($0) }
    func tensor(_ input: InputSlot.Origin) -> Tensor {
      Tensor(name: "", type: input.type, shape: Shape([integers.count]), quantization: input.quantization)
    }
    return Dequantizer.convert(integers, from: tensor(source), to: tensor(target))
  }
}

/// Why an element type cannot be converted.
struct ConversionFault: Error {
  let message: String

  init(_ message: String) { self.message = message }
}

extension InputConversion {
  /// One sample of an array as integers.
  func apply(_ array: NPYFile, sample: Int, _ type: ElementType) throws -> [Int32] {
    switch self {
    case .unchanged: return try unchanged(array, sample, type)
    case .table(let entries):
      switch array.elementType {
      case .uint8: return try array.sample(sample, as: UInt8.self).map { entries[Int($0)] }
      case .int8: return try array.sample(sample, as: Int8.self).map { entries[Int($0) + 128] }
      default: return try array.sample(sample, as: Int16.self).map { entries[Int($0) + 32768] }
      }
    case .bits: return try array.sample(sample, as: Float.self).map { Int32(bitPattern: $0.bitPattern) }
    case .quantize(let scale, let zeroPoint, let range):
      let values = try array.sample(sample, as: Float.self)
      if let element = values.firstIndex(where: \.isNaN) { throw InputConversion.nan(array, sample, element) }
      return values.map { InputConversion.quantized($0, scale, zeroPoint, range) }
    }
  }

  /// A real number as a stored integer.
  @inline(__always)
  fileprivate static func quantized(
    _ value: Float, _ scale: Float, _ zeroPoint: Int64, _ range: ClosedRange<Int64>
  ) -> Int32 {
    let steps = max(min((value / scale).rounded(.toNearestOrAwayFromZero), 0x1p31), -0x1p31)
    return Int32(max(range.lowerBound, min(range.upperBound, Int64(steps) + zeroPoint)))
  }

  fileprivate static func nan(_ array: NPYFile, _ sample: Int, _ element: Int) -> DataSetError {
    DataSetError(
      file: array.name,
      message: "sample \(sample), element \(element) is NaN, which no integer stands for; replace it")
  }

  private func unchanged(_ array: NPYFile, _ sample: Int, _ type: ElementType) throws -> [Int32] {
    let values = try array.sample(sample, as: Int32.self)
    if let range = type.integerRange, let element = values.firstIndex(where: { !range.contains(Int64($0)) }) {
      throw DataSetError(
        file: array.name,
        message: "sample \(sample), element \(element) is \(values[element]), which \(type) cannot hold "
          + "(\(range.lowerBound) to \(range.upperBound))")
    }
    return values
  }
}

extension InputConversion {
  /// Sets an input of 8 bits to one sample without making integers of 32 bits of it.
  ///
  /// - Returns: Whether that was possible: the file has bytes, or packed float32 in this machine's order.
  /// - Throws: As ``apply(_:sample:_:)``, and `SimulationError`.
  func load(
    _ array: NPYFile, sample: Int, into session: any EngineSession, _ position: Int, _ type: ElementType,
    _ scratch: inout [UInt8]
  ) throws -> Bool {
    guard type == .int8 || type == .uint8 else { return false }
    switch self {
    case .bits: return false
    case .unchanged, .table:
      guard let map = byteMap(from: array.elementType) else { return false }
      return try array.withSampleBytes(sample) { bytes in
        try session.setInput(position, toBytes: bytes, through: map)
        return true
      } ?? false
    case .quantize(let scale, let zeroPoint, let range):
      guard array.elementType == .float32 else { return false }
      let isDone = try array.withSampleBytes(sample) { bytes in
        try InputConversion.quantize(bytes, into: &scratch) { value in
          UInt8(truncatingIfNeeded: InputConversion.quantized(value, scale, zeroPoint, range))
        } refuse: {
          InputConversion.nan(array, sample, $0)
        }
        return true
      }
      guard isDone == true else { return false }
      try session.setInput(position, toBytes: scratch.span, through: .identity)
      return true
    }
  }

  /// What happens to the bytes of a file of int8 or uint8; `nil` for other types.
  private func byteMap(from type: NPYType) -> ByteMap? {
    guard type == .int8 || type == .uint8 else { return nil }
    guard case .table(let entries) = self else { return .identity }
    return ByteMap { byte in
      let entry = type == .uint8 ? Int(byte) : Int(Int8(bitPattern: byte)) + 128
      return UInt8(truncatingIfNeeded: entries[entry])
    }
  }
}

extension InputConversion {
  /// Makes a byte of each packed float32.
  private static func quantize(
    _ bytes: Span<UInt8>, into scratch: inout [UInt8], _ convert: (Float) -> UInt8, refuse: (Int) -> DataSetError
  ) throws(DataSetError) {
    let count = bytes.count / 4
    if scratch.count != count { scratch = [UInt8](repeating: 0, count: count) }
    var bad: Int?
    let raw = unsafe bytes.bytes
    for index in 0..<count {
      let value = unsafe raw.unsafeLoadUnaligned(fromByteOffset: 4 * index, as: Float.self)
      if value.isNaN {
        bad = index
        break
      }
      scratch[index] = convert(value)
    }
    if let bad { throw refuse(bad) }
  }
}
