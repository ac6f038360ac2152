internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// What the passes share: the source as it was, the target as it becomes, and what was learned on the way.
struct RequantizationState {
  /// The network as it was read.
  let source: Network
  /// The machine.
  let profile: HardwareProfile
  /// What is done.
  var options: RequantizationOptions
  /// The network as it becomes; its operators stand at the source's indices, new tensors after the source's.
  var target: Network
  /// The activations that live on the device, whose formats and scales the profile rules.
  var deviceTensors: Set<Int> = []
  /// What the calibration samples showed; `nil` without calibration.
  var statistics: SourceStatistics?
  /// For activations the relative noise at the outputs for their own; empty where nothing was measured.
  var sensitivities: [Int: Double] = [:]
  /// Models of layers that a pass asks for several times, by index.
  var models: [Int: LayerModel] = [:]
  /// The steps that come into question for each layer's weights, by index; found once scales are planned.
  var candidates: [Int: LayerWeights.Candidates] = [:]
  /// What the stored integers of activations mean, where the target's parameters do not say it.
  var meanings: [Int: TensorMeaning] = [:]
  /// Bounds of the source that the target does not state.
  var openClamps: [OpenClamp] = []
  /// What was decided for each layer with weights.
  var layers: [LayerDecision] = []
  /// What the running pass gained so far, by its parts.
  var gains: [PassGain] = []
  /// What the machine's weights of each layer may look like, by the layer's output.
  private let weightSchemes: [Int: WeightScheme]

  init(source: Network, profile: HardwareProfile, options: RequantizationOptions) {
    self.source = source
    self.profile = profile
    self.options = options
    target = source
    weightSchemes = Dictionary(
      uniqueKeysWithValues: profile.weightSchemes(in: source).map { (source.nodes[$0.key].outputs[0], $0.value) })
  }

  /// The operators that run on the device by the profile's word, conversions and work on the host's numbers apart.
  func isDeviceOperator(_ node: Node) -> Bool {
    profile.operators[node.operation.name]?.run == .device && !node.operation.isConversion
      && !node.hasPlainData(in: source)
  }

  /// The arithmetic of whoever runs an operator: the profile's with what it says of this layer's weights, or the host's.
  func machine(of node: Node) -> HardwareProfile {
    guard isDeviceOperator(node) else { return .host }
    var machine = profile
    if let output = node.outputs.first, let scheme = weightSchemes[output] { machine.weights = scheme }
    return machine
  }

  /// How much the noise of tensors of one scale matters at the outputs.
  func sensitivity(_ tensors: [Int]) -> Double {
    let known = tensors.compactMap { sensitivities[$0] }
    if !known.isEmpty { return known.reduce(0, +) }
    return sensitivities.isEmpty ? 1 : sensitivities.values.sorted()[sensitivities.count / 2]
  }

  /// How a message names an operator.
  func label(_ node: Int) -> String { source.label(ofNode: node) }

  /// What an activation's integers mean; `nil` for a tensor without one scale.
  func meaning(_ tensor: Int) -> TensorMeaning? {
    if let known = meanings[tensor] { return known }
    guard let quantization = target.tensors[tensor].quantization else { return nil }
    return TensorMeaning(tensor: tensor, scales: [Double(quantization.scale)])
  }
}

extension HardwareProfile {
  /// Whether the machine can rescale by powers of two only, if its operators do not say otherwise.
  var onlyShifts: Bool { requantize.allSatisfy { !$0.isMultiplication } }

  /// Whether the machine can rescale by powers of two only, for an operator.
  func onlyShifts(_ name: String) -> Bool {
    (operators[name]?.requantize ?? requantize).allSatisfy { !$0.isMultiplication }
  }

  /// The range of right shifts that the machine has for an operator.
  func shiftRange(_ name: String) -> ClosedRange<Int> {
    for case .shift(_, let minimum, let maximum) in operators[name]?.requantize ?? requantize {
      return minimum...maximum
    }
    return 0...0
  }
}
