package import NetworkModel

/// A rewritten network and how it came about.
package struct Requantized: Sendable {
  /// The network for the machine.
  package let network: Network
  /// The passes, in order.
  package let passes: [PassSummary]
  /// The layers with weights, in order.
  package let layers: [LayerDecision]
  /// What the integers of activations mean where the network's own parameters do not say it.
  package let meanings: [TensorMeaning]
  /// What the machine cannot do as the source does, with its place.
  package let warnings: [String]
  /// Everything that was chosen before the network was rewritten; `nil` where nothing was.
  package let plan: RequantizationPlan?
  /// Whether the source fitted the machine already and nothing was changed.
  package let isUnchanged: Bool
}

/// What a pass did.
package struct PassSummary: Sendable, Codable, Hashable {
  /// The pass.
  package let name: String
  /// What was done, in a sentence.
  package let summary: String
  /// What its parts gained.
  package let gains: [PassGain]
  /// How long it took; not part of any file that must be reproducible.
  package let seconds: Double
}

/// What was decided for one layer with weights.
package struct LayerDecision: Sendable, Codable, Hashable {
  /// The operator's index in the result.
  package internal(set) var node: Int
  /// The operator's index in the source; `nil` for one that was added.
  package internal(set) var sourceNode: Int?
  /// The operator's name.
  package let name: String
  /// The source's weight type, granularity and step, in words.
  package let before: String
  /// The target's weight type, granularity and step, in words.
  package let after: String
  /// The target's weight scale (the first, where there are several).
  package let weightScale: Float
  /// Whether the source's own step was kept.
  package let keepsSourceStep: Bool
  /// How many weights were cut off at the ends of the format.
  package let clippedWeights: Int
  /// The signal-to-quantization-noise ratio of the weights in dB; infinite when nothing was lost.
  package let weightSQNR: Double
  /// The right shift from accumulator to output where the machine only shifts.
  package let shift: Int?
  /// The parts of the method that chose its integers.
  package var steps: [RequantizationStep] = []
  /// The largest correction of a bias in steps of the output; zero without calibration.
  package var largestBiasCorrection = 0.0
  /// The output's varying part beside its distance from the source's in dB, over the calibration samples and with all that
  /// the layers before lost; `nil` without calibration.
  package var outputSQNR: Double?
  /// The part of the output's samples at the ends of the format that the source's clamp does not explain.
  package var saturation: Double?
}
