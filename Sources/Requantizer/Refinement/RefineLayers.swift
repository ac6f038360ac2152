internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Rounds the weights anew and moves the biases, layer by layer on what the re-quantized layers before give.
///
/// Layers are visited in order on the target's own arithmetic, so that each makes up for what the ones before lost. At a few
/// random positions of each image a layer's input is taken as patches. On their covariance the weights are rounded with
/// error feedback (``Lattice``), and the steps that came into question are compared by the noise that then remains. Last the
/// bias is moved so that the mean output is the source's (``OutputErrors``): our formulation of MRQ's "rounding error
/// folding" with data.
struct RefineLayers: Sendable {
  let name = "refine-layers"
  private let facts: SourceFacts
  private let plan: RequantizationPlan
  private let planned: PlannedNetwork
  private let samples: CalibrationRun
  /// The most bytes of one value that are kept for all samples.
  private let keptBytes: Int
  /// Told each value that was computed, for all samples.
  private let observer: (@Sendable (Int, [[Int32]]) -> Void)?

  init(
    facts: SourceFacts, plan: RequantizationPlan, samples: CalibrationRun, keptBytes: Int,
    observer: (@Sendable (Int, [[Int32]]) -> Void)?
  ) {
    (self.facts, self.plan, self.samples) = (facts, plan, samples)
    (self.keptBytes, self.observer) = (keptBytes, observer)
    planned = PlannedNetwork(facts, plan)
  }

