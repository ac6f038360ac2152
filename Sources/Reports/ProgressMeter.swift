internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Shows a ``ProgressLine`` on the terminal that renews itself, at most ten times a second.
///
/// Any thread may report steps. Nothing is written unless standard error is a terminal.
package final class ProgressMeter: Sendable {
  private struct State {
    var done = 0
    var shown = 0
    var lastShown: ContinuousClock.Instant?
    var isFinished = false
  }

  private let label: String
  private let total: Int
  private let start: ContinuousClock.Instant
  private let isEnabled: Bool
  private let now: @Sendable () -> ContinuousClock.Instant
  private let output: @Sendable (String) -> Void
  private let state = Mutex(State())

  /// Begins to measure, and to show on standard error where that is a terminal.
  ///
  /// - Parameters:
  ///   - label: What is being done.
  ///   - total: How many steps there are; zero where that is not known.
  ///   - isQuiet: Whether to show nothing at all.
  package convenience init(_ label: String, total: Int, isQuiet: Bool = false) {
    self.init(
      label, total: total, isEnabled: !isQuiet && isatty(STDERR_FILENO) == 1, now: { ContinuousClock.now },
      output: Self.writeToStandardError)
  }

  /// Begins to measure with another clock and another output.
  ///
  /// - Parameters:
  ///   - label: What is being done.
  ///   - total: How many steps there are; zero where that is not known.
  ///   - isEnabled: Whether anything is written.
  ///   - now: The clock.
  ///   - output: Takes the text; called by one thread at a time.
  package init(
    _ label: String, total: Int, isEnabled: Bool, now: @escaping @Sendable () -> ContinuousClock.Instant,
    output: @escaping @Sendable (String) -> Void
  ) {
    self.label = label
    self.total = total
    self.isEnabled = isEnabled
    self.now = now
    self.output = output
    start = now()
  }

  deinit { finish() }

  /// Reports steps that are done.
  ///
  /// - Parameters:
  ///   - steps: How many since the last report.
  ///   - activity: What is being done now; `nil` where steps are alike.
  package func advance(by steps: Int = 1, activity: ProgressLine.Activity? = nil) {
    state.withLock { state in
      state.done += steps
      guard isEnabled, !state.isFinished else { return }
      let now = now()
      if let last = state.lastShown, now - last < .milliseconds(100) { return }
      state.lastShown = now
      let line = ProgressLine(
        label: label, done: state.done, total: total, elapsedSeconds: Format.seconds(now - start),
        activity: activity)
      // A line that the terminal wraps could not be renewed.
      let text = TextWidth.truncated(line.text.visible, to: 79)
      let width = TextWidth.of(text)
      output("\r\(text)" + String(repeating: " ", count: max(0, state.shown - width)))
      state.shown = width
    }
  }

  /// Clears the line; later reports show nothing.
  package func finish() {
    state.withLock { state in
      guard !state.isFinished else { return }
      state.isFinished = true
      if state.shown > 0 { output("\r" + String(repeating: " ", count: state.shown) + "\r") }
      state.shown = 0
    }
  }

  private static func writeToStandardError(_ text: String) {
    let bytes = Array(text.utf8)
    // A line of progress that is lost does no harm.
    _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
  }
}
