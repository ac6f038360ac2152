internal import Exploration
internal import Reports
internal import Synchronization

/// Shows how far a sweep is: its points, what is being done now, and how long everything still takes.
final class SweepMeter: Sendable {
  private struct State {
    var forecast: SweepForecast
    var part = SweepForecast.Part.point
    var start = ContinuousClock.now
  }

  private let meter: ProgressMeter
  private let state: Mutex<State>

  /// Begins to show a sweep.
  ///
  /// - Parameters:
  ///   - console: Where.
  ///   - points: How many points it has.
  ///   - known: How many of them stand in a journal.
  ///   - requantizations: For how many machines the model is re-quantized.
  init(_ console: Console, points: Int, known: Int, requantizations: Int) {
    meter = console.progress("explore", total: points)
    state = Mutex(State(forecast: SweepForecast(requantizations: requantizations, points: points - known)))
  }

  /// A part begins, where it does not do so by itself when another one ends.
  func begin(_ part: SweepForecast.Part) {
    state.withLock { ($0.part, $0.start) = (part, .now) }
  }

  /// A part is done.
  func finish(_ part: SweepForecast.Part) {
    state.withLock { state in
      state.forecast.finish(part, seconds: Format.seconds(.now - state.start))
      (state.part, state.start) = (.point, .now)
    }
  }

  /// Shows how far what is being done has come.
  func show(_ text: String, _ done: Int, _ total: Int, isEven: Bool = false) {
    let remaining = state.withLock { state in
      state.forecast.remainingSeconds(
        doing: state.part, for: Format.seconds(.now - state.start),
        fraction: isEven ? Double(done) / Double(max(1, total)) : nil)
    }
    meter.advance(by: 0, activity: ProgressLine.Activity("\(text) \(done)/\(total)", remainingSeconds: remaining))
  }

  /// A point is done, or known from a journal.
  func finishPoint(isKnown: Bool) {
    if isKnown { begin(.point) } else { finish(.point) }
    let remaining = state.withLock { $0.forecast.remainingSeconds(doing: .point, for: 0, fraction: nil) }
    meter.advance(activity: ProgressLine.Activity("run", remainingSeconds: remaining))
  }

  /// Clears the line.
  func finish() { meter.finish() }
}
