public import NetworkModel

/// A rewritten network and how it came about.
public struct Requantized: Sendable {
  /// The network for the machine.
  public let network: Network
  /// The passes, in order.
  public let passes: [PassSummary]
  /// The layers with weights, in order.
  public let layers: [LayerDecision]
  /// What the integers of activations mean where the network's own parameters do not say it.
  public let meanings: [TensorMeaning]
  /// What the machine cannot do as the source does, with its place.
  public let warnings: [String]
  /// Everything that was chosen before the network was rewritten; `nil` where nothing was.
  public let plan: RequantizationPlan?
  /// Whether the source fitted the machine already and nothing was changed.
  public let isUnchanged: Bool
}

/// What a pass did.
public struct PassSummary: Sendable, Codable, Hashable {
  /// The pass.
  public let name: String
  /// What was done, in a sentence.
  public let summary: String
  /// What its parts gained.
  public let gains: [PassGain]
  /// How long it took; not part of any file that must be reproducible.
  public let seconds: Double
}

/// What was decided for one layer with weights.
public struct LayerDecision: Sendable, Codable, Hashable {
  /// The operator's index in the result.
  public internal(set) var node: Int
  /// The operator's index in the source; `nil` for one that was added.
  public internal(set) var sourceNode: Int?
  /// The operator's name.
  public let name: String
  /// The source's weight type, granularity and step, in words.
  public let before: String
  /// The target's weight type, granularity and step, in words.
  public let after: String
  /// The target's weight scale (the first, where there are several).
  public let weightScale: Float
  /// Whether the source's own step was kept.
  public let keepsSourceStep: Bool
  /// How many weights were cut off at the ends of the format.
  public let clippedWeights: Int
  /// The signal-to-quantization-noise ratio of the weights in dB; infinite when nothing was lost.
  public let weightSQNR: Double
  /// The right shift from accumulator to output where the machine only shifts.
  public let shift: Int?
  /// The parts of the method that chose its integers.
  public var steps: [RequantizationStep] = []
  /// The largest correction of a bias in steps of the output; zero without calibration.
  public var largestBiasCorrection = 0.0
  /// The output's varying part beside its distance from the source's in dB, over the calibration samples and with all that
  /// the layers before lost; `nil` without calibration.
  public var outputSQNR: Double?
  /// The part of the output's samples at the ends of the format that the source's clamp does not explain.
  public var saturation: Double?
}
