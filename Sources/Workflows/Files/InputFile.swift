#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Whole files that are read into memory.
package enum InputFile {
  /// The largest file that is read; a .tflite file cannot be larger.
  private static let sizeLimit = 1 << 31

  /// The bytes of a file.
  ///
  /// - Parameter path: The file's path.
  /// - Returns: The whole content.
  /// - Throws: ``InputError`` with the reason why it cannot be read.
  package static func bytes(_ path: String) throws(InputError) -> [UInt8] {
    var information = stat()
    guard unsafe stat(path, &information) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw InputError("\(path): there is no such file; check the path") }
      throw InputError("\(path): the file cannot be opened: \(unsafe String(cString: strerror(errno)))")
    }
    guard information.st_mode & S_IFMT == S_IFREG else {
      let kind = information.st_mode & S_IFMT == S_IFDIR ? "a folder" : "no regular file"
      throw InputError("\(path): this is \(kind); name a file")
    }
    guard information.st_size < sizeLimit else {
      throw InputError("\(path): has \(information.st_size) bytes; a file that is read as a whole has fewer than 2 GiB")
    }
    let bytes = contents(path, count: Int(information.st_size))
    guard let bytes else { throw InputError("\(path): the file cannot be read; check its permissions") }
    return bytes
  }

  /// So many bytes from a file's beginning, straight into the array; `nil` where there are fewer.
  private static func contents(_ path: String, count: Int) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while let base = buffer.baseAddress, filled < count {
        let step = unsafe read(descriptor, base + filled, count - filled)
        if step < 0 && errno == EINTR { continue }
        if step <= 0 { break }
        filled += step
      }
    }
    return bytes.count == count ? bytes : nil
  }
}
