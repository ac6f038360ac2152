/// What a part of the method gained on its own objective.
package struct PassGain: Sendable, Codable, Hashable {
  /// The part.
  package let step: RequantizationStep
  /// What it makes small.
  package let objective: String
  /// The objective's unit.
  package let unit: String
  /// The objective without the part.
  package let before: Double
  /// The objective with it.
  package let after: Double
  /// In how many tensors or layers.
  package let places: Int
}
