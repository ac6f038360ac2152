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
/// that even a killed process leaves nothing behind; what it leaves elsewhere, the next one deletes. A device, a pipe and
/// whatever is standard output are written directly. A symbolic link is followed, also where it leads to no file yet.
final class OutputFile {
  let path: String
  private let destination: OutputDestination
  private var descriptor: Int32 = -1
  /// The temporary file that has to be deleted; `nil` where it has no name.
  private var temporary: String?
  private var pending: [UInt8] = []
  private static let bufferByteCount = 1 << 16

  init(_ path: String) throws(ArrayError) {
    self.path = path
    destination = try OutputDestination(path)
    switch destination.kind {
    case .standardOutput: descriptor = dup(STDOUT_FILENO)
    case .direct: descriptor = unsafe open(destination.path, O_WRONLY | O_CLOEXEC)
    case .existing(let mode):
      if unsafe access(destination.path, W_OK) != 0 { throw failure("the file must not be overwritten") }
      openTemporary()
      if descriptor >= 0 { fchmod(descriptor, mode_t(mode)) }
    case .new: openTemporary()
    }
    guard descriptor >= 0 else { throw failure("the file cannot be created") }
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

  /// Brings all bytes to the file; what is missing is its name.
  func complete() throws(ArrayError) {
    try flush()
    // Some file systems tell only at a close that what was written is lost; the lock needs the other descriptor.
    let copy = dup(descriptor)
    guard copy >= 0, close(copy) == 0 else { throw failure("the file cannot be completed") }
  }

  /// Gives the file its name, after ``complete()``.
  func publish() throws(ArrayError) {
    guard descriptor >= 0 else { throw givenUp }
    if !destination.isDirect {
      if temporary == nil, !takeFreeName() { throw failure("the file cannot be named") }
      if let temporary {
        let isDone = Temporaries.forget(temporary) { unsafe rename(temporary, destination.path) == 0 }
        guard isDone else { throw failure("the file cannot be renamed") }
      }
    }
    temporary = nil
    close(descriptor)
    descriptor = -1
  }

  /// Deletes what was written; nothing happens after ``publish()``.
  func discard() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    if let temporary { Temporaries.remove(temporary) }
    temporary = nil
  }

  private func flush() throws(ArrayError) {
    guard descriptor >= 0 else { throw givenUp }
    let bytes = pending
    pending.removeAll(keepingCapacity: true)
    try unsafe send(bytes.span.bytes)
  }

  private func send(_ bytes: RawSpan) throws(ArrayError) {
    let reason = unsafe bytes.withUnsafeBytes { unsafe writeAll($0, to: descriptor) }
    guard reason == 0 else {
      errno = reason
      throw failure("the file cannot be written")
    }
  }

  private var givenUp: ArrayError {
    OutputDestination.failure(path, "the file was given up after an error", repair: "write it again")
  }

  /// Deletes what was written and tells why, with the words of the operating system.
  private func failure(_ problem: String) -> ArrayError {
    let reason = unsafe String(cString: strerror(errno))
    discard()
    return OutputDestination.failure(
      path, "\(problem): \(reason)", repair: "check the folder, its permissions and the space left")
  }
}

extension OutputFile {
  private func openTemporary() {
    Temporaries.removeAbandoned(in: destination.folder)
    #if os(Linux)
      // __O_TMPFILE of the kernel; the C macro that combines the two is not visible in Swift.
      descriptor = unsafe open(destination.folder, 0o20_000_000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, 0o666)
      if descriptor >= 0, unsafe access(unnamed, F_OK) == 0 {
        Temporaries.lock(descriptor)
        return
      }
      if descriptor >= 0 { close(descriptor) }
    #endif
    for candidate in Temporaries.candidates(in: destination.folder) {
      let isMade = Temporaries.add(candidate) {
        descriptor = unsafe open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        return descriptor >= 0
      }
      if isMade {
        temporary = candidate
        Temporaries.lock(descriptor)
      }
      if isMade || errno != EEXIST { return }
    }
  }

  /// The path by which Linux knows an open file that has no name.
  private var unnamed: String { "/proc/self/fd/\(descriptor)" }

  /// Gives a file without a name the destination's, or a temporary one where there is a file to replace.
  private func takeFreeName() -> Bool {
    if unsafe linkat(AT_FDCWD, unnamed, AT_FDCWD, destination.path, AT_SYMLINK_FOLLOW) == 0 { return true }
    guard errno == EEXIST else { return false }
    for candidate in Temporaries.candidates(in: destination.folder) {
      let isMade = Temporaries.add(candidate) {
        unsafe linkat(AT_FDCWD, unnamed, AT_FDCWD, candidate, AT_SYMLINK_FOLLOW) == 0
      }
      if isMade {
        temporary = candidate
        return true
      }
      if errno != EEXIST { return false }
    }
    return false
  }
}
