/// The 32 bytes of a SHA-256 digest.
///
/// In JSON a digest is its lower-case hexadecimal string.
package struct Digest32: Hashable, Sendable, CustomStringConvertible {
  /// The 32 bytes, first byte first.
  package let bytes: [UInt8]

  /// Takes the bytes of the eight big-endian words of a hash state.
  init(words: [UInt32]) {
    bytes = words.flatMap { word in stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) } }
  }

  /// Reads 64 hexadecimal digits, of either case.
  ///
  /// - Parameter hex: Exactly 64 digits; anything else gives `nil`.
  package init?(hex: String) {
    let digits = hex.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    self.bytes = bytes
  }

  /// The digest as 64 lower-case hexadecimal digits.
  package var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The same as ``hex``.
  package var description: String { hex }
}

extension Digest32: Codable {
  /// Reads the hexadecimal string.
  ///
  /// - Parameter decoder: The decoder of a single string.
  /// - Throws: `DecodingError.dataCorrupted` for anything but 64 hexadecimal digits.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let digest = Digest32(hex: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a SHA-256 digest is 64 hexadecimal digits, not \"\(text)\"")
    }
    self = digest
  }

  /// Writes the hexadecimal string.
  ///
  /// - Parameter encoder: The encoder that takes a single string.
  /// - Throws: What the encoder throws.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}
