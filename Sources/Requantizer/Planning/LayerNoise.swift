internal import HardwareProfile
internal import NetworkModel

extension SourceFacts {
  /// How much is left of the noise of plain rounding, which ``LayerNoise`` estimates.
  ///
  /// Errors are fed back, and where channels have steps of their own far less is left. Both numbers are empirical.
  var remainingNoise: Double { profile.weights.granularity.first == .channel ? 0.03 : 0.5 }
}

/// The noise that rounding a layer's weights on a shift-only machine would add to its output, for any pair of scales.
///
/// A machine that only shifts has the weight steps `2^−n · S_y / S_x`, so where in its octave `S_y / S_x` lies decides how
/// well the weights fit. Plain rounding to nearest is assumed, and inputs that do not depend on each other.
struct LayerNoise {
  /// Real weights and how much an error of each counts; large ones all, of the others a part that stands for all.
  private let values: [Double]
  private let importances: [Double]
  private let largest: Double
  private let signal: Double

  /// How many small weights are looked at.
  private static let budget = 4096

  /// Takes a layer's weights.
  ///
  /// - Parameters:
  ///   - weights: `[channel][tap]` real weights.
  ///   - importances: As many mean squares of what the weights multiply.
  ///   - signal: The power of the layer's output, summed over channels.
  init(_ weights: [[Double]], _ importances: [[Double]], signal: Double) {
    let all = weights.flatMap(\.self)
    let factors = importances.flatMap(\.self)
    largest = all.reduce(0) { max($0, abs($1)) }
    let bound = largest / 4
    let step = max(all.count / Self.budget, 1)
    var (values, counts): ([Double], [Double]) = ([], [])
    var skipped = 0
    for (place, value) in all.enumerated() {
      if abs(value) > bound {
        values.append(value)
        counts.append(factors[place])
      } else {
        if skipped % step == 0 {
          values.append(value)
          counts.append(factors[place] * Double(step))
        }
        skipped += 1
      }
    }
    self.values = values
    self.importances = counts
    self.signal = max(signal, 1e-30)
  }

  /// The noise relative to the output's power, with the best shift.
  ///
  /// - Parameter ratio: `S_y / S_x`.
  /// - Returns: The mean square of the error over that of the output.
  func noise(_ ratio: Double) -> Double {
    guard largest > 0, ratio > 0 else { return 0 }
    let full = largest / 127 / ratio
    // The smallest power of two at which nothing is cut, and the two below.
    var step = ratio * Double(sign: .plus, exponent: Int(full.exponent), significand: 1)
    if step < largest / 127 * (1 - 1e-9) { step *= 2 }
    var best = Double.infinity
    for _ in 0..<3 {
      best = min(best, error(step))
      step /= 2
    }
    return best / signal
  }

  private func error(_ step: Double) -> Double {
    let inverse = 1 / step
    var sum = 0.0
    // Adding and subtracting 1.5·2^52 rounds to the nearest integer.
    let magic = 0x1.8p52
    for place in values.indices {
      let scaled = min(max(values[place] * inverse, -127), 127)
      let error = values[place] - step * ((scaled + magic) - magic)
      sum += importances[place] * error * error
    }
    return sum
  }
}
