internal import Arrays

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A place in the file system, whatever it is called, whether something is there or not.
struct FilePlace: Sendable {
  /// What tells a file from all others.
  private struct Identity: Hashable, Sendable {
    let device: UInt64
    let number: UInt64

    init?(_ path: String) {
      var information = stat()
      guard unsafe stat(path, &information) == 0 else { return nil }
      self.init(information)
    }

    init(_ information: stat) {
      device = UInt64(truncatingIfNeeded: information.st_dev)
      number = UInt64(truncatingIfNeeded: information.st_ino)
    }
  }

  /// What is there; `nil` for nothing yet.
  private let identity: Identity?
  /// The folders above, from the inmost existing one on.
  private let folders: [Identity]
  /// The steps that do not exist yet, below the first of these folders.
  private let missing: [String]
  /// A device may be named twice: nothing is lost in it.
  private let isDevice: Bool

  /// Finds what a path stands for.
  init(_ path: String) {
    var information = stat()
    let isThere = unsafe stat(path, &information) == 0
    // A link to a file that does not exist yet stands for that file.
    let target = isThere ? path : (try? OutputDestination(path).path) ?? path
    identity = isThere ? Identity(information) : nil
    isDevice = isThere && information.st_mode & S_IFMT == S_IFCHR
    var steps = target.split(separator: "/").map(String.init).filter { $0 != "." }
    let start = target.hasPrefix("/") ? "/" : "./"
    var missing: [String] = []
    var real: String?
    while true {
      real = Self.realPath(start + steps.joined(separator: "/"))
      guard real == nil, let last = steps.popLast() else { break }
      missing.insert(last, at: 0)
    }
    self.missing = isThere ? [] : missing
    var folder = real ?? "/"
    var folders = [Identity(folder)].compactMap(\.self)
    while let slash = folder.lastIndex(of: "/"), folder != "/" {
      folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
      if let identity = Identity(folder) { folders.append(identity) }
    }
    self.folders = folders
  }

  private init(_ information: stat) {
    identity = Identity(information)
    (folders, missing) = ([], [])
    isDevice = information.st_mode & S_IFMT == S_IFCHR
  }

  /// What the process has as standard output; `nil` where that is closed.
  static var standardOutput: FilePlace? {
    var information = stat()
    return unsafe fstat(STDOUT_FILENO, &information) == 0 ? FilePlace(information) : nil
  }

  /// Whether both are one file, or would be.
  func isSame(as other: FilePlace?) -> Bool {
    guard let other, !isDevice else { return false }
    if identity != nil || other.identity != nil { return identity == other.identity }
    return folders.first == other.folders.first && missing == other.missing
  }

  /// Whether a file lies in a folder, however deep, or would.
  func lies(in folder: FilePlace) -> Bool {
    if let identity = folder.identity { return folders.contains(identity) && self.identity != identity }
    return folders.first == folder.folders.first && missing.count > folder.missing.count
      && missing.starts(with: folder.missing)
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
  }
}
