/// How much noise of each activation arrives at the outputs, relative to the variance there, for its own relative noise.
struct Sensitivities: Sendable {
  private let values: [Int: Double]
  /// Counts for tensors of which nothing is known.
  private let middle: Double

  /// - Parameter values: By tensor; empty where nothing was measured, so that all noise counts alike.
  init(_ values: [Int: Double] = [:]) {
    self.values = values
    middle = values.isEmpty ? 1 : values.values.sorted()[values.count / 2]
  }

  /// How much the noise of tensors of one scale matters.
  func sum(_ tensors: [Int]) -> Double {
    let known = tensors.compactMap { values[$0] }
    return known.isEmpty ? middle : known.reduce(0, +)
  }
}
