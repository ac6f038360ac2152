#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// An archive of named arrays, as `numpy.savez` and `numpy.savez_compressed` write them.
///
/// Arrays that are stored are read in place, as ``NPYFile`` does; compressed ones are decompressed into memory.
package struct NPZFile: Sendable {
  /// The path of the file.
  package let name: String
  /// The names of the arrays, in the order of the archive.
  package let arrayNames: [String]
  private let entries: [String: ZIPEntry]
  private let data: FileBytes

  /// Opens an archive and reads its directory.
  ///
  /// - Parameter path: The file; reading fails where it is written to while the value is in use.
  /// - Throws: ``ArrayError``.
  package init(contentsOf path: String) throws(ArrayError) {
    try self.init(data: FileBytes(contentsOf: path), name: path)
  }

  /// Reads an archive that is in memory already.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: What messages call it.
  /// - Throws: ``ArrayError``.
  package init(bytes: [UInt8], name: String) throws(ArrayError) {
    try self.init(data: FileBytes(bytes), name: name)
  }

  init(data: FileBytes, name: String) throws(ArrayError) {
    self.name = name
    self.data = data
    var names: [String] = []
    var entries: [String: ZIPEntry] = [:]
    for entry in try ZIPDirectory.entries(data, file: name) where entry.name.hasSuffix(".npy") {
      let arrayName = String(entry.name.dropLast(4))
      guard entries.updateValue(entry, forKey: arrayName) == nil else {
        throw ArrayError(
          .format, file: name, problem: "there are two arrays named '\(arrayName)'", allowed: "each name once",
          repair: "write the archive with numpy.savez")
      }
      names.append(arrayName)
    }
    arrayNames = names
    self.entries = entries
  }

  /// Finds an array, checks its checksum and its header.
  ///
  /// - Parameter arrayName: One of ``arrayNames``.
  /// - Returns: The array.
  /// - Throws: ``ArrayError`` where it is missing, damaged, encrypted or packed by another method.
  package func array(_ arrayName: String) throws(ArrayError) -> NPYFile {
    guard let entry = entries[arrayName] else {
      throw ArrayError(
        .missing, file: name, problem: "there is no array named '\(arrayName)'",
        allowed: arrayNames.isEmpty ? "none, the archive is empty" : arrayNames.joined(separator: ", "),
        repair: "name one of these")
    }
    let file = "\(name):\(arrayName)"
    let content = try content(entry, file: file)
    var crc: UInt32 = 0
    for start in stride(from: 0, to: content.count, by: 1 << 20) {
      let bytes = try content.bytes(from: start, atMost: 1 << 20)
      crc = CRC32.checksum(bytes.span, after: crc)
    }
    guard crc == entry.crc else { throw Self.damaged(file, "its checksum is wrong") }
    return try NPYFile(data: content, name: file)
  }

  private func content(_ entry: ZIPEntry, file: String) throws(ArrayError) -> FileBytes {
    guard !entry.isEncrypted, entry.method == 0 || entry.method == 8 else {
      throw ArrayError(
        .format, file: file,
        problem: entry.isEncrypted ? "the array is encrypted" : "the array is packed by method \(entry.method)",
        allowed: "stored (0) and DEFLATE (8)", repair: "write the archive with numpy.savez")
    }
    let stored = try ZIPDirectory.storedBytes(entry, in: data, file: file)
    if entry.method == 0 {
      guard entry.byteCount == stored.count else { throw Self.damaged(file, "its two lengths differ") }
      return stored
    }
    let compressed = try stored.all()
    do throws(InflateFault) {
      return FileBytes(try Inflater.inflate(compressed, byteCount: entry.byteCount))
    } catch {
      throw Self.damaged(file, error.rawValue)
    }
  }

  private static func damaged(_ file: String, _ problem: String) -> ArrayError {
    ArrayError(
      .damaged, file: file, problem: "the array is damaged: \(problem)", allowed: "intact data",
      repair: "copy the file again")
  }
}

extension NPYFile {
  /// Opens an array by a path that may lead into an archive.
  ///
  /// - Parameter path: An .npy file, an .npz file with a single array, or `file.npz:name`.
  /// - Returns: The array.
  /// - Throws: ``ArrayError``.
  package static func open(_ path: String) throws(ArrayError) -> NPYFile {
    if !FileManager.default.fileExists(atPath: path), let colon = path.lastIndex(of: ":"),
      FileManager.default.fileExists(atPath: String(path[..<colon]))
    {
      return try NPZFile(contentsOf: String(path[..<colon])).array(String(path[path.index(after: colon)...]))
    }
    let data = try FileBytes(contentsOf: path)
    guard try data.bytes(from: 0, atMost: 2) == Array("PK".utf8) else { return try NPYFile(data: data, name: path) }
    let archive = try NPZFile(data: data, name: path)
    guard let only = archive.arrayNames.first, archive.arrayNames.count == 1 else {
      throw ArrayError(
        .missing, file: path, problem: "the archive holds \(archive.arrayNames.count) arrays",
        allowed: archive.arrayNames.joined(separator: ", "), repair: "write \(path):NAME")
    }
    return try archive.array(only)
  }
}
