internal import Reports
internal import Workflows

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The one way by which the tool writes to standard output and standard error.
enum StandardStreams {
  /// Takes the places of streams that the caller has closed, so that no other file gets the number of one and is written
  /// to as if it were that stream; writing to them keeps failing.
  static func holdClosedOnes() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number, which is this one. A folder is there always, and cannot be written.
      _ = unsafe open("/", O_RDONLY)
    }
  }

  /// Writes a result to standard output.
  ///
  /// - Parameter text: The text; control and format characters are escaped.
  /// - Throws: ``InputError`` where not all of it could be written. Where nobody reads it any more the process ends by
  ///   SIGPIPE, as is usual.
  static func write(_ text: String) throws(InputError) { try send(VisibleText.lines(text)) }

  /// Writes a result that is JSON to standard output.
  ///
  /// - Parameter json: The text; control and format characters are escaped as JSON does.
  /// - Throws: As ``write(_:)``.
  static func writeJSON(_ json: String) throws(InputError) { try send(VisibleText.json(json)) }

  private static func send(_ text: String) throws(InputError) {
    let reason = put(text, to: STDOUT_FILENO)
    if reason == EPIPE {
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    if reason != 0 { throw failure(reason) }
  }

  /// Ends standard output; some file systems tell only then that what was written is lost.
  ///
  /// - Throws: ``InputError``.
  static func closeOutput() throws(InputError) {
    if close(STDOUT_FILENO) != 0, errno != EBADF, errno != EINTR { throw failure(errno) }
  }

  /// Writes to standard error; there is nobody left to tell when this fails.
  static func writeError(_ text: String) { _ = put(VisibleText.lines(text), to: STDERR_FILENO) }

  private static func failure(_ reason: Int32) -> InputError {
    InputError(
      "standard output cannot be written, so the result is incomplete: \(unsafe String(cString: strerror(reason)))")
  }

  /// Writes all bytes; gives 0, or the `errno` of the failure.
  private static func put(_ text: String, to descriptor: Int32) -> Int32 {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let written = unsafe bytes.withUnsafeBytes {
        unsafe platformWrite(descriptor, $0.baseAddress?.advanced(by: done), min($0.count - done, 1 << 30))
      }
      if written > 0 {
        done += written
      } else if written < 0, errno == EAGAIN {
        // A caller may have made the stream one that does not wait.
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&request, 1, -1)
      } else if written == 0 || errno != EINTR {
        return written == 0 ? EIO : errno
      }
    }
    return 0
  }
}

/// The `write` of the operating system, which the function of the same name hides.
private func platformWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  unsafe write(descriptor, bytes, count)
}

/// Nothing goes to standard output but through ``StandardStreams``, which notices what cannot be written.
@available(*, unavailable, message: "write through Console or StandardStreams")
func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {}
