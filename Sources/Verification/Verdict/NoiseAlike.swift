#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How often plain noise as strong as a difference would leave the largest element where it is.
///
/// It says what a ratio of signal to noise is worth for the decisions of one model: where the best classes are close
/// together, little noise changes many. For expected numbers `e` with the largest at `t`, and Gaussian noise of the
/// difference's own power `σ²`, the largest stays with the probability `∫ φ(z)·Π Φ((e_t − e_j)/σ + z) dz` over all `j ≠ t`.
package struct NoiseAlike: Hashable, Sendable {
  /// Of more numbers the largest is no decision.
  private static let mostElements = 1 << 16
  /// The integral ends where `φ` is below 1e-8 of its top; the trapezoidal rule is exact to more digits than are shown.
  private static let points = stride(from: -6.0, through: 6.0, by: 0.25)

  /// How many samples were added.
  package private(set) var samples = 0
  private var stays = 0.0
  private var isDecision = true

  /// Nothing yet.
  package init() {}

  /// Adds a sample.
  ///
  /// - Parameters:
  ///   - actual: The real numbers of the model under test.
  ///   - expected: The real numbers that they are measured against; as many.
  package mutating func add(_ actual: [Double], against expected: [Double]) {
    samples += 1
    let energy = zip(actual, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    // Noise on what is no finite number is none that a probability describes.
    guard expected.count <= Self.mostElements, energy.isFinite, expected.allSatisfy(\.isFinite) else {
      isDecision = false
      return
    }
    stays += Self.probability(expected, level: (energy / Double(max(expected.count, 1))).squareRoot())
  }

  /// Adds a sample whose real numbers are formed on the way.
  mutating func add(_ actual: RealNumbers, against expected: RealNumbers) {
    guard expected.count <= Self.mostElements else {
      samples += 1
      isDecision = false
      return
    }
    add(actual.all, against: expected.all)
  }

  /// Adds all samples of another one.
  package mutating func merge(_ other: NoiseAlike) {
    samples += other.samples
    stays += other.stays
    isDecision = isDecision && other.isDecision
  }

  /// The part of samples, 0 to 1; `nil` without samples or where they have too many elements for a decision.
  package var agreement: Double? { samples == 0 || !isDecision ? nil : stays / Double(samples) }

  /// The probability that the first largest element stays the largest.
  static func probability(_ expected: [Double], level: Double) -> Double {
    guard level > 0, expected.count > 1 else { return 1 }
    let best = Comparison.largest(expected).place
    // Distances of more than 14 deviations leave less than 1e-15.
    let distances = expected.indices.compactMap { index -> Double? in
      let distance = (expected[best] - expected[index]) / level
      return index == best || distance > 14 ? nil : distance
    }
    var (sum, weights) = (0.0, 0.0)
    for z in points {
      let weight = exp(-0.5 * z * z)
      var product = weight
      for distance in distances where product > 1e-18 {
        product *= 0.5 * erfc(-(distance + z) / 2.0.squareRoot())
      }
      sum += product
      weights += weight
    }
    return sum / weights
  }
}
