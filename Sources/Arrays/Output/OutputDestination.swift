#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What a path that is going to be written stands for, links followed.
package struct OutputDestination: Sendable {
  /// What there is.
  package enum Kind: Sendable, Equatable {
    /// Nothing yet.
    case new
    /// A regular file with these permissions, which is replaced as a whole.
    case existing(mode: UInt32)
    /// A device or a pipe, which is written directly.
    case direct
    /// What this process has as standard output, by whatever name; it is written directly, too.
    case standardOutput
  }

  /// What there is.
  package let kind: Kind
  /// The path behind all links.
  package let path: String

  /// Follows a path.
  ///
  /// - Parameter path: The path.
  /// - Throws: ``ArrayError`` of the kind `unwritable` for a folder and for links that lead in a circle.
  package init(_ path: String) throws(ArrayError) {
    var information = stat()
    let isThere = unsafe stat(path, &information) == 0
    let reason = errno
    let isFolder = isThere && information.st_mode & S_IFMT == S_IFDIR
    if path.isEmpty || path.hasSuffix("/") || isFolder {
      throw Self.failure(path, "this is not the name of a file", repair: "name a file")
    }
    if !isThere, reason == ELOOP {
      throw Self.failure(path, "the symbolic link leads in a circle", repair: "delete the link, or name another file")
    }
    guard isThere else {
      kind = .new
      self.path = Self.followingLinks(path)
      return
    }
    var output = stat()
    let isRegular = information.st_mode & S_IFMT == S_IFREG
    if unsafe fstat(STDOUT_FILENO, &output) == 0, output.st_dev == information.st_dev,
      output.st_ino == information.st_ino, isRegular || information.st_mode & S_IFMT != S_IFCHR
    {
      kind = .standardOutput
      self.path = path
    } else if isRegular, let real = Self.realPath(path) {
      kind = .existing(mode: UInt32(information.st_mode & 0o7777))
      self.path = real
    } else {
      kind = .direct
      self.path = path
    }
  }

  /// Whether the bytes go there as they come.
  var isDirect: Bool { kind == .direct || kind == .standardOutput }

  /// The folder of the path, without a slash at its end but for `/` itself.
  var folder: String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Where the links of a path lead that does not exist: the file that writing creates.
  private static func followingLinks(_ path: String) -> String {
    var current = path
    // A longer chain would be ELOOP.
    for _ in 0..<64 {
      var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      let count = unsafe readlink(current, &target, Int(PATH_MAX))
      guard count > 0 else { break }
      let text = String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let slash = current.utf8.lastIndex(of: UInt8(ascii: "/"))
      current = text.hasPrefix("/") ? text : (slash.map { String(current[...$0]) } ?? "") + text
    }
    return current
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
  }

  static func failure(_ path: String, _ problem: String, repair: String) -> ArrayError {
    ArrayError(.unwritable, file: path, problem: problem, allowed: "a file in a writable folder", repair: repair)
  }
}
