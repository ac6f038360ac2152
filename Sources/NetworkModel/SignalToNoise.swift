#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How much larger what varies in a signal is than the noise on it: the one definition of every SQNR of activations that
/// the tool reports.
///
/// For expected numbers `e` with the mean `m` over all elements of all samples, and found ones `a`,
/// `SQNR = 10·log10(Σ (e − m)² / Σ (a − e)²)` in decibels. The signal is taken about its mean, since a constant says
/// nothing: a result that is always `m` has 0 dB. The noise is not, since a constant error is an error.
package struct SignalToNoise: Hashable, Sendable {
  /// What varies less than this part of its energy is constant; sums of floating-point numbers leave as much.
  private static let leastVariation = 1e-12

  /// How many elements were compared.
  package private(set) var elements = 0
  private var sum = 0.0
  private var squares = 0.0
  /// `Σ (a − e)²`.
  package private(set) var noise = 0.0

  /// Nothing yet.
  package init() {}

  /// Adds elements whose sums are known.
  ///
  /// - Parameters:
  ///   - elements: Their number.
  ///   - sum: `Σ e`.
  ///   - squares: `Σ e²`.
  ///   - noise: `Σ (a − e)²`.
  package mutating func add(elements: Int, sum: Double, squares: Double, noise: Double) {
    self.elements += elements
    self.sum += sum
    self.squares += squares
    self.noise += noise
  }

  /// Adds what was summed elsewhere; sums are floating-point, so the order may show in a last digit.
  package mutating func merge(_ other: SignalToNoise) {
    add(elements: other.elements, sum: other.sum, squares: other.squares, noise: other.noise)
  }

  /// `Σ (e − m)²`; 0 where all that is expected is the same number.
  package var signal: Double {
    guard elements > 0 else { return 0 }
    let varying = squares - sum / Double(elements) * sum
    return varying > squares * Self.leastVariation ? varying : 0
  }

  /// The ratio in decibels; `nil` where nothing differs, or where all that is expected is the same number.
  ///
  /// Where one of two numbers that differ is not finite, it is −∞.
  package var decibels: Double? {
    if noise == .infinity { return -.infinity }
    return signal > 0 && noise > 0 ? 10 * log10(signal / noise) : nil
  }

  /// The part of the energy that is noise, 0 to 1.
  package var noiseShare: Double { noise == .infinity ? 1 : noise > 0 ? noise / (signal + noise) : 0 }
}
