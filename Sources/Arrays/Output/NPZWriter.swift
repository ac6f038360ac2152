/// Writes an archive of named arrays without compression, as `numpy.savez` does.
///
/// Equal arrays give equal bytes: the archive has no dates. The destination appears when ``finish()`` returns; a writer
/// that is dropped before, or that has thrown, leaves nothing.
package final class NPZWriter {
  private let path: String
  private let file: OutputFile
  private var directory: [UInt8] = []
  private var names: Set<String> = []
  private var offset = 0

  /// Begins an archive.
  ///
  /// - Parameter path: The destination.
  /// - Throws: ``ArrayError`` where the file cannot be created.
  package init(path: String) throws(ArrayError) {
    self.path = path
    file = try OutputFile(path)
  }

  /// Appends an array.
  ///
  /// - Parameters:
  ///   - name: Its name, without `.npy`; each only once.
  ///   - values: The elements in C order.
  ///   - shape: The axes; empty for a single number.
  /// - Throws: ``ArrayError`` where the name or the shape is wrong, the archive would exceed 4 GiB, or the file cannot
  ///   be written.
  package func add<T: ArrayElement>(_ name: String, _ values: [T], shape: [Int]) throws(ArrayError) {
    let content = try NPYWriter.encoded(values, shape: shape, file: "\(path):\(name)")
    let entryName = Array("\(name).npy".utf8)
    guard !name.isEmpty, entryName.count <= 0xffff, !names.contains(name), names.count < 0xfffe else {
      file.discard()
      throw ArrayError(
        .format, file: path, problem: "an array cannot be named '\(name)'",
        allowed: "fewer than 65535 names, each once, of 1 to 65531 bytes", repair: "choose another name")
    }
    let local = Self.header(0x0403_4b50, [], entryName.count, content)
    let end = offset + local.count + entryName.count + content.count
    guard end + directory.count + 46 + entryName.count < 0xffff_ffff else {
      file.discard()
      throw ArrayError(
        .length, file: path, problem: "the archive would exceed 4 GiB", allowed: "less than 4 GiB",
        repair: "write the array as an .npy file")
    }
    names.insert(name)
    try file.write(local + entryName)
    try file.write(content)
    directory += Self.header(0x0201_4b50, [20, 0], entryName.count, content)
    directory += [UInt8](repeating: 0, count: 10) + Self.bytes(offset, 4) + entryName
    offset = end
  }

  /// Writes the directory and gives the file its name.
  ///
  /// - Throws: ``ArrayError`` where the file cannot be completed.
  package func finish() throws(ArrayError) {
    let count = Self.bytes(names.count, 2)
    let end = Self.bytes(0x0605_4b50, 4) + [0, 0, 0, 0] + count + count + Self.bytes(directory.count, 4)
    try file.write(directory + end + Self.bytes(offset, 4) + [0, 0])
    try publish([CompleteFile(file)])
  }

  /// The fields that the local header and the directory have in common, up to the length of the extra field.
  private static func header(
    _ signature: Int, _ creator: [UInt8], _ nameCount: Int, _ content: [UInt8]
  ) -> [UInt8] {
    // Version 2.0, names in UTF-8, stored, midnight of 1980-01-01.
    let fixed: [UInt8] = [20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0]
    let size = bytes(content.count, 4)
    return bytes(signature, 4) + creator + fixed + bytes(Int(CRC32.checksum(content.span)), 4) + size + size
      + bytes(nameCount, 2) + [0, 0]
  }

  private static func bytes(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
