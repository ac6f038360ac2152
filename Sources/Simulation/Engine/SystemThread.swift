#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Threads of the operating system, which may refuse to start one.
package enum SystemThread {
  /// The bytes of a thread's stack, the same on every system.
  private static let stackByteCount = 8 << 20

  /// Starts a thread that nobody waits for.
  ///
  /// - Parameter body: What it does; it ends when this returns.
  /// - Returns: Whether it was started; where not, `errno` says why.
  package static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    var attributes = pthread_attr_t()
    guard unsafe pthread_attr_init(&attributes) == 0 else { return false }
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    unsafe pthread_attr_setstacksize(&attributes, stackByteCount)
    let box = unsafe Unmanaged.passRetained(Body(body))
    #if canImport(Darwin)
      var thread: pthread_t?
      let refusal = unsafe pthread_create(
        &thread, &attributes,
        { context in
          unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
          return nil
        }, box.toOpaque())
    #else
      var thread = pthread_t()
      let refusal = unsafe pthread_create(
        &thread, &attributes,
        { context in
          if let context = unsafe context { unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
          return nil
        }, box.toOpaque())
    #endif
    if refusal == 0 { return true }
    unsafe box.release()
    errno = refusal
    return false
  }

  /// What a thread does, as an object whose address C can carry.
  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
