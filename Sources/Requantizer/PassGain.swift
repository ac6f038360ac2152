/// What a part of the method gained on its own objective.
public struct PassGain: Sendable, Codable, Hashable {
  /// The part.
  public let step: RequantizationStep
  /// What it makes small.
  public let objective: String
  /// The objective's unit.
  public let unit: String
  /// The objective without the part.
  public let before: Double
  /// The objective with it.
  public let after: Double
  /// In how many tensors or layers.
  public let places: Int
}
