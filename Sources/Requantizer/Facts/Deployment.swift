internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// A network and the machine that it is rewritten for: who runs each operator, and with which arithmetic.
struct Deployment: Sendable {
  /// The network, with what the machine needs between its operators (``Preparation``).
  let source: Network
  /// The machine.
  let profile: HardwareProfile
  /// What the machine's weights of each layer may look like, by the layer's output.
  private let weightSchemes: [Int: WeightScheme]

  init(of source: Network, on profile: HardwareProfile) {
    self.source = source
    self.profile = profile
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

  /// How a message names an operator.
  func label(_ node: Int) -> String { source.label(ofNode: node) }
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
