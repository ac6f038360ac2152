internal import Arrays
internal import Simulation

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Lets a process that is interrupted leave no half-written file behind.
enum Interruption {
  /// Begins to watch for SIGHUP, SIGINT and SIGTERM: such a signal deletes the temporary files and then ends the process
  /// the way it would have ended it.
  ///
  /// To be called before other threads are started, which then leave the signals to the one that watches. Signals that
  /// the caller ignores stay ignored.
  static func watch() {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [SIGHUP, SIGINT, SIGTERM] where !isIgnored(number) { unsafe sigaddset(&signals, number) }
    let watched = signals
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    let isStarted = SystemThread.start {
      var watched = watched
      var number: Int32 = 0
      while unsafe sigwait(&watched, &number) != 0 {}
      Temporaries.removeAll {
        signal(number, SIG_DFL)
        unsafe pthread_sigmask(SIG_UNBLOCK, &watched, nil)
        // To the process: threads that do not watch have the signal blocked, so that this one takes it.
        while true { kill(getpid(), number) }
      }
    }
    // Where there is no thread to watch, the next run deletes what an interrupted one leaves.
    if !isStarted { unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(number, nil, &action) == 0 else { return false }
    #if canImport(Darwin)
      let handler = unsafe action.__sigaction_u.__sa_handler
    #elseif canImport(Glibc)
      let handler = unsafe action.__sigaction_handler.sa_handler
    #else
      let handler = unsafe action.__sa_handler.sa_handler
    #endif
    return unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
