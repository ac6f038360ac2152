extension Format {
  /// A duration in the unit that suits it.
  ///
  /// - Parameter seconds: The duration in seconds; negative ones get a minus sign.
  /// - Returns: For instance `850 ns`, `12.3 µs`, `340 ms`, `1.2 s`, `2 min 05 s`, `1 h 02 min`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "\(number(seconds, decimals: 0)) s" }
    guard seconds >= 0 else { return "-\(duration(-seconds))" }
    // Each limit is where the unit below would round up to 1000, or to 60.
    switch seconds {
    case 0: return "0 s"
    case ..<999.5e-9: return "\(threeDigits(seconds * 1e9)) ns"
    case ..<999.5e-6: return "\(threeDigits(seconds * 1e6)) µs"
    case ..<999.5e-3: return "\(threeDigits(seconds * 1e3)) ms"
    case ..<59.95: return "\(number(seconds, decimals: 1)) s"
    case ..<3599.5:
      let whole = Int(seconds.rounded())
      return "\(whole / 60) min \(twoDigits(whole % 60)) s"
    case ..<1e15:
      let minutes = Int((seconds / 60).rounded())
      return "\(minutes / 60) h \(twoDigits(minutes % 60)) min"
    default: return "\(seconds) s"
    }
  }

  /// A duration of the standard library, as ``duration(_:)-(Double)`` writes seconds.
  ///
  /// - Parameter duration: The duration.
  /// - Returns: For instance `340 ms`.
  package static func duration(_ duration: Duration) -> String {
    self.duration(seconds(duration))
  }

  /// A duration in seconds.
  ///
  /// - Parameter duration: The duration of the standard library.
  /// - Returns: The nearest number of seconds.
  package static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  /// Minutes and seconds, or hours, minutes and seconds: `0:22`, `1:02:03`.
  static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, (0..<3.6e8).contains(seconds) else { return "-:--" }
    let whole = Int(seconds.rounded())
    return whole < 3600
      ? "\(whole / 60):\(twoDigits(whole % 60))"
      : "\(whole / 3600):\(twoDigits(whole / 60 % 60)):\(twoDigits(whole % 60))"
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
