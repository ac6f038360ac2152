internal import Simulation

/// Samples that guide a requantization, without labels.
package struct CalibrationSet: Sendable {
  /// The number of samples.
  package let count: Int
  /// The integers of each of the source network's inputs for one sample, as the source stores them.
  package let sample: @Sendable (Int) throws -> [[Int32]]
  /// Whether the samples are made up, so that their largest values say nothing of real ones.
  package internal(set) var isSynthetic = false

  /// Creates a set.
  package init(count: Int, sample: @escaping @Sendable (Int) throws -> [[Int32]]) {
    self.count = count
    self.sample = sample
  }
}

/// Calibration samples and what runs networks over them.
struct CalibrationRun: Sendable {
  let calibration: CalibrationSet
  /// How many samples are computed at the same time.
  let threads: Int
  /// Makes the engine for a program.
  let makeEngine: @Sendable (Program) -> any Engine
}
