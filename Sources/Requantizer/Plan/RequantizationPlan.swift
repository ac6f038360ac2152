public import NetworkModel

/// Everything that is chosen for a network before it is rewritten.
///
/// A plan and the source give the network with rounded weights, and the calibration samples the refined one. Operators and
/// tensors are counted as in the network that ``preparation`` makes.
public struct RequantizationPlan: Codable, Hashable, Sendable {
  /// The profile's name.
  public var profile: String
  /// What is put between the operators first.
  public var preparation: Preparation
  /// The activations of the device, by tensor.
  public var activations: [PlannedActivation] = []
  /// The operators whose clamp is another one than in the source, by operator.
  public var clamps: [PlannedClamp] = []
  /// The layers whose weights are stored anew, by operator.
  public var layers: [PlannedLayer] = []
  /// The passes that have chosen all this, for reports and provenance.
  public var passes: [PlanningRecord] = []
}

/// What a planning pass has done.
public struct PlanningRecord: Codable, Hashable, Sendable {
  /// The pass.
  public var name: String
  /// What was done, in a sentence.
  public var summary: String
  /// What its parts gained.
  public var gains: [PassGain]

  /// Creates a record.
  public init(name: String, summary: String, gains: [PassGain] = []) {
    (self.name, self.summary, self.gains) = (name, summary, gains)
  }
}

/// How an activation is stored.
public struct PlannedActivation: Codable, Hashable, Sendable {
  /// The tensor's index.
  public var tensor: Int
  /// The tensor's name, which only a reader needs.
  public var name: String
  /// The stored type.
  public var type: ElementType
  /// The scale that the file states.
  public var scale: Float
  /// The integer that the file states for 0.
  public var zeroPoint: Int64
  /// The real size of a step, one number or one for each channel, where the file's scale does not say it.
  public var realScales: [Double]?
  /// What the zero point means, one number or one for each channel, where that is another number than 0.
  public var offsets: [Double]?

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
public struct PlannedClamp: Codable, Hashable, Sendable {
  /// The operator's index.
  public var node: Int
  /// The operator's place in the file, which only a reader needs.
  public var name: String
  /// The clamp.
  public var activation: Activation
}

/// How the weights of a layer are stored.
public struct PlannedLayer: Codable, Hashable, Sendable {
  /// The operator's index.
  public var node: Int
  /// The operator's place in the file, which only a reader needs.
  public var name: String
  /// The integers that the machine has, as a profile names them: `int8`.
  public var format: String
  /// Whether each output channel has a scale of its own.
  public var isPerChannel: Bool
  /// The stored integer that means 0.
  public var zeroPoint: Int64
}
