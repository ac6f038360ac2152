/// What a line about work in progress says.
package struct ProgressLine: Sendable, Hashable {
  /// What is being done.
  package var label: String
  /// How many steps are done.
  package var done: Int
  /// How many steps there are; zero where that is not known.
  package var total: Int
  /// The time since the beginning, in seconds.
  package var elapsedSeconds: Double
  /// What is being done within a step; `nil` where steps are alike, so that their rate says how long all take.
  package var activity: Activity?

  /// What is being done within a step that is not like the others.
  package struct Activity: Sendable, Hashable {
    /// What is being done.
    package var text: String
    /// How long it takes until all steps are done; `nil` where that is not known.
    package var remainingSeconds: Double?

    /// Describes what is being done.
    package init(_ text: String, remainingSeconds: Double?) {
      (self.text, self.remainingSeconds) = (text, remainingSeconds)
    }
  }

  /// Describes a state of the work.
  package init(label: String, done: Int, total: Int, elapsedSeconds: Double, activity: Activity? = nil) {
    self.label = label
    self.activity = activity
    self.done = done
    self.total = total
    self.elapsedSeconds = elapsedSeconds
  }

  /// The line, such as `evaluate  312/500  62 %  8.4/s  ETA 0:22`.
  ///
  /// The percentage is rounded down. The rate appears with the first step, the remaining time while steps remain. An
  /// activity stands in the rate's place: `explore  3/24  12 %  accumulator.bits=16 40/200  ETA 1:10`.
  package var text: String {
    var parts = [label, total > 0 ? "\(done)/\(total)" : "\(done)"]
    if total > 0 { parts.append("\(Int(100 * Double(min(max(done, 0), total)) / Double(total))) %") }
    if let activity {
      parts.append(activity.text)
      if done < total, let seconds = activity.remainingSeconds { parts.append("ETA \(Format.clock(seconds))") }
    } else if done > 0, elapsedSeconds > 0 {
      let rate = Double(done) / elapsedSeconds
      parts.append(rate < 99.95 ? "\(Format.number(rate, decimals: 1))/s" : "\(Format.engineering(rate.rounded()))/s")
      if done < total { parts.append("ETA \(Format.clock(Double(total - done) / rate))") }
    }
    return parts.joined(separator: "  ")
  }
}
