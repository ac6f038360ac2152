/// The smallest and the largest values that registers held, one entry for each output channel.
package struct RegisterExtremes: Hashable, Sendable {
  /// What each register held at its checks: partial sums where it checks them, and always the whole sum.
  package private(set) var partial: [ClosedRange<Int64>?]
  /// The whole sums.
  package private(set) var sum: [ClosedRange<Int64>?]

  /// Registers that have held nothing yet.
  ///
  /// - Parameter channels: How many there are.
  package init(channels: Int) {
    partial = [ClosedRange<Int64>?](repeating: nil, count: channels)
    sum = partial
  }

  /// Notes what a register held.
  mutating func note(_ channel: Int, partial low: Int64, _ high: Int64, sum lowSum: Int64, _ highSum: Int64) {
    partial[channel] = partial[channel].extended(to: min(low, lowSum)...max(high, highSum))
    sum[channel] = sum[channel].extended(to: lowSum...highSum)
  }

  /// Adds what the registers of the same step held elsewhere.
  package mutating func merge(_ other: RegisterExtremes) {
    for channel in other.partial.indices {
      if let range = other.partial[channel] { partial[channel] = partial[channel].extended(to: range) }
      if let range = other.sum[channel] { sum[channel] = sum[channel].extended(to: range) }
    }
  }

  /// The width that holds all that the registers held at their checks; 0 where they held nothing.
  package var partialBits: Int { partial.compactMap { $0?.signedBits }.max() ?? 0 }

  /// The width that holds all whole sums, which is enough for a register that wraps.
  package var sumBits: Int { sum.compactMap { $0?.signedBits }.max() ?? 0 }
}

extension ClosedRange<Int64>? {
  fileprivate func extended(to other: ClosedRange<Int64>) -> ClosedRange<Int64> { self?.extended(to: other) ?? other }
}
