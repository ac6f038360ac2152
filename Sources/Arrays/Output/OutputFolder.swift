#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Makes folders for results.
///
/// Where no result comes, ``Temporaries/removeEmptyFolders()`` leaves it as if they had never been made.
package enum OutputFolder {
  /// Makes a folder, with those above it, unless it exists.
  ///
  /// - Parameter path: The folder.
  /// - Throws: ``ArrayError`` of the kind `unwritable`.
  package static func create(_ path: String) throws(ArrayError) {
    for place in places(path) {
      if Temporaries.addFolder(place, { unsafe mkdir(place, 0o777) == 0 }) { continue }
      let reason = errno
      if isFolder(place) { continue }
      throw ArrayError(
        .unwritable, file: path, problem: "the folder cannot be created: \(unsafe String(cString: strerror(reason)))",
        allowed: "a folder in a writable one", repair: "check the path and its permissions, or name another folder")
    }
  }

  /// The folder and those above it, from the outside in.
  private static func places(_ path: String) -> [String] {
    let bytes = Array(path.utf8)
    let ends = bytes.indices.filter { $0 > 0 && bytes[$0] == UInt8(ascii: "/") && bytes[$0 - 1] != bytes[$0] }
    let whole = bytes.last == UInt8(ascii: "/") ? [] : [bytes.count]
    return (ends + whole).map { String(decoding: bytes[..<$0], as: UTF8.self) }
  }

  private static func isFolder(_ path: String) -> Bool {
    var information = stat()
    return unsafe stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
  }
}
