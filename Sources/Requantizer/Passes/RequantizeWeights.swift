internal import Network
internal import Simulation

/// Stores the weights and biases of each layer anew for the scales that were planned.
///
/// The step is the one of least squared error among those that the machine allows, the source's own step included where
/// the scale is free: a step that is only a little coarser destroys depthwise channels that span a few steps. With
/// calibration an error counts by the mean square of the input that it multiplies.
struct RequantizeWeights: RequantizationPass {
  let name = "requantize-weights"
  /// How many layers are looked at at the same time.
  var threads = 1

  func run(
    _ state: inout RequantizationState, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> String {
    let nodes = state.target.nodes.indices.filter { needsWeights(state, $0) }
    let planned = state
    let done = ProgressCounter()
    let solutions = try await parallelMap(nodes.count, threads: threads) { place in
      let layer = try LayerWeights(planned, nodes[place])
      let candidates = try layer.candidates(planned)
      var solution = layer.nearest(candidates)
      if planned.options.does(.foldOutputError) { solution.bias = layer.foldedBias(solution, layer.inputMeans) }
      progress(done.increment(), nodes.count)
      return (layer, candidates, solution)
    }
    var kept = 0
    for (layer, candidates, solution) in solutions {
      state.candidates[layer.index] = candidates
      layer.store(solution, &state)
      let decision = layer.decision(solution)
      if decision.keepsSourceStep { kept += 1 }
      state.layers.append(decision)
    }
    return "\(nodes.count) layers; \(kept) keep the source's weight step"
  }

  /// Whether a layer runs on the device, or on the host on an input that has changed: a bias counts in steps of both.
  private func needsWeights(_ state: RequantizationState, _ index: Int) -> Bool {
    let node = state.target.nodes[index]
    guard node.operation.rescaling == .weighted else { return false }
    guard let input = node.input(0), !state.isDeviceOperator(node) else { return true }
    let (old, new) = (state.source.tensors[input], state.target.tensors[input])
    return old.type != new.type || old.quantization != new.quantization
  }
}
