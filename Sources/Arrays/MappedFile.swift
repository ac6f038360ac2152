#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The bytes of a file, brought in by the virtual memory as they are touched.
///
/// The file must not be shortened while it is in use; the operating system ends a process that reads a page which is
/// gone.
enum MappedFile {
  static func open(_ path: String) throws(ArrayError) -> Data {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw unreadable(path, "there is no such file", repair: "check the path")
    }
    guard !isFolder else { throw unreadable(path, "this is a folder", repair: "name the file in it") }
    do {
      return try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      throw unreadable(path, "the file cannot be read", repair: "check its permissions")
    }
  }

  private static func unreadable(_ path: String, _ problem: String, repair: String) -> ArrayError {
    ArrayError(.unreadable, file: path, problem: problem, allowed: "a readable file", repair: repair)
  }
}

extension Data {
  /// The bytes from `offset` on, at most `count`, none where the data have ended.
  func bytes(from offset: Int, atMost count: Int) -> [UInt8] {
    guard offset >= 0, offset < self.count, count > 0 else { return [] }
    let start = startIndex + offset
    return [UInt8](self[start..<start + Swift.min(count, self.count - offset)])
  }

  /// An unsigned little-endian integer of `byteCount` bytes, or `nil` where it is not inside the data or not below
  /// 2^63.
  func integer(at offset: Int, byteCount: Int) -> Int? {
    let field = bytes(from: offset, atMost: byteCount)
    guard field.count == byteCount else { return nil }
    return Int(exactly: field.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// `count` bytes from `offset` on without copying them, or `nil` where they are not all inside the data.
  func part(from offset: Int, count: Int) -> Data? {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else { return nil }
    return self[startIndex + offset..<startIndex + offset + count]
  }
}
