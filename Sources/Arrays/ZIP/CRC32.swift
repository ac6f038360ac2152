/// The checksum of ZIP archives: the cyclic redundancy check of polynomial 0xEDB88320, bits reflected.
enum CRC32 {
  /// Table `k` takes a byte that is followed by `k` zero bytes; eight of them take eight bytes at a time.
  private static let tables: [UInt32] = {
    var tables: [UInt32] = []
    for byte: UInt32 in 0..<256 {
      var value = byte
      for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xedb8_8320 }
      tables.append(value)
    }
    for index in 256..<2048 {
      let shorter = tables[index - 256]
      tables.append(shorter >> 8 ^ tables[Int(shorter & 0xff)])
    }
    return tables
  }()

  /// The checksum of bytes, or of all bytes that lead to `crc` and then these.
  static func checksum(_ bytes: Span<UInt8>, after crc: UInt32 = 0) -> UInt32 {
    let tables = self.tables
    var crc = ~crc
    var index = 0
    while bytes.count - index >= 8 {
      for byte in 0..<4 { crc ^= UInt32(bytes[index + byte]) << UInt32(8 * byte) }
      var next: UInt32 = 0
      for byte in 0..<4 {
        next ^= tables[(7 - byte) << 8 + Int(crc >> UInt32(8 * byte) & 0xff)]
        next ^= tables[(3 - byte) << 8 + Int(bytes[index + 4 + byte])]
      }
      crc = next
      index += 8
    }
    while index < bytes.count {
      crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[index])) & 0xff)]
      index += 1
    }
    return ~crc
  }
}
