/// A canonical Huffman code of DEFLATE (RFC 1951, section 3.2.2) as one table, indexed by the next bits of the stream.
struct HuffmanTable {
  /// `symbol << 4 | length` for every value of the next ``bitCount`` bits; zero where no code begins so.
  let entries: [UInt16]
  /// The length of the longest code.
  let bitCount: Int

  /// Builds the table, or refuses lengths that are not a code: more codes than bits allow, or fewer.
  ///
  /// - Parameter lengths: The length of each symbol's code, 0 to 15; 0 for a symbol that does not occur.
  /// - Throws: `InflateFault.badCode`.
  init(lengths: ArraySlice<UInt8>) throws(InflateFault) {
    var counts = [Int](repeating: 0, count: 16)
    for length in lengths { counts[Int(length)] += 1 }
    let used = lengths.count - counts[0]
    counts[0] = 0
    var next = [Int](repeating: 0, count: 17)
    for length in 1...15 { next[length + 1] = (next[length] + counts[length]) << 1 }
    // After the last length, a complete code has used every pattern of 16 bits.
    guard next[16] <= 1 << 16 else { throw .badCode }
    // A single code of one bit, or none at all, is how encoders say that distances are hardly used.
    guard next[16] == 1 << 16 || used == 0 || (used == 1 && counts[1] == 1) else { throw .badCode }
    bitCount = counts.lastIndex { $0 > 0 } ?? 0
    var entries = [UInt16](repeating: 0, count: 1 << bitCount)
    for (symbol, length) in lengths.enumerated() where length > 0 {
      let code = next[Int(length)]
      next[Int(length)] += 1
      // Codes lie in the stream from their most significant bit on.
      var reversed = 0
      for bit in 0..<Int(length) where code >> bit & 1 != 0 { reversed |= 1 << (Int(length) - 1 - bit) }
      for index in stride(from: reversed, to: entries.count, by: 1 << Int(length)) {
        entries[index] = UInt16(symbol) << 4 | UInt16(length)
      }
    }
    self.entries = entries
  }

  /// The code of literals and lengths that blocks without a code of their own use.
  static func fixedLiterals() throws(InflateFault) -> HuffmanTable {
    let lengths = [(8, 144), (9, 112), (7, 24), (8, 8)].flatMap { [UInt8](repeating: $0.0, count: $0.1) }
    return try HuffmanTable(lengths: lengths[...])
  }

  /// The code of distances that blocks without a code of their own use.
  static func fixedDistances() throws(InflateFault) -> HuffmanTable {
    try HuffmanTable(lengths: [UInt8](repeating: 5, count: 32)[...])
  }
}

/// Why compressed data were refused.
enum InflateFault: String, Error {
  case truncated = "the compressed data end too early"
  case badBlock = "a block of the compressed data is of no known kind"
  case badCode = "a code table of the compressed data is impossible"
  case badSymbol = "the compressed data hold a code without a meaning"
  case badDistance = "the compressed data refer to bytes before their beginning"
  case badLength = "the compressed data do not have the length that the archive states"
}
