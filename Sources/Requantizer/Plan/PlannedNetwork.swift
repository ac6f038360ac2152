internal import NetworkModel

/// The network with a plan's activations and clamps; the weights are still the source's.
struct PlannedNetwork: Sendable {
  /// The network; operators and tensors stand at the indices of the source.
  let network: Network
  /// What integers of activations mean, where the network's own parameters do not say it.
  let meanings: [Int: TensorMeaning]

  /// Applies a plan.
  ///
  /// Host data that moves on keeps the parameters of where it comes from.
  init(_ facts: SourceFacts, _ plan: RequantizationPlan) {
    var network = facts.target
    for planned in plan.activations {
      network.tensors[planned.tensor].store(planned, from: facts.source.tensors[planned.tensor])
    }
    for node in network.nodes where node.operation.rescaling == .shared {
      guard let input = node.input(0), let output = node.outputs.first, !facts.deviceTensors.contains(output) else {
        continue
      }
      network.tensors[output].quantization = network.tensors[input].quantization
    }
    for clamp in plan.clamps {
      network.nodes[clamp.node].operation = network.nodes[clamp.node].operation.with(clamp.activation)
    }
    self.network = network
    meanings = Dictionary(
      plan.activations.compactMap { activation in activation.meaning.map { (activation.tensor, $0) } }
    ) { first, _ in first }
  }

  /// What an activation's integers mean; `nil` for a tensor without one scale.
  func meaning(_ tensor: Int) -> TensorMeaning? {
    if let known = meanings[tensor] { return known }
    guard let quantization = network.tensors[tensor].quantization else { return nil }
    return TensorMeaning(tensor: tensor, scales: [Double(quantization.scale)])
  }
}

extension Tensor {
  /// Takes planned parameters; a constant's elements are stored anew.
  ///
  /// - Parameters:
  ///   - planned: The parameters.
  ///   - source: The tensor as the source has it.
  fileprivate mutating func store(_ planned: PlannedActivation, from source: Tensor) {
    guard let range = type.integerRange, let old = source.quantization else { return }
    if let values = source.integers() {
      let step = Double(planned.meaning.map { Float($0.scale(0)) } ?? planned.scale)
      let offset = planned.meaning?.offset(0) ?? 0
      let stored = values.map { value in
        let real = (Double(old.scale) * Double(value - old.zeroPoint) - offset) / step
        // Cut before it becomes an integer: a scale may be as small as a float can be.
        let integer = Int64(min(max(real.rounded(.toNearestOrAwayFromZero), -0x1p40), 0x1p40)) + planned.zeroPoint
        return min(max(integer, range.lowerBound), range.upperBound)
      }
      data = Tensor.bytes(stored, as: type).map { $0[...] }
    }
    quantization = Quantization(scale: planned.scale, zeroPoint: planned.zeroPoint)
  }
}
