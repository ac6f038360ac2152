internal import NetworkModel

/// How far a tensor of a re-quantized network is from the source's, in real numbers, over any number of samples.
package struct TensorDistance: Hashable, Sendable {
  /// How many elements were compared.
  package private(set) var elements = 0
  /// The largest difference.
  package private(set) var maximumError = 0.0
  /// How many elements are at an end of their format, where the source's real number lies more than half a step beyond.
  package private(set) var saturated = 0
  private var energy = SignalToNoise()

  /// The ratio of signal to noise in decibels (``NetworkModel/SignalToNoise``); `nil` where nothing differs, or where all that is
  /// expected is the same number.
  package var sqnrDb: Double? { energy.decibels }

  /// The part of elements that only the format cut.
  package var saturation: Double { elements == 0 ? 0 : Double(saturated) / Double(elements) }

  /// One side of the comparison: what integers mean, and the ends of their format.
  struct Side {
    let scales: [Double]
    let zeroPoint: Int32
    let offsets: [Double]
    let low: Int32
    let high: Int32

    /// The step of a channel.
    func scale(_ channel: Int) -> Double { scales[scales.count == 1 ? 0 : channel] }

    /// The real number of an element.
    func real(_ element: Int32, _ channel: Int) -> Double {
      scale(channel) * Double(element &- zeroPoint) + offsets[offsets.count == 1 ? 0 : channel]
    }
  }

  /// Adds a sample's elements; the channel is the last of `channels`.
  mutating func add(_ found: [Int32], _ side: Side, against wanted: [Int32], _ source: Side, channels: Int) {
    var channel = 0
    elements += found.count
    var (sum, squares, noise) = (0.0, 0.0, 0.0)
    for place in found.indices {
      let (a, b) = (found[place], wanted[place])
      let expected = source.real(b, channel)
      let error = side.real(a, channel) - expected
      sum += expected
      squares += expected * expected
      noise += error * error
      maximumError = max(maximumError, error.magnitude)
      // At the upper end the source lies beyond where the error is below minus half a step.
      let half = 0.5 * side.scale(channel)
      if (a >= side.high && error < -half) || (a <= side.low && error > half) { saturated += 1 }
      channel = channel + 1 == channels ? 0 : channel + 1
    }
    energy.add(elements: found.count, sum: sum, squares: squares, noise: noise)
  }

  /// Adds what was compared elsewhere.
  mutating func add(_ other: TensorDistance) {
    elements += other.elements
    maximumError = max(maximumError, other.maximumError)
    saturated += other.saturated
    energy.merge(other.energy)
  }
}
