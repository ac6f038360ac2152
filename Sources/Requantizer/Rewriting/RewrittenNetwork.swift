internal import NetworkModel
internal import Simulation

/// A network with the plan's activations, clamps and weights.
struct RewrittenNetwork: Sendable {
  /// The network for the machine.
  var network: Network
  /// What was decided for each layer.
  var layers: [LayerDecision] = []
  /// The steps that come into question for each layer's weights, by operator.
  private(set) var candidates: [Int: LayerWeights.Candidates] = [:]

  /// Rewrites the source by a plan: the plan's activations and clamps, and the weights and biases of each layer stored anew.
  ///
  /// The step is the one of least squared error among those that the machine allows, the source's own step included where
  /// the scale is free: a step that is only a little coarser destroys depthwise channels that span a few steps. With
  /// calibration an error counts by the mean square of the input that it multiplies.
  ///
  /// - Parameters:
  ///   - facts: What is known of the source and the machine.
  ///   - plan: What was chosen.
  ///   - threads: How many layers are looked at at the same time.
  ///   - progress: Called with the number of layers that are done and of all.
  /// - Throws: ``RequantizationError`` where no step serves a layer.
  init(
    _ facts: SourceFacts, _ plan: RequantizationPlan, threads: Int,
    progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) async throws {
    let planned = PlannedNetwork(facts, plan)
    let done = ProgressCounter()
    let solutions = try await parallelMap(plan.layers.count, threads: threads) { place in
      let layer = try LayerWeights(facts, planned, plan.layers[place].node, plan.layers[place])
      let candidates = try layer.candidates()
      var solution = layer.nearest(candidates)
      if facts.options.does(.foldOutputError) { solution.bias = layer.foldedBias(solution, layer.inputMeans) }
      progress(done.increment(), plan.layers.count)
      return (layer, candidates, solution)
    }
    network = planned.network
    for (layer, candidates, solution) in solutions {
      self.candidates[layer.index] = candidates
      layer.store(solution, in: &network)
      layers.append(layer.decision(solution))
    }
  }

  /// What was done, in a sentence.
  var summary: String {
    "\(layers.count) layers; \(layers.count(where: \.keepsSourceStep)) keep the source's weight step"
  }
}
