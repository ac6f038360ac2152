internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Chooses how the weights of each layer are stored: format, granularity and zero point.
struct ChooseWeightForms: PlanningPass {
  let name = "choose-weight-forms"
  /// How many layers are looked at at the same time.
  var threads = 1

  func improve(
    _ plan: RequantizationPlan, _ facts: SourceFacts, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> PlanningResult {
    let planned = PlannedNetwork(facts, plan)
    let nodes = planned.network.nodes.indices.filter { needsWeights(facts, planned.network, $0) }
    let layers = try await parallelMap(nodes.count, threads: threads) { place in
      let form = try form(facts, planned, nodes[place])
      return PlannedLayer(
        node: nodes[place], name: facts.deployment.label(nodes[place]), format: form.format.name,
        isPerChannel: form.isPerChannel, zeroPoint: form.zeroPoint)
    }
    var result = plan
    result.layers = layers
    return PlanningResult(plan: result, summary: nil)
  }

  /// The form of one layer; its weights are only looked at where they choose a zero point.
  private func form(
    _ facts: SourceFacts, _ planned: PlannedNetwork, _ index: Int
  ) throws(RequantizationError) -> WeightForm {
    let node = planned.network.nodes[index]
    guard let input = node.input(0), let weights = facts.source.nodes[index].input(1) else {
      return try LayerWeights(facts, planned, index).form
    }
    let (machine, type) = (facts.machine(of: node), planned.network.tensors[input].type)
    let source = facts.source.tensors[weights]
    if WeightForm.choosesZeroPoint(machine, node.operation.name, beside: type, source) {
      return try LayerWeights(facts, planned, index).form
    }
    return try WeightForm(
      machine, node.operation.name, beside: type, source: source, [], [], place: facts.deployment.label(index))
  }

  /// Whether a layer runs on the device, or on the host on an input that has changed: a bias counts in steps of both.
  private func needsWeights(_ facts: SourceFacts, _ network: Network, _ index: Int) -> Bool {
    let node = network.nodes[index]
    guard node.operation.rescaling == .weighted else { return false }
    guard let input = node.input(0), !facts.isDeviceOperator(node) else { return true }
    let (old, new) = (facts.source.tensors[input], network.tensors[input])
    return old.type != new.type || old.quantization != new.quantization
  }
}
