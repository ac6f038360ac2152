#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A folder that is made under another name and becomes visible when it is complete; it is deleted when that never
/// happens.
///
/// Its files are written piece by piece and not held open, so that there may be thousands of them.
package final class TemporaryFolder {
  private let path: String
  private let descriptor: Int32
  private var files: Set<String> = []

  /// Makes a folder.
  ///
  /// - Parameter parent: Where it will be.
  /// - Throws: ``ArrayError`` of the kind `unwritable`.
  package init(in parent: String) throws(ArrayError) {
    Temporaries.removeAbandoned(in: parent)
    var made: String?
    for candidate in Temporaries.candidates(in: parent) {
      if Temporaries.add(candidate, { unsafe mkdir(candidate, 0o777) == 0 }) {
        made = candidate
        break
      }
      guard errno == EEXIST else { break }
    }
    guard let made else { throw Self.failure(parent, "no folder can be created there") }
    path = made
    descriptor = unsafe open(made, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    Temporaries.lock(descriptor)
  }

  deinit {
    Temporaries.remove(path)
    if descriptor >= 0 { close(descriptor) }
  }

  /// Makes a folder in it.
  ///
  /// - Parameter name: Its name.
  /// - Throws: ``ArrayError`` of the kind `unwritable`.
  package func makeFolder(_ name: String) throws(ArrayError) {
    let folder = "\(path)/\(name)"
    try Temporaries.add(folder, in: path) { () throws(ArrayError) in
      if unsafe mkdir(folder, 0o777) != 0 { throw Self.failure(folder, "the folder cannot be created") }
    }
  }

  /// Appends bytes to a file in it, which comes into being where there is none.
  ///
  /// - Parameters:
  ///   - bytes: What is appended.
  ///   - name: The file's path in the folder.
  /// - Throws: ``ArrayError`` of the kind `unwritable`.
  package func append(_ bytes: [UInt8], to name: String) throws(ArrayError) {
    let file = "\(path)/\(name)"
    if files.insert(name).inserted {
      try Temporaries.add(file, in: path) { () throws(ArrayError) in try Self.append(bytes, file, O_CREAT | O_EXCL) }
    } else {
      // Does not make it again where an interrupted process deletes it just now.
      try Self.append(bytes, file, 0)
    }
  }

  private static func append(_ bytes: [UInt8], _ path: String, _ flags: Int32) throws(ArrayError) {
    let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CLOEXEC | flags, 0o666)
    guard descriptor >= 0 else { throw failure(path, "the file cannot be created") }
    let reason = unsafe bytes.withUnsafeBytes { unsafe writeAll($0, to: descriptor) }
    let closed = close(descriptor)
    if reason != 0 { errno = reason }
    guard reason == 0, closed == 0 else { throw failure(path, "the file cannot be written") }
  }

  /// Gives the folder its name.
  ///
  /// - Parameter destination: The name; a folder that has it is replaced. It steps aside first and comes back where the
  ///   new one cannot take its place.
  /// - Throws: ``ArrayError`` of the kind `unwritable`.
  package func publish(as destination: String) throws(ArrayError) {
    // Not the name of a temporary, which would be deleted when the process is interrupted just now.
    let aside = "\(path).former"
    let isThere = unsafe access(destination, F_OK) == 0
    let isDone = Temporaries.forget(path) {
      if isThere, unsafe rename(destination, aside) != 0 { return false }
      if unsafe rename(path, destination) == 0 { return true }
      let reason = errno
      if isThere { _ = unsafe rename(aside, destination) }
      errno = reason
      return false
    }
    guard isDone else { throw Self.failure(destination, "the folder cannot be put in place") }
    if isThere { try? FileManager.default.removeItem(atPath: aside) }
  }

  /// What went wrong, in the words of the operating system.
  private static func failure(_ path: String, _ problem: String) -> ArrayError {
    ArrayError(
      .unwritable, file: path, problem: "\(problem): \(unsafe String(cString: strerror(errno)))",
      allowed: "a writable folder", repair: "check the folder, its permissions and the space left")
  }
}

/// Writes all bytes to an open file; gives 0, or the `errno` of the failure.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
  var done = 0
  while done < bytes.count {
    // Some systems refuse to write 2 GiB at once.
    let written = unsafe write(descriptor, bytes.baseAddress?.advanced(by: done), min(bytes.count - done, 1 << 30))
    if written < 0, errno == EINTR { continue }
    guard written > 0 else { return written == 0 ? EIO : errno }
    done += written
  }
  return 0
}
