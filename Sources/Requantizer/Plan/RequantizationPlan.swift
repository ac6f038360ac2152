package import NetworkModel

/// Everything that is chosen for a network before it is rewritten.
///
/// A plan and the source give the network with rounded weights, and the calibration samples the refined one. Operators and
/// tensors are counted as in the network that ``preparation`` makes.
package struct RequantizationPlan: Codable, Hashable, Sendable {
  /// The profile's name.
  package var profile: String
  /// What is put between the operators first.
  package var preparation: Preparation
  /// The activations of the device, by tensor.
  package var activations: [PlannedActivation] = []
  /// The operators whose clamp is another one than in the source, by operator.
  package var clamps: [PlannedClamp] = []
  /// The layers whose weights are stored anew, by operator.
  package var layers: [PlannedLayer] = []
  /// The passes that have chosen all this, for reports and provenance.
  package var passes: [PlanningRecord] = []
}

/// What a planning pass has done.
package struct PlanningRecord: Codable, Hashable, Sendable {
  /// The pass.
  package var name: String
  /// What was done, in a sentence.
  package var summary: String
  /// What its parts gained.
  package var gains: [PassGain]

  /// Creates a record.
  package init(name: String, summary: String, gains: [PassGain] = []) {
    (self.name, self.summary, self.gains) = (name, summary, gains)
  }
}

/// How an activation is stored.
package struct PlannedActivation: Codable, Hashable, Sendable {
  /// The tensor's index.
  package var tensor: Int
  /// The tensor's name, which only a reader needs.
  package var name: String
  /// The stored type.
  package var type: ElementType
  /// The scale that the file states.
  package var scale: Float
  /// The integer that the file states for 0.
  package var zeroPoint: Int64
  /// The real size of a step, one number or one for each channel, where the file's scale does not say it.
  package var realScales: [Double]?
  /// What the zero point means, one number or one for each channel, where that is another number than 0.
  package var offsets: [Double]?

  /// What the stored integers mean; `nil` where scale and zero point say it.
  var meaning: TensorMeaning? {
    get { realScales.map { TensorMeaning(tensor: tensor, scales: $0, offsets: offsets ?? [0]) } }
    set {
      realScales = newValue?.scales
      offsets = newValue.flatMap { $0.isFolded ? $0.offsets : nil }
    }
  }
}

/// The clamp of an operator.
package struct PlannedClamp: Codable, Hashable, Sendable {
  /// The operator's index.
  package var node: Int
  /// The operator's place in the file, which only a reader needs.
  package var name: String
  /// The clamp.
  package var activation: Activation
}

/// How the weights of a layer are stored.
package struct PlannedLayer: Codable, Hashable, Sendable {
  /// The operator's index.
  package var node: Int
  /// The operator's place in the file, which only a reader needs.
  package var name: String
  /// The integers that the machine has, as a profile names them: `int8`.
  package var format: String
  /// Whether each output channel has a scale of its own.
  package var isPerChannel: Bool
  /// The stored integer that means 0.
  package var zeroPoint: Int64
}
