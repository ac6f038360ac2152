internal import Arrays
internal import NetworkModel
internal import Simulation

/// The way into an input of 8 bits without integers of 32 bits.
extension InputConversion {
  /// Sets an input of 8 bits to one sample.
  ///
  /// - Returns: Whether that was possible: the file has bytes, or packed float32 in this machine's order.
  /// - Throws: As ``apply(_:sample:_:_:)``, and `SimulationError`.
  func load(
    _ array: NPYFile, sample: Int, into session: any EngineSession, _ position: Int, _ type: ElementType,
    _ tally: ClipTally?, _ scratch: inout [UInt8]
  ) throws -> Bool {
    guard type == .int8 || type == .uint8 else { return false }
    switch self {
    case .bits: return false
    case .unchanged:
      guard array.elementType == .int8 || array.elementType == .uint8 else { return false }
      return try array.withSampleBytes(sample) { bytes in
        try session.setInput(position, toBytes: bytes, through: .identity)
        return true
      } ?? false
    case .table(let table):
      guard let map = table.byteMap else { return false }
      return try array.withSampleBytes(sample) { bytes in
        tally?.count(sample) { _ in table.count(bytes, isSigned: array.elementType == .int8) }
        try session.setInput(position, toBytes: bytes, through: map)
        return true
      } ?? false
    case .quantize(let quantizer):
      guard array.elementType == .float32 else { return false }
      let isDone = try array.withSampleBytes(sample) { bytes in
        try InputConversion.quantize(bytes, into: &scratch) { value in
          UInt8(truncatingIfNeeded: quantizer.quantized(value))
        } refuse: {
          InputConversion.nan(array, sample, $0)
        }
        tally?.count(sample) { quantizer.count(bytes, seesRange: $0) }
        return true
      }
      guard isDone == true else { return false }
      try session.setInput(position, toBytes: scratch.span, through: .identity)
      return true
    }
  }

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
