/// Decompresses DEFLATE data (RFC 1951); every access is checked, and the output never exceeds what was announced.
struct Inflater {
  private let input: [UInt8]
  private var position = 0
  /// Bits that were taken from the input but not used, the next one lowest.
  private var bits: UInt64 = 0
  private var bitCount = 0
  private var output: [UInt8]
  private var filled = 0

  /// No data expand more: 258 bytes from two bits.
  static let greatestExpansion = 1032

  /// Decompresses one stream.
  ///
  /// - Parameters:
  ///   - input: The compressed bytes.
  ///   - byteCount: The length of the result.
  /// - Returns: The decompressed bytes.
  /// - Throws: `InflateFault`.
  static func inflate(_ input: [UInt8], byteCount: Int) throws(InflateFault) -> [UInt8] {
    // Before anything is allocated: an archive of a few bytes must not ask for terabytes.
    guard byteCount >= 0, byteCount / greatestExpansion <= input.count else { throw .badLength }
    var inflater = Inflater(input: input, output: [UInt8](repeating: 0, count: byteCount))
    while try !inflater.block() {}
    guard inflater.filled == byteCount else { throw .badLength }
    return inflater.output
  }

  private init(input: [UInt8], output: [UInt8]) {
    self.input = input
    self.output = output
  }

  /// Decompresses one block; true after the last one.
  private mutating func block() throws(InflateFault) -> Bool {
    let isLast = try take(1) == 1
    switch try take(2) {
    case 0: try storedBlock()
    case 1: try compressedBlock(.fixedLiterals(), .fixedDistances())
    case 2: try dynamicBlock()
    default: throw .badBlock
    }
    return isLast
  }

  private mutating func storedBlock() throws(InflateFault) {
    _ = try take(bitCount % 8)
    let count = try take(16)
    guard try take(16) == ~count & 0xffff else { throw .badBlock }
    for _ in 0..<count { try emit(UInt8(truncatingIfNeeded: take(8))) }
  }

  /// RFC 1951, section 3.2.7: the code of the code lengths, then the lengths of both codes in one sequence.
  private mutating func dynamicBlock() throws(InflateFault) {
    let literalCount = try take(5) + 257
    let distanceCount = try take(5) + 1
    let lengthCount = try take(4) + 4
    guard literalCount <= 286, distanceCount <= 30 else { throw .badCode }
    var codeLengths = [UInt8](repeating: 0, count: 19)
    for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15].prefix(lengthCount) {
      codeLengths[symbol] = UInt8(try take(3))
    }
    let table = try HuffmanTable(lengths: codeLengths[...])
    var lengths: [UInt8] = []
    while lengths.count < literalCount + distanceCount {
      switch try symbol(table) {
      case let length where length < 16: lengths.append(UInt8(length))
      case 16:
        guard let last = lengths.last else { throw .badCode }
        lengths += [UInt8](repeating: last, count: try take(2) + 3)
      case 17: lengths += [UInt8](repeating: 0, count: try take(3) + 3)
      default: lengths += [UInt8](repeating: 0, count: try take(7) + 11)
      }
    }
    guard lengths.count == literalCount + distanceCount else { throw .badCode }
    try compressedBlock(
      HuffmanTable(lengths: lengths[..<literalCount]), HuffmanTable(lengths: lengths[literalCount...]))
  }

  private mutating func compressedBlock(
    _ literals: HuffmanTable, _ distances: HuffmanTable
  ) throws(InflateFault) {
    while true {
      let code = try symbol(literals)
      if code < 256 {
        try emit(UInt8(code))
        continue
      }
      if code == 256 { return }
      guard code <= 285 else { throw .badSymbol }
      // Section 3.2.5: lengths in groups of four codes, distances in groups of two, each group twice as wide.
      let lengthBits = code < 265 || code == 285 ? 0 : (code - 261) / 4
      let lengthBase = code < 265 ? code - 254 : (code == 285 ? 258 : (4 + (code - 265) % 4) << lengthBits + 3)
      let length = lengthBase + (try take(lengthBits))
      let distanceCode = try symbol(distances)
      guard distanceCode < 30 else { throw .badSymbol }
      let distanceBits = distanceCode < 4 ? 0 : distanceCode / 2 - 1
      let distanceBase = distanceCode < 4 ? distanceCode + 1 : (2 + distanceCode % 2) << distanceBits + 1
      try repeatBytes(length, distance: distanceBase + (try take(distanceBits)))
    }
  }

  private mutating func emit(_ byte: UInt8) throws(InflateFault) {
    guard filled < output.count else { throw .badLength }
    output[filled] = byte
    filled += 1
  }

  private mutating func repeatBytes(_ count: Int, distance: Int) throws(InflateFault) {
    guard distance <= filled else { throw .badDistance }
    guard count <= output.count - filled else { throw .badLength }
    for index in filled..<filled + count { output[index] = output[index - distance] }
    filled += count
  }

  private mutating func refill() {
    while bitCount <= 56, position < input.count {
      bits |= UInt64(input[position]) << UInt64(bitCount)
      position += 1
      bitCount += 8
    }
  }

  /// The next bits as a number, the first one lowest.
  private mutating func take(_ count: Int) throws(InflateFault) -> Int {
    if bitCount < count { refill() }
    guard bitCount >= count else { throw .truncated }
    let value = Int(bits & (1 << UInt64(count) - 1))
    bits >>= UInt64(count)
    bitCount -= count
    return value
  }

  private mutating func symbol(_ table: HuffmanTable) throws(InflateFault) -> Int {
    if bitCount < 15 { refill() }
    let entry = table.entries[Int(bits & (1 << UInt64(table.bitCount) - 1))]
    let length = Int(entry & 15)
    guard length > 0 else { throw bitCount < table.bitCount ? .truncated : .badSymbol }
    guard length <= bitCount else { throw .truncated }
    bits >>= UInt64(length)
    bitCount -= length
    return Int(entry >> 4)
  }
}
