internal import Reports
internal import Synchronization

/// A meter for each pass of a longer work; the next pass ends the one before.
final class PassMeters: Sendable {
  private struct State {
    var name = ""
    var done = 0
    var meter: ProgressMeter?
  }

  private let console: Console
  private let state = Mutex(State())

  init(_ console: Console) { self.console = console }

  /// Notes how far a pass has come; any thread may tell.
  func report(_ name: String, done: Int, total: Int) {
    state.withLock { state in
      if state.name != name {
        state.meter?.finish()
        state.meter = console.progress(name, total: total)
        (state.name, state.done) = (name, 0)
      }
      guard done > state.done else { return }
      state.meter?.advance(by: done - state.done)
      state.done = done
    }
  }

  /// Ends the last pass.
  func finish() {
    state.withLock { $0.meter?.finish() }
  }
}
