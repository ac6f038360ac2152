/// What a line about work in progress says.
public struct ProgressLine: Sendable, Hashable {
  /// What is being done.
  public var label: String
  /// How many steps are done.
  public var done: Int
  /// How many steps there are; zero where that is not known.
  public var total: Int
  /// The time since the beginning, in seconds.
  public var elapsedSeconds: Double

  /// Describes a state of the work.
  public init(label: String, done: Int, total: Int, elapsedSeconds: Double) {
    self.label = label
    self.done = done
    self.total = total
    self.elapsedSeconds = elapsedSeconds
  }

  /// The line, such as `evaluate  312/500  62 %  8.4/s  ETA 0:22`.
  ///
  /// The percentage is rounded down. The rate appears with the first step, the remaining time while steps remain.
  public var text: String {
    var parts = [label, total > 0 ? "\(done)/\(total)" : "\(done)"]
    if total > 0 { parts.append("\(Int(100 * Double(min(max(done, 0), total)) / Double(total))) %") }
    if done > 0, elapsedSeconds > 0 {
      let rate = Double(done) / elapsedSeconds
      parts.append(rate < 99.95 ? "\(Format.number(rate, decimals: 1))/s" : "\(Format.engineering(rate.rounded()))/s")
      if done < total { parts.append("ETA \(Format.clock(Double(total - done) / rate))") }
    }
    return parts.joined(separator: "  ")
  }
}
