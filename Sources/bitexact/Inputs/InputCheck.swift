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

extension Arguments {
  /// Refuses files that are plainly something else than what the command wants, before it begins.
  ///
  /// Only the first bytes are looked at. What is missing, cannot be opened or is damaged is left to whoever reads it.
  ///
  /// - Parameter command: The command that the arguments are for.
  /// - Throws: ``InputError`` that says what the file is and what to do.
  func refuseWrongFiles(of command: Command) throws(InputError) {
    for (operand, _, value) in operands(of: command) {
      switch operand {
      case .word, .output, .outputs, .folder, .journal: break
      case .file: try FileKind.check(value, as: .model)
      case .array: try FileKind.check(value, as: .array)
      case .plan: try FileKind.check(value, as: .plan)
      case .profile: try FileKind.check(value, as: .profile)
      case .profiles: for path in value.split(separator: ",") { try FileKind.check(String(path), as: .profile) }
      }
    }
  }
}

extension FileKind {
  /// Refuses a file that is plainly something else than what is wanted.
  static func check(_ path: String, as role: FileRole) throws(InputError) {
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
