internal import HardwareProfile

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

extension FileKind {
  /// Refuses a file that is plainly something else than what is wanted.
  package static func check(_ path: String, as role: FileRole) throws(InputError) {
    var information = stat()
    // A built-in profile's name is no path, whatever lies in the folder.
    guard role != .profile || !HardwareProfile.builtInNames.contains(path), unsafe stat(path, &information) == 0 else {
      return
    }
    if information.st_mode & S_IFMT == S_IFDIR {
      if role == .model, FileManager.default.fileExists(atPath: "\(path)/saved_model.pb") {
        throw InputError(
          "\(path): this is a TensorFlow SavedModel; convert it to a quantized .tflite file with "
            + "tf.lite.TFLiteConverter.from_saved_model")
      }
      return
    }
    // A pipe gives its bytes only once.
    guard information.st_mode & S_IFMT == S_IFREG, let head = head(of: path), let kind = FileKind(head: head),
      !kind.mayBe(role)
    else { return }
    throw InputError("\(path): \(kind.refusal(as: role))")
  }

  /// Refuses bytes that are plainly something else than what is wanted.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: What messages call it.
  ///   - role: What is wanted.
  /// - Throws: ``InputError`` that says what the bytes are and what to do.
  package static func check(_ bytes: [UInt8], _ name: String, as role: FileRole) throws(InputError) {
    guard let kind = FileKind(head: Array(bytes.prefix(headSize))), !kind.mayBe(role) else { return }
    throw InputError("\(name): \(kind.refusal(as: role))")
  }

  /// A file's first bytes; `nil` where it cannot be read.
  private static func head(of path: String) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var isRead = true
    let head = unsafe [UInt8](unsafeUninitializedCapacity: headSize) { buffer, filled in
      while let base = buffer.baseAddress, filled < headSize {
        let step = unsafe read(descriptor, base + filled, headSize - filled)
        if step < 0 && errno == EINTR { continue }
        isRead = step >= 0
        if step <= 0 { break }
        filled += step
      }
    }
    return isRead ? head : nil
  }
}
