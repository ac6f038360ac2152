#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file that is read once and then grows at its end; nothing that stands in it is written again.
///
/// One process has it at a time.
@safe package final class LogFile: Sendable {
  private let path: String
  private let descriptor: Int32
  /// What stood in the file when it was opened.
  package let content: [UInt8]

  /// The longest file that is read.
  private static let lengthLimit = 1 << 30

  /// Opens a file, which comes into being where there is none.
  ///
  /// - Parameter path: A regular file.
  /// - Throws: ``ArrayError`` where it cannot be read and written, or another process has it.
  package init(_ path: String) throws(ArrayError) {
    self.path = path
    // A pipe would be waited for.
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path, .unwritable, "the file cannot be opened", errno) }
    do throws(ArrayError) {
      content = try Self.content(path, descriptor)
    } catch {
      close(descriptor)
      throw error
    }
  }

  // Ends the lock, too.
  deinit { close(descriptor) }

  private static func content(_ path: String, _ descriptor: Int32) throws(ArrayError) -> [UInt8] {
    var information = stat()
    guard unsafe fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
      throw failure(path, .unreadable, "this is no regular file", nil)
    }
    var lock = flock()
    (lock.l_type, lock.l_whence) = (Int16(F_WRLCK), Int16(SEEK_SET))
    if unsafe fcntl(descriptor, F_SETLK, &lock) != 0, [EACCES, EAGAIN].contains(errno) {
      throw failure(path, .unwritable, "another process writes to the file", nil)
    }
    guard information.st_size < lengthLimit else { throw failure(path, .length, "the file has 1 GiB or more", nil) }
    let count = Int(information.st_size)
    var reason: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while let base = buffer.baseAddress, filled < count {
        let step = unsafe pread(descriptor, base + filled, count - filled, off_t(filled))
        if step < 0, errno == EINTR { continue }
        if step < 0 { reason = errno }
        if step <= 0 { break }
        filled += step
      }
    }
    if reason != 0 { throw failure(path, .unreadable, "the file cannot be read", reason) }
    return bytes
  }

  /// Writes bytes at the end.
  ///
  /// - Parameter bytes: What is written, at once, so that a killed process leaves all of it or its beginning.
  /// - Throws: ``ArrayError`` of the kind `unwritable`.
  package func append(_ bytes: [UInt8]) throws(ArrayError) {
    let reason = unsafe bytes.withUnsafeBytes { unsafe writeAll($0, to: descriptor) }
    if reason != 0 { throw Self.failure(path, .unwritable, "the file cannot be written", reason) }
  }

  /// Takes away the end of what stood in the file when it was opened.
  ///
  /// - Parameter count: How many bytes stay.
  /// - Throws: ``ArrayError`` of the kind `unwritable`.
  package func truncate(to count: Int) throws(ArrayError) {
    precondition(count <= content.count, "a file grows by what is written")
    if ftruncate(descriptor, off_t(count)) != 0 {
      throw Self.failure(path, .unwritable, "the file cannot be written", errno)
    }
  }

  private static func failure(
    _ path: String, _ kind: ArrayError.Kind, _ problem: String, _ reason: Int32?
  ) -> ArrayError {
    ArrayError(
      kind, file: path, problem: problem + (reason.map { ": \(unsafe String(cString: strerror($0)))" } ?? ""),
      allowed: "a file that can be read and written", repair: "check its permissions, or name another file")
  }
}
