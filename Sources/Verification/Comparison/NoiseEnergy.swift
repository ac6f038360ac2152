#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The energy of what is expected and of the difference from it, added up.
struct NoiseEnergy: Hashable, Sendable {
  /// Σ expected².
  var signal = 0.0
  /// Σ (actual − expected)².
  var noise = 0.0

  /// Adds what was summed elsewhere.
  mutating func merge(_ other: NoiseEnergy) {
    signal += other.signal
    noise += other.noise
  }

  /// `10·log10(Σ expected² / Σ (actual − expected)²)` in decibels; `nil` where nothing differs or all that is expected is 0.
  var sqnrDb: Double? { signal > 0 && noise > 0 ? 10 * log10(signal / noise) : nil }
}
