public import Arrays
internal import Synchronization

/// How much of what an input was given lies outside of what it can hold.
public struct InputClipping: Hashable, Sendable {
  /// The input's name.
  public let input: String
  /// The type of the array's elements.
  public let given: NPYType
  /// How many elements the samples that were read have.
  public let elements: Int
  /// How many of them lie more than one step beyond the ends of the input, and are cut to them.
  public let clipped: Int
  /// The least and the greatest real number of the samples that clip; `nil` where none does.
  public let seen: ClosedRange<Double>?
  /// The real numbers that the input can hold.
  public let held: ClosedRange<Double>

  /// The part of elements that is cut, 0 to 1.
  public var share: Double { elements == 0 ? 0 : Double(clipped) / Double(elements) }

  /// What the user most likely did, and what mends it; `nil` where nothing is known.
  public var likelyCause: String? {
    guard given.isFloatingPoint, let seen, seen.lowerBound >= 0, seen.upperBound > 8, seen.upperBound <= 256 else {
      return nil
    }
    let isUnit = held.upperBound < 1.5
    switch (isUnit, held.lowerBound) {
    case (true, -0.25...0): return "images of 0 to 255 for an input of 0 to 1: divide by 255"
    case (true, -1.5 ..< -0.5): return "images of 0 to 255 for an input of -1 to 1: divide by 127.5, then subtract 1"
    default:
      return held.upperBound < 16
        ? "images of 0 to 255 for an input of another range: normalize them as for the training of the model" : nil
    }
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
  }

  private let state: Mutex<State>

  init(samples: Int) { state = Mutex(State(isCounted: [UInt64](repeating: 0, count: (samples + 63) / 64))) }

  /// Counts a sample unless that was done.
  func count(_ sample: Int, _ count: () -> Count) {
    let isNew = state.withLock { state in
      let bit = UInt64(1) << UInt64(sample % 64)
      defer { state.isCounted[sample / 64] |= bit }
      return state.isCounted[sample / 64] & bit == 0
    }
    guard isNew else { return }
    let found = count()
    state.withLock { state in
      state.sum.elements += found.elements
      state.sum.clipped += found.clipped
      guard found.clipped > 0 else { return }
      state.sum.see(found.low)
      state.sum.see(found.high)
    }
  }

  /// All samples so far.
  var sum: Count { state.withLock(\.sum) }
}
