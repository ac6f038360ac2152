/// The bytes of a file or of memory, of which parts are read as they are asked for.
///
/// A file is not mapped: a process that reads a mapped page which is gone by then is ended by the operating system.
struct FileBytes: Sendable {
  private enum Storage: Sendable {
    case memory([UInt8])
    case file(OpenFile)
  }

  private let storage: Storage
  private let start: Int
  /// How many bytes there are.
  let count: Int

  /// Bytes in memory.
  init(_ bytes: [UInt8]) { (storage, start, count) = (.memory(bytes), 0, bytes.count) }

  /// The bytes of a file.
  ///
  /// - Throws: ``ArrayError`` of the kind `unreadable`.
  init(contentsOf path: String) throws(ArrayError) {
    let file = try OpenFile(path)
    if let stream = try file.contentsOfStream() {
      self.init(stream)
    } else {
      self.init(.file(file), start: 0, count: file.byteCount)
    }
  }

  private init(_ storage: Storage, start: Int, count: Int) {
    (self.storage, self.start, self.count) = (storage, start, count)
  }

  /// Whether reading a part costs a system call.
  var isOnDisk: Bool {
    if case .file = storage { true } else { false }
  }

  /// The bytes from `offset` on, at most `count`, none where they have ended.
  func bytes(from offset: Int, atMost count: Int) throws(ArrayError) -> [UInt8] {
    guard offset >= 0, offset < self.count, count > 0 else { return [] }
    let count = Swift.min(count, self.count - offset)
    switch storage {
    case .memory(let bytes): return Array(bytes[start + offset..<start + offset + count])
    case .file(let file): return try file.bytes(at: start + offset, count: count)
    }
  }

  /// All bytes.
  func all() throws(ArrayError) -> [UInt8] {
    if case .memory(let bytes) = storage, start == 0, count == bytes.count { return bytes }
    return try bytes(from: 0, atMost: count)
  }

  /// Gives bytes without copying those that are in memory already.
  ///
  /// - Precondition: They are all inside.
  func withBytes<Result>(
    from offset: Int, count: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    precondition(offset >= 0 && count >= 0 && count <= self.count - offset, "a part lies outside of the file")
    switch storage {
    case .memory(let bytes):
      return unsafe try bytes.withUnsafeBytes {
        unsafe try body(UnsafeRawBufferPointer(rebasing: $0[start + offset..<start + offset + count]))
      }
    case .file(let file):
      return unsafe try file.bytes(at: start + offset, count: count).withUnsafeBytes(body)
    }
  }

  /// An unsigned little-endian integer of `byteCount` bytes, or `nil` where it is not inside the bytes or not below
  /// 2^63.
  func integer(at offset: Int, byteCount: Int) throws(ArrayError) -> Int? {
    let field = try bytes(from: offset, atMost: byteCount)
    guard field.count == byteCount else { return nil }
    return Int(exactly: field.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// `count` bytes from `offset` on without copying them, or `nil` where they are not all inside.
  func part(from offset: Int, count: Int) -> FileBytes? {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else { return nil }
    return FileBytes(storage, start: start + offset, count: count)
  }
}
