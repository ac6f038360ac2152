/// How long a sweep still takes, judged by how long its parts took so far.
///
/// A part is the re-quantization of the model for a machine, or the run of a point; points of which a journal knows the
/// result are no parts.
package struct SweepForecast: Sendable {
  /// A kind of part.
  package enum Part: Sendable {
    case requantization, point
  }

  /// How many parts of a kind are left, and what those that are done took.
  private struct Parts: Sendable {
    var left: Int
    var done = 0
    var seconds = 0.0
  }

  private var requantizations: Parts
  private var points: Parts

  /// Creates a forecast.
  ///
  /// - Parameters:
  ///   - requantizations: How many machines the model is to be re-quantized for.
  ///   - points: How many points are to be run.
  package init(requantizations: Int, points: Int) {
    self.requantizations = Parts(left: requantizations)
    self.points = Parts(left: points)
  }

  /// Notes that a part is done.
  ///
  /// - Parameters:
  ///   - part: Its kind.
  ///   - seconds: How long it took.
  package mutating func finish(_ part: Part, seconds: Double) {
    func finish(_ parts: inout Parts) {
      parts.left = max(0, parts.left - 1)
      parts.done += 1
      parts.seconds += seconds
    }
    switch part {
    case .requantization: finish(&requantizations)
    case .point: finish(&points)
    }
  }

  /// The seconds until everything is done.
  ///
  /// - Parameters:
  ///   - part: What is being done.
  ///   - seconds: For how long.
  ///   - fraction: How much of it is done, where that says how long all of it takes; `nil` for parts that go unevenly.
  /// - Returns: The expected time; `nil` while there is nothing to judge a kind of part by.
  package func remainingSeconds(doing part: Part, for seconds: Double, fraction: Double?) -> Double? {
    let current = fraction.flatMap { $0 > 0 ? seconds / $0 : nil }
    func remaining(_ parts: Parts, _ isCurrent: Bool) -> Double? {
      guard parts.left > 0 else { return 0 }
      let typical = parts.done > 0 ? parts.seconds / Double(parts.done) : nil
      guard isCurrent else { return typical.map { $0 * Double(parts.left) } }
      guard let this = current ?? typical else { return nil }
      return max(0, this - seconds) + (typical ?? this) * Double(parts.left - 1)
    }
    guard let first = remaining(requantizations, part == .requantization),
      let second = remaining(points, part == .point)
    else { return nil }
    return first + second
  }
}
