#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file that is written piece by piece and is not held open meanwhile, so that there may be thousands of them.
///
/// A reader sees what was written so far: whoever wants all or nothing writes to a folder that is renamed at the end.
public enum GrowingFile {
  /// Appends bytes to a file, which comes into being where there is none.
  ///
  /// - Parameters:
  ///   - bytes: What is appended.
  ///   - path: The file.
  /// - Throws: ``ArrayError`` of the kind `unwritable`.
  public static func append(_ bytes: [UInt8], to path: String) throws(ArrayError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(path) }
    var done = 0
    while done < bytes.count {
      let written = unsafe bytes.withUnsafeBytes {
        // Some systems refuse to write 2 GiB at once.
        unsafe write(descriptor, $0.baseAddress?.advanced(by: done), min($0.count - done, 1 << 30))
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else {
        let error = failure(path)
        close(descriptor)
        throw error
      }
      done += written
    }
    guard close(descriptor) == 0 else { throw failure(path) }
  }

  /// What went wrong, in the words of the operating system.
  private static func failure(_ path: String) -> ArrayError {
    ArrayError(
      .unwritable, file: path, problem: "the file cannot be written: \(unsafe String(cString: strerror(errno)))",
      allowed: "a file in a writable folder", repair: "check the folder, its permissions and the space left")
  }
}
