/// A key of a profile and the values that are tried for it.
package struct SweepAxis: Hashable, Sendable {
  /// The key, such as `accumulator.bits`.
  package let key: String
  /// The values as JSON text or words, at least one, each once.
  package let values: [String]

  /// What is wrong with a text that should describe an axis.
  package struct Fault: Error, Hashable, CustomStringConvertible {
    /// What is wrong, and what is meant.
    package let description: String
  }

  /// Most values of one axis.
  private static let most = 10_000

  /// Lists values.
  package init(key: String, values: [String]) { (self.key, self.values) = (key, values) }

  /// Reads `KEY=VALUES`: values with commas between them, `FIRST..LAST` for all integers from one to another, and
  /// `FIRST..LAST/STEP` for each STEPth of them.
  ///
  /// - Parameter text: What the user wrote.
  /// - Throws: ``Fault``.
  package init(_ text: String) throws(Fault) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw Fault(description: "\"\(text)\" is no KEY=VALUES, such as accumulator.bits=16..32 or weights.bits=4,8")
    }
    key = parts[0]
    var values: [String] = []
    var known: Set<String> = []
    for part in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
      guard !part.isEmpty else { throw Fault(description: "\"\(text)\" has an empty value") }
      let range = try SweepAxis.range(String(part), text) ?? [String(part)]
      for value in range where known.insert(value).inserted { values.append(value) }
      guard values.count <= SweepAxis.most else {
        throw Fault(description: "\"\(text)\" has more than \(SweepAxis.most) values")
      }
    }
    self.values = values
  }

  /// The integers of `FIRST..LAST/STEP`; `nil` for a text without two dots.
  private static func range(_ text: String, _ whole: String) throws(Fault) -> [String]? {
    let ends = text.split(separator: "..", omittingEmptySubsequences: false)
    guard ends.count == 2 else { return nil }
    let last = ends[1].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let step = last.count == 2 ? Int(last[1]) : 1
    guard let from = Int(ends[0]), let to = Int(last[0]), let step, step > 0, from <= to else {
      throw Fault(description: "\"\(whole)\": a range is FIRST..LAST or FIRST..LAST/STEP, integers, rising")
    }
    // Distances may not fit in an Int, but every value lies between the ends.
    let steps = UInt(bitPattern: to &- from) / UInt(step)
    guard steps < UInt(most) else { throw Fault(description: "\"\(whole)\" has more than \(most) values") }
    return (0...Int(steps)).map { String(from &+ $0 &* step) }
  }
}

/// One machine of a sweep: which values differ from the machine that it started from.
package struct SweepPoint: Hashable, Sendable, Codable {
  /// A key and its value.
  package struct Setting: Hashable, Sendable, Codable {
    /// The key.
    package var key: String
    /// The value as JSON text or a word.
    package var value: String

    /// Creates a setting.
    package init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  /// The settings, in the order of the axes.
  package var settings: [Setting]

  /// Creates a point.
  package init(settings: [Setting]) { self.settings = settings }

  /// The settings in one line.
  package var label: String { settings.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }

  /// The most points that a sweep may have.
  package static let limit = 100_000

  /// How many points a sweep has; `nil` for more than can be counted.
  ///
  /// - Parameters:
  ///   - axes: The axes.
  ///   - oneAtATime: Whether each point changes one key only.
  /// - Returns: The number of points.
  package static func count(_ axes: [SweepAxis], oneAtATime: Bool) -> Int? {
    if oneAtATime { return axes.reduce(0) { $0 + $1.values.count } }
    return axes.reduce(1) { product, axis in
      guard let (partial, overflow) = product?.multipliedReportingOverflow(by: axis.values.count), !overflow else {
        return nil
      }
      return partial
    }
  }

  /// All points of a sweep: every combination, the last axis fastest, or one axis at a time.
  ///
  /// - Parameters:
  ///   - axes: The axes.
  ///   - oneAtATime: Whether each point changes one key only.
  /// - Returns: The points, in order.
  package static func all(_ axes: [SweepAxis], oneAtATime: Bool) -> [SweepPoint] {
    if oneAtATime {
      return axes.flatMap { axis in
        axis.values.map { SweepPoint(settings: [Setting(key: axis.key, value: $0)]) }
      }
    }
    return axes.reduce([SweepPoint(settings: [])]) { points, axis in
      points.flatMap { point in
        axis.values.map { SweepPoint(settings: point.settings + [Setting(key: axis.key, value: $0)]) }
      }
    }
  }
}