  /// Refines all layers.
  ///
  /// - Returns: The network with other weights and biases, and what was gained.
  func refined(
    _ rewritten: RewrittenNetwork, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> (network: RewrittenNetwork, summary: RefinementSummary) {
    var result = rewritten
    let calibration = samples.calibration
    let program = try Program.lower(rewritten.network, for: facts.profile)
    let lastUses = program.lastUses()
    let bounds = PrefixValue.Bounds(samples: calibration.count, threads: samples.threads, bytes: keptBytes)
    var memory = try await PrefixValue.inputs(of: program, facts.source, rewritten.network, calibration, bounds)
    var summary = RefinementSummary(samples: calibration.count)
    for (position, step) in program.steps.enumerated() {
      let value: PrefixValue
      if step.placement == .device, let outputs = facts.statistics?.outputs[step.output],
        outputs.count == calibration.count, let operand = memory[step.inputs[0]],
        let layer = try await refine(step.node, of: &result, operand, outputs, &summary)
      {
        value = try await PrefixValue.result(of: layer.whole, on: [operand], bounds, samples.makeEngine)
      } else {
        let alone = program.alone(position)
        value = try await PrefixValue.result(
          of: alone, on: alone.inputs.compactMap { memory[$0] }, bounds, samples.makeEngine)
      }
      memory[step.output] = value
      if let observer { observer(step.output, try (0..<calibration.count).map { try value.sample($0).elements }) }
      for value in step.inputs where lastUses[value] == position { memory[value] = nil }
      progress(position + 1, program.steps.count)
    }
    return (result, summary)
  }

  /// Rounds one layer and moves its bias.
  ///
  /// - Parameters:
  ///   - node: The layer's operator.
  ///   - target: The network, in which this layer alone is changed.
  ///   - operand: What the layers before give, for all samples.
  ///   - outputs: What the source's layer gave at the sampled positions, by sample.
  ///   - summary: Told what was gained.
  /// - Returns: The layer as it became; `nil` for what is no convolution.
  /// - Throws: ``RequantizationError`` where no step serves the layer; errors of the samples as they come.
  private func refine(
    _ node: Int, of target: inout RewrittenNetwork, _ operand: PrefixValue, _ outputs: [Int: PackedElements],
    _ summary: inout RefinementSummary
  ) async throws -> LayerProgram? {
    guard let positions = facts.statistics?.positions,
      var layer = try LayerProgram(facts.deployment, target.network, node)
    else { return nil }
    let weights = try LayerWeights(facts, planned, node, plan.layers.first { $0.node == node })
    let original = layer
    let patches = try await parallelMap(samples.calibration.count, threads: samples.threads) { sample in
      let places = SamplePositions(
        original.kernel.output.count / original.kernel.output[3], count: positions, layer: node, image: sample)
      return try original.patches(of: operand.sample(sample), at: places.indices)
    }
    if facts.options.does(.feedBackErrors) {
      let rounding = RoundLayer(
        weights: weights, candidates: try target.candidates[node] ?? weights.candidates(), options: facts.options,
        threads: samples.threads)
      let found = try await rounding.run(layer, patches, goals(layer, weights, outputs))
      weights.store(found.solution, in: &target.network)
      summary.add(found)
      guard let rounded = try LayerProgram(facts.deployment, target.network, node) else { return nil }
      layer = rounded
      target.change(node) { decision in
        decision = weights.decision(found.solution)
        decision.steps = [.feedBackErrors] + (facts.options.does(.descendCoordinates) ? [.descendCoordinates] : [])
      }
    }
    if facts.options.does(.foldOutputError) {
      try await fold(node, of: &target, &layer, patches, outputs, &summary)
    }
    return layer
  }

  /// What a layer ought to give where the layers before lost so much that a part of it can be made up for.
  private func goals(
    _ layer: LayerProgram, _ weights: LayerWeights, _ outputs: [Int: PackedElements]
  ) -> SourceTargets? {
    guard facts.options.does(.matchSource), let ridge = ridge(weights), layer.kernel.groups == 1,
      let errors = OutputErrors(facts, planned, weights.index, layer.kernel.outputStage)
    else { return nil }
    return SourceTargets(
      ridge: ridge, goals: errors.goals(outputs), bounds: errors.bounds, channels: weights.channels.count,
      unit: weights.inputScale / weights.outputScale)
  }

  /// How near to the source's its weights stay; `nil` where nothing is gained by moving them.
  ///
  /// A small ridge lets weights move far. That pays where much was lost before: what is made up for is then larger than the
  /// chance that few samples bring in.
  private func ridge(_ weights: LayerWeights) -> Float? {
    let profile = facts.profile
    if profile.weights.mostBits < 8 { return 6 }
    if facts.options.effort == .fast { return nil }
    // One step for all channels where the source had one for each.
    if weights.source.isPerAxis && !weights.form.isPerChannel { return 15 }
    // Made-up samples show which errors there are, not how they depend on real inputs.
    if !weights.form.isPerChannel && !samples.calibration.isSynthetic { return 40 }
    // Otherwise too little is lost, but on the coarsest machines.
    return profile.activations.scale == .powerOfTwo && profile.onlyShifts ? 60 : nil
  }

  /// Moves the bias of a layer until the mean of its output is the source's.
  private func fold(
    _ node: Int, of target: inout RewrittenNetwork, _ layer: inout LayerProgram, _ patches: [PackedElements],
    _ wanted: [Int: PackedElements], _ summary: inout RefinementSummary
  ) async throws {
    guard let errors = OutputErrors(facts, planned, node, layer.kernel.outputStage),
      let bias = target.network.nodes[node].input(2)
    else { return }
    let type = target.network.tensors[bias].type
    let format = facts.profile.bias.fileFormat(storedIn: type.bits ?? 32)
    let before = layer.kernel.bias
    var measured: [OutputErrors.Measure] = []
    for round in 0...facts.options.foldingRounds {
      let count = (patches.first?.elements.count ?? 0) / max(layer.patchSize, 1)
      let found = try await run(layer.patches(count), patches)
      measured.append(errors.measure(found, wanted))
      if round == facts.options.foldingRounds { break }
      let deltas = zip(measured[round].steps, layer.outputSteps).map { mean, unit in
        Int64(max(min((mean / unit).rounded(.toNearestOrAwayFromZero), 0x1p40), -0x1p40))
      }
      layer.addToBias(deltas, format)
    }
    target.network.tensors[bias].data = Tensor.bytes(layer.kernel.bias, as: type).map { $0[...] }
    summary.add(measured)
    guard let last = measured.last else { return }
    let largest = zip(zip(layer.kernel.bias, before), layer.outputSteps).reduce(0) {
      max($0, abs(Double($1.0.0 - $1.0.1)) * $1.1)
    }
    target.change(node) { decision in
      decision.largestBiasCorrection = largest
      decision.steps.append(.foldOutputError)
      decision.outputSQNR = last.sqnr
      decision.saturation = last.saturation
    }
  }

  /// Runs a layer on the patches of all samples.
  private func run(_ program: Program, _ patches: [PackedElements]) async throws -> [PackedElements] {
    let engine = samples.makeEngine(program)
    return try await parallelMap(samples.calibration.count, threads: samples.threads) { sample in
      PackedElements(try engine.run([patches[sample].elements], trace: .none).outputs[0])
    }
  }
}

extension RewrittenNetwork {
  /// Changes what was decided for a layer.
  fileprivate mutating func change(_ node: Int, _ change: (inout LayerDecision) -> Void) {
    guard let place = layers.firstIndex(where: { $0.node == node }) else { return }
    change(&layers[place])
  }
}

extension WeightScheme {
  /// The bits of the widest format that most layers have.
  fileprivate var mostBits: Int { formats.map(\.bits).max() ?? 8 }
}
