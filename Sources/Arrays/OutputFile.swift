#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file that comes into being only when it is complete.
///
/// The bytes go to a temporary file in the same folder, which takes the name of the destination at the end and is
/// deleted when that never happens. On Linux the temporary file has no name at all where the file system allows it, so
/// that even a killed process leaves nothing behind. A device or a pipe is written directly, and a symbolic link is
/// followed.
final class OutputFile {
  private let path: String
  private let destination: String
  private let folder: String
  private var descriptor: Int32
  /// The temporary file that has to be deleted; `nil` where it has no name.
  private var temporary: String?
  private let isDirect: Bool
  private var pending: [UInt8] = []
  private static let bufferByteCount = 1 << 16

  init(_ path: String) throws(ArrayError) {
    let destination = Self.followingLinks(path)
    let existing = Self.mode(of: destination)
    self.path = path
    self.destination = destination
    folder =
      destination.utf8.lastIndex(of: UInt8(ascii: "/")).map { slash in String(destination[...slash]) } ?? "./"
    isDirect = existing.map { mode in mode & S_IFMT != S_IFREG } ?? false
    descriptor = -1
    if path.isEmpty || path.hasSuffix("/") || existing.map({ mode in mode & S_IFMT == S_IFDIR }) == true {
      throw Self.failure(path, "this is not the name of a file", repair: "name a file")
    }
    if existing != nil, unsafe access(destination, W_OK) != 0 { throw failure("the file must not be overwritten") }
    if isDirect {
      descriptor = unsafe open(destination, O_WRONLY | O_CLOEXEC)
    } else {
      openTemporary()
    }
    guard descriptor >= 0 else { throw failure("the file cannot be created") }
    if let existing, !isDirect { fchmod(descriptor, existing & 0o7777) }
  }

  deinit { discard() }

  /// Appends the memory of numbers; types with padding between their fields must not come here.
  func write<T: BitwiseCopyable>(_ values: [T]) throws(ArrayError) {
    let bytes = unsafe values.span.bytes
    guard bytes.byteCount < Self.bufferByteCount else {
      try flush()
      try send(bytes)
      return
    }
    unsafe bytes.withUnsafeBytes { unsafe pending.append(contentsOf: $0) }
    if pending.count >= Self.bufferByteCount { try flush() }
  }

  /// Replaces the first bytes, which were written before.
  func rewriteStart(_ bytes: [UInt8]) throws(ArrayError) {
    try flush()
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw failure("the destination cannot be rewound") }
    try write(bytes)
    try flush()
  }

  /// Gives the file its name.
  func finish() throws(ArrayError) {
    try flush()
    guard isDirect || temporary != nil || nameTemporary() else { throw failure("the file cannot be named") }
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw failure("the file cannot be completed") }
    if let temporary, unsafe rename(temporary, destination) != 0 { throw failure("the file cannot be renamed") }
    temporary = nil
  }

  /// Deletes what was written; nothing happens after ``finish()``.
  func discard() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    if let temporary { unsafe unlink(temporary) }
    temporary = nil
  }

  private func flush() throws(ArrayError) {
    guard descriptor >= 0 else {
      throw Self.failure(path, "the file was given up after an error", repair: "write it again")
    }
    let bytes = pending
    pending.removeAll(keepingCapacity: true)
    try unsafe send(bytes.span.bytes)
  }

  private func send(_ bytes: RawSpan) throws(ArrayError) {
    var rest = bytes
    while !rest.isEmpty {
      // Some systems refuse to write 2 GiB at once.
      let piece = rest.extracting(first: 1 << 30)
      let written = unsafe piece.withUnsafeBytes { unsafe platformWrite(descriptor, $0) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure("the file cannot be written") }
      rest = rest.extracting(droppingFirst: written)
    }
  }
}

extension OutputFile {
  /// Names for the temporary file; the first that is free is taken.
  private var candidates: some Sequence<String> {
    (0..<1000).lazy.map { [folder] in "\(folder).bitexact-\(getpid())-\($0).tmp" }
  }

  private func openTemporary() {
    #if os(Linux)
      // __O_TMPFILE of the kernel; the C macro that combines the two is not visible in Swift.
      descriptor = unsafe open(folder, 0o20_000_000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, 0o666)
      if descriptor >= 0, unsafe access(unnamed, F_OK) == 0 { return }
      if descriptor >= 0 { close(descriptor) }
    #endif
    for candidate in candidates {
      descriptor = unsafe open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 { temporary = candidate }
      if descriptor >= 0 || errno != EEXIST { return }
    }
  }

  /// The path by which Linux knows an open file that has no name.
  private var unnamed: String { "/proc/self/fd/\(descriptor)" }

  private func nameTemporary() -> Bool {
    for candidate in candidates {
      if unsafe linkat(AT_FDCWD, unnamed, AT_FDCWD, candidate, AT_SYMLINK_FOLLOW) == 0 {
        temporary = candidate
        return true
      }
      if errno != EEXIST { return false }
    }
    return false
  }

  private static func followingLinks(_ path: String) -> String {
    guard let real = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
  }

  private static func mode(of path: String) -> mode_t? {
    var information = stat()
    return unsafe stat(path, &information) == 0 ? information.st_mode : nil
  }

  /// Deletes what was written and tells why, with the words of the operating system.
  private func failure(_ problem: String) -> ArrayError {
    let reason = unsafe String(cString: strerror(errno))
    discard()
    return Self.failure(path, "\(problem): \(reason)", repair: "check the folder, its permissions and the space left")
  }

  private static func failure(_ path: String, _ problem: String, repair: String) -> ArrayError {
    ArrayError(.unwritable, file: path, problem: problem, allowed: "a file in a writable folder", repair: repair)
  }
}

/// The `write` of the operating system, which the method of the same name hides.
private func platformWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  unsafe write(descriptor, bytes.baseAddress, bytes.count)
}
