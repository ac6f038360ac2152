@testable internal import Requantizer
import TestSupport
import Testing

/// Weights that are fitted to what the source gave, on inputs that other layers have changed.
@Suite struct SourceTargetsTests {
  static let taps = 5
  static let channels = 3
  static let count = 400

  /// Inputs with means of their own and the outputs of hidden weights, cut to a range.
  static func sample(_ bounds: ClosedRange<Float>) -> (inputs: [Int16], hidden: [[Float]], goals: [Float]) {
    var random = SeededGenerator(seed: 9)
    let inputs = (0..<count * taps).map { Int16($0 % taps * 3) + Int16(random.next() % 41) - 20 }
    let hidden = (0..<channels).map { _ in (0..<taps).map { _ in Float(random.next() % 201) / 1000 - 0.1 } }
    var goals: [Float] = []
    for sample in 0..<count {
      for channel in 0..<channels {
        var sum: Float = 0.5
        for tap in 0..<taps { sum += hidden[channel][tap] * Float(inputs[sample * taps + tap]) }
        goals.append(min(max(sum, bounds.lowerBound), bounds.upperBound))
      }
    }
    return (inputs, hidden, goals)
  }

  /// The weights that come of ones that are off, and the largest distance from the hidden ones before and after.
  static func distances(_ bounds: ClosedRange<Float>, damping: Float) -> (before: Float, after: Float) {
    let (inputs, hidden, goals) = sample(bounds)
    let columns = TapSamples(inputs, count: count, stride: taps, places: Array(0..<taps))
    let targets = SourceTargets(ridge: 1, goals: goals, bounds: bounds, channels: channels, unit: 0.25)
    var rows = [Lanes](repeating: .zero, count: taps)
    for channel in 0..<channels {
      for tap in 0..<taps { rows[tap][channel] = 4 * (hidden[channel][tap] + (tap == channel ? 0.03 : -0.01)) }
    }
    let start = rows
    targets.move(
      &rows, 0..<channels, bias: [0.5, 0.5, 0.5], columns, Lattice(columns.smallCovariance(), damping: damping))
    func distance(_ rows: [Lanes]) -> Float {
      var largest: Float = 0
      for channel in 0..<channels {
        for tap in 0..<taps { largest = max(largest, abs(rows[tap][channel] / 4 - hidden[channel][tap])) }
      }
      return largest
    }
    return (distance(start), distance(rows))
  }

  @Test func withoutAClampTheSourceWeightsAreFound() {
    let (before, after) = Self.distances(-1000...1000, damping: 1e-6)
    #expect(before > 0.025 && after < 1e-4)
  }

  @Test func aRidgeHoldsTheWeights() {
    let (before, after) = Self.distances(-1000...1000, damping: 1)
    #expect(after > before * 0.2 && after < before * 0.8)
    #expect(Self.distances(-1000...1000, damping: 1000).after > before * 0.99)
  }

  @Test func whatBothClampsCutSaysNothing() {
    // Cut on one side, an error counts only where the output moves: the step is shorter, never past the source's weights.
    let (before, after) = Self.distances(0...1000, damping: 1e-6)
    #expect(after < before && after > before * 0.05)
  }

  @Test func productsAndCorrelationsAreSums() {
    let (inputs, hidden, _) = Self.sample(-1000...1000)
    let columns = TapSamples(inputs, count: Self.count, stride: Self.taps, places: Array(0..<Self.taps))
    let rows = (0..<Self.taps).map { Lanes(repeating: hidden[0][$0]) }
    let products = columns.products(rows)
    let correlation = columns.correlation(products)
    for tap in 0..<Self.taps {
      var wanted = 0.0
      for sample in 0..<Self.count {
        var product = 0.0
        for other in 0..<Self.taps {
          product += Double(hidden[0][other]) * (Double(inputs[sample * Self.taps + other]) - columns.means[other])
        }
        #expect(abs(product - Double(products[sample][3])) < 1e-3)
        wanted += product * (Double(inputs[sample * Self.taps + tap]) - columns.means[tap])
      }
      #expect(abs(wanted / Double(Self.count) - Double(correlation[tap][7])) < 1e-2)
    }
  }
}
