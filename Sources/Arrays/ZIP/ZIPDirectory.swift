/// One file of a ZIP archive, as the central directory describes it.
struct ZIPEntry: Sendable {
  var name: String
  /// 0 for stored, 8 for DEFLATE.
  var method: Int
  var isEncrypted: Bool
  var crc: UInt32
  var compressedByteCount: Int
  var byteCount: Int
  /// Where the local header begins.
  var headerOffset: Int
}

/// Reads the central directory of a ZIP archive, with the 64-bit extension.
struct ZIPDirectory {
  private let data: FileBytes
  private let file: String

  static func entries(_ data: FileBytes, file: String) throws(ArrayError) -> [ZIPEntry] {
    let directory = ZIPDirectory(data: data, file: file)
    let (count, start) = try directory.location()
    var entries: [ZIPEntry] = []
    var offset = start
    for _ in 0..<count {
      let (entry, next) = try directory.entry(at: offset)
      entries.append(entry)
      offset = next
    }
    return entries
  }

  /// The bytes of an entry as they are stored.
  static func storedBytes(_ entry: ZIPEntry, in data: FileBytes, file: String) throws(ArrayError) -> FileBytes {
    let directory = ZIPDirectory(data: data, file: file)
    let offset = entry.headerOffset
    try directory.expect(0x0403_4b50, at: offset, "a local header")
    let nameCount = try directory.field(offset, 26, 2)
    let extraCount = try directory.field(offset, 28, 2)
    guard let part = data.part(from: offset + 30 + nameCount + extraCount, count: entry.compressedByteCount) else {
      throw directory.damaged("an entry lies outside of the file")
    }
    return part
  }

  private func location() throws(ArrayError) -> (count: Int, offset: Int) {
    let end = try endRecord()
    let count = try field(end, 10, 2)
    let offset = try field(end, 16, 4)
    guard count == 0xffff || offset == 0xffff_ffff else { return (count, offset) }
    guard try data.integer(at: end - 20, byteCount: 4) == 0x0706_4b50 else { return (count, offset) }
    let long = try field(end - 20, 8, 8)
    try expect(0x0606_4b50, at: long, "the 64-bit end record")
    return (try field(long, 32, 8), try field(long, 48, 8))
  }

  /// The end record is the last thing in the file but for a comment, whose length it states.
  private func endRecord() throws(ArrayError) -> Int {
    let tailStart = max(0, data.count - 22 - 0xffff)
    let tail = try data.bytes(from: tailStart, atMost: data.count)
    for index in stride(from: tail.count - 22, through: 0, by: -1)
    where tail[index] == 0x50 && tail[index + 1] == 0x4b && tail[index + 2] == 5 && tail[index + 3] == 6 {
      if index + 22 + Int(tail[index + 20]) + Int(tail[index + 21]) << 8 == tail.count { return tailStart + index }
    }
    throw damaged("the end record is missing")
  }

  private func entry(at offset: Int) throws(ArrayError) -> (ZIPEntry, next: Int) {
    try expect(0x0201_4b50, at: offset, "a directory entry")
    let nameCount = try field(offset, 28, 2)
    let extraCount = try field(offset, 30, 2)
    let next = offset + 46 + nameCount + extraCount + (try field(offset, 32, 2))
    guard next <= data.count else { throw damaged("the directory is cut off") }
    var entry = ZIPEntry(
      name: String(decoding: try data.bytes(from: offset + 46, atMost: nameCount), as: UTF8.self),
      method: try field(offset, 10, 2), isEncrypted: try field(offset, 8, 2) & 1 != 0,
      crc: UInt32(truncatingIfNeeded: try field(offset, 16, 4)), compressedByteCount: try field(offset, 20, 4),
      byteCount: try field(offset, 24, 4), headerOffset: try field(offset, 42, 4))
    try widen(&entry, extra: offset + 46 + nameCount, count: extraCount)
    return (entry, next)
  }

  /// Takes the 64-bit numbers from the extra field for those that did not fit in 32 bits.
  private func widen(_ entry: inout ZIPEntry, extra: Int, count: Int) throws(ArrayError) {
    var offset = extra
    while offset + 4 <= extra + count {
      let size = try field(offset, 2, 2)
      if try field(offset, 0, 2) == 1 {
        var position = 4
        for number in [\ZIPEntry.byteCount, \.compressedByteCount, \.headerOffset]
        where entry[keyPath: number] == 0xffff_ffff {
          guard position + 8 <= 4 + size else { throw damaged("a 64-bit field is cut off") }
          entry[keyPath: number] = try field(offset, position, 8)
          position += 8
        }
      }
      offset += 4 + size
    }
  }

  private func field(_ record: Int, _ offset: Int, _ byteCount: Int) throws(ArrayError) -> Int {
    guard record >= 0, record < data.count, let value = try data.integer(at: record + offset, byteCount: byteCount)
    else {
      throw damaged("a record lies outside of the file")
    }
    return value
  }

  private func expect(_ signature: Int, at offset: Int, _ what: String) throws(ArrayError) {
    guard try field(offset, 0, 4) == signature else { throw damaged("\(what) is not where it should be") }
  }

  private func damaged(_ problem: String) -> ArrayError {
    ArrayError(
      .format, file: file, problem: "the archive is damaged: \(problem)", allowed: ".npz files of NumPy",
      repair: "copy the file again, or write it with numpy.savez")
  }
}
