package import Arrays
internal import Synchronization

/// How much of what an input was given lies outside of what it can hold.
package struct InputClipping: Hashable, Sendable {
  /// The input's name.
  package let input: String
  /// The type of the array's elements.
  package let given: NPYType
  /// How many elements the samples that were read have.
  package let elements: Int
  /// How many of them lie more than one step beyond the ends of the input, and are cut to them.
  package let clipped: Int
  /// The least and the greatest real number of the samples that clip; `nil` where none does.
  package let seen: ClosedRange<Double>?
  /// The real numbers that the input can hold.
  package let held: ClosedRange<Double>
  /// The least and the greatest real number of all samples, where they take less than a sixteenth of what the input holds;
  /// `nil` where they take more, or are one number.
  package let narrow: ClosedRange<Double>?
  /// The real numbers that the input of the first model holds, for which the data was made.
  package let made: ClosedRange<Double>

  /// The part of elements that is cut, 0 to 1.
  package var share: Double { elements == 0 ? 0 : Double(clipped) / Double(elements) }

  /// What the user most likely did, and what mends it; `nil` where nothing is known.
  package var likelyCause: String? {
    guard given.isFloatingPoint, let seen, seen.lowerBound >= 0, seen.upperBound > 8, seen.upperBound <= 256 else {
      return nil
    }
    // A machine's scale may hold more than the data ever had.
    let isUnit = made.upperBound < 1.5
    switch (isUnit, made.lowerBound) {
    case (true, -0.25...0): return "images of 0 to 255 for an input of 0 to 1: divide by 255"
    case (true, -1.5 ..< -0.5): return "images of 0 to 255 for an input of -1 to 1: divide by 127.5, then subtract 1"
    default:
      return made.upperBound < 16
        ? "images of 0 to 255 for an input of another range: normalize them as for the training of the model" : nil
    }
  }
}

extension InputClipping {
  /// What the user most likely did where the samples take little of what the input holds; `nil` where nothing is known.
  package var likelyCauseOfNarrowness: String? {
    guard let narrow, narrow.lowerBound >= -1.01, narrow.upperBound <= 1.01, made.upperBound > 200 else { return nil }
    return narrow.lowerBound < 0
      ? "images of -1 to 1 for an input of 0 to 255: add 1, then multiply by 127.5"
      : "images of 0 to 1 for an input of 0 to 255: multiply by 255"
  }
}

/// Counts the elements of each sample that an input cuts, once however often the sample is read; any thread may count.
final class ClipTally: Sendable {
  /// What one sample has.
  struct Count {
    var elements = 0
    var clipped = 0
    var low = Double.infinity
    var high = -Double.infinity

    /// Widens the range to a real number.
    mutating func see(_ value: Double) {
      low = min(low, value)
      high = max(high, value)
    }
  }

  private struct State {
    var isCounted: [UInt64]
    var sum = Count()
    /// The range of all samples until it is as wide as the data have to be.
    var range = Count()
    var isWide: Bool
  }

  private let state: Mutex<State>
  private let width: Double

  /// - Parameters:
  ///   - samples: How many samples there are.
  ///   - width: How wide the range of the samples is at least if nothing is wrong; 0 where nobody asks.
  init(samples: Int, width: Double) {
    self.width = width
    state = Mutex(State(isCounted: [UInt64](repeating: 0, count: (samples + 63) / 64), isWide: width == 0))
  }

  /// Counts a sample unless that was done.
  ///
  /// - Parameters:
  ///   - sample: Which sample.
  ///   - count: Counts; it is told whether the sample's range is needed.
  func count(_ sample: Int, _ count: (Bool) -> Count) {
    let (isNew, needsRange) = state.withLock { state in
      let bit = UInt64(1) << UInt64(sample % 64)
      defer { state.isCounted[sample / 64] |= bit }
      return (state.isCounted[sample / 64] & bit == 0, !state.isWide)
    }
    guard isNew else { return }
    let found = count(needsRange)
    state.withLock { state in
      state.sum.elements += found.elements
      state.sum.clipped += found.clipped
      if needsRange, found.low <= found.high {
        state.range.see(found.low)
        state.range.see(found.high)
        if state.range.high - state.range.low >= width { state.isWide = true }
      }
      guard found.clipped > 0 else { return }
      state.sum.see(found.low)
      state.sum.see(found.high)
    }
  }

  /// All samples so far.
  var sum: Count { state.withLock(\.sum) }

  /// The range of all samples so far where it is narrower than it has to be; `nil` where it is not, or is one number.
  var narrow: ClosedRange<Double>? {
    state.withLock { $0.isWide || $0.range.low >= $0.range.high ? nil : $0.range.low...$0.range.high }
  }
}
