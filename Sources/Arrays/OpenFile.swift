#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file that stays open for reading and must stay as it is meanwhile.
///
/// Whoever replaces the file by renaming another one changes nothing here; whoever shortens it or writes to it makes the
/// next read fail, since part of what was read would be old and part new.
@safe final class OpenFile: Sendable {
  private let path: String
  private let descriptor: Int32
  private let state: State

  /// What changes when somebody writes to the file.
  private struct State: Equatable {
    var byteCount: Int
    var seconds: Int
    var nanoseconds: Int
  }

  /// The longest content of a pipe that is taken.
  private static let streamLimit = 1 << 31

  init(_ path: String) throws(ArrayError) {
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    self.path = path
    guard descriptor >= 0 else {
      let reason = errno
      throw Self.unreadable(
        path, reason == ENOENT ? "there is no such file" : "the file cannot be read: \(Self.words(reason))",
        repair: reason == ENOENT ? "check the path" : "check its permissions")
    }
    var information = stat()
    guard unsafe fstat(descriptor, &information) == 0, information.st_mode & S_IFMT != S_IFDIR else {
      close(descriptor)
      throw Self.unreadable(path, "this is a folder", repair: "name the file in it")
    }
    state = Self.state(information)
    isStream = information.st_mode & S_IFMT != S_IFREG
  }

  deinit { close(descriptor) }

  private let isStream: Bool

  /// The length of the file.
  var byteCount: Int { state.byteCount }

  /// What comes out of a pipe or a device until it ends; `nil` for a regular file, which can be read anywhere.
  func contentsOfStream() throws(ArrayError) -> [UInt8]? {
    guard isStream else { return nil }
    var content: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let step = unsafe piece.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if step < 0, errno == EINTR { continue }
      guard step >= 0 else { throw failure(errno) }
      if step == 0 { return content }
      content += piece[..<step]
      // What begins as no array may be a device that never ends; its reader says what is wrong.
      if content.count >= 6, !content.starts(with: [0x93, 0x4E]), !content.starts(with: [0x50, 0x4B]) {
        return content
      }
      guard content.count < Self.streamLimit else {
        throw Self.unreadable(path, "2 GiB came out of the pipe without an end", repair: "name a file")
      }
    }
  }

  /// Reads bytes that the file had when it was opened.
  ///
  /// - Throws: ``ArrayError`` where it does not have them any more, or was written to.
  func bytes(at offset: Int, count: Int) throws(ArrayError) -> [UInt8] {
    var reason: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while let base = buffer.baseAddress, filled < count {
        // Some systems refuse to read 2 GiB at once.
        let step = unsafe pread(descriptor, base + filled, min(count - filled, 1 << 30), off_t(offset + filled))
        if step < 0, errno == EINTR { continue }
        if step < 0 { reason = errno }
        if step <= 0 { break }
        filled += step
      }
    }
    if reason != 0 { throw failure(reason) }
    var information = stat()
    guard unsafe fstat(descriptor, &information) == 0 else { throw failure(errno) }
    guard bytes.count == count, Self.state(information) == state else {
      let isShorter = Int(information.st_size) < state.byteCount
      throw Self.unreadable(
        path, isShorter ? "the file was shortened while it was read" : "the file was written to while it was read",
        repair: "run again when it is complete; a file that is replaced by renaming another one does no harm")
    }
    return bytes
  }

  private static func state(_ information: stat) -> State {
    #if canImport(Darwin)
      let time = information.st_mtimespec
    #else
      let time = information.st_mtim
    #endif
    return State(byteCount: Int(information.st_size), seconds: Int(time.tv_sec), nanoseconds: Int(time.tv_nsec))
  }

  private func failure(_ reason: Int32) -> ArrayError {
    Self.unreadable(path, "the file cannot be read: \(Self.words(reason))", repair: "check the file and its disk")
  }

  private static func words(_ reason: Int32) -> String { unsafe String(cString: strerror(reason)) }

  private static func unreadable(_ path: String, _ problem: String, repair: String) -> ArrayError {
    ArrayError(.unreadable, file: path, problem: problem, allowed: "a readable file", repair: repair)
  }
}
