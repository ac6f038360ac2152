internal import FixedPoint
internal import HardwareProfile
internal import HardwareProfile
internal import Network
internal import Simulation

/// Rounds the weights anew and moves the biases, layer by layer on what the re-quantized layers before give.
///
/// Layers are visited in order on the target's own arithmetic, so that each makes up for what the ones before lost. At a few
/// random positions of each image a layer's input is taken as patches. On their covariance the weights are rounded with
/// error feedback (``Lattice``), and the steps that came into question are compared by the noise that then remains. Last the
/// bias is moved so that the mean output is the source's (``OutputErrors``): our formulation of MRQ's "rounding error
/// folding" with data.
struct RefineLayers: RequantizationPass {
  let name = "refine-layers"
  let calibration: CalibrationSet
  let threads: Int
  /// Makes the engines for layers.
  let makeEngine: @Sendable (Program) -> any Engine
  /// The most bytes of one value that are kept for all samples.
  let keptBytes: Int
  /// Told each value that was computed, for all samples.
  let observer: (@Sendable (Int, [[Int32]]) -> Void)?

  func run(
    _ state: inout RequantizationState, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> String {
    let program = try Program.lower(state.target, for: state.profile)
    let lastUses = program.lastUses()
    let bounds = PrefixValue.Bounds(samples: calibration.count, threads: threads, bytes: keptBytes)
    var memory = try await PrefixValue.inputs(of: program, state, calibration, bounds)
    var summary = RefinementSummary()
    for (position, step) in program.steps.enumerated() {
      let value: PrefixValue
      if step.placement == .device, let outputs = state.statistics?.outputs[step.output],
        outputs.count == calibration.count, let operand = memory[step.inputs[0]],
        let layer = try await refined(&state, step, operand, outputs, &summary)
      {
        value = try await PrefixValue.result(of: layer.whole, on: [operand], bounds, makeEngine)
      } else {
        let alone = program.alone(position)
        value = try await PrefixValue.result(
          of: alone, on: alone.inputs.compactMap { memory[$0] }, bounds, makeEngine)
      }
      memory[step.output] = value
      if let observer { observer(step.output, try (0..<calibration.count).map { try value.sample($0).elements }) }
      for value in step.inputs where lastUses[value] == position { memory[value] = nil }
      progress(position + 1, program.steps.count)
    }
    state.gains += summary.passGains
    return summary.words(samples: calibration.count)
  }

  /// Runs a layer on the patches of all samples.
  private func run(_ program: Program, _ patches: [PackedElements]) async throws -> [PackedElements] {
    let engine = makeEngine(program)
    return try await parallelMap(calibration.count, threads: threads) { sample in
      PackedElements(try engine.run([patches[sample].elements], trace: .none).outputs[0])
    }
  }

  /// Rounds one layer and moves its bias; `nil` for what is no convolution.
  private func refined(
    _ state: inout RequantizationState, _ step: Step, _ operand: PrefixValue, _ outputs: [Int: PackedElements],
    _ summary: inout RefinementSummary
  ) async throws -> LayerProgram? {
    guard let positions = state.statistics?.positions, var layer = try LayerProgram(state, step.node) else {
      return nil
    }
    let weights = try LayerWeights(state, step.node)
    let original = layer
    let patches = try await parallelMap(calibration.count, threads: threads) { sample in
      let places = SamplePositions(
        original.kernel.output.count / original.kernel.output[3], count: positions, layer: step.node, image: sample)
      return try original.patches(of: operand.sample(sample), at: places.indices)
    }
    if state.options.does(.feedBackErrors) {
      let rounding = RoundLayer(weights: weights, options: state.options, threads: threads)
      let targets = targets(state, step, layer, weights, outputs)
      let result = try await rounding.run(state, layer, patches, targets)
      weights.store(result.solution, &state)
      summary.add(result)
      guard let rounded = try LayerProgram(state, step.node) else { return nil }
      layer = rounded
      if let place = state.layers.firstIndex(where: { $0.node == step.node }) {
        var decision = weights.decision(result.solution)
        decision.steps = [.feedBackErrors] + (state.options.does(.descendCoordinates) ? [.descendCoordinates] : [])
        state.layers[place] = decision
      }
    }
    if state.options.does(.foldOutputError) {
      try await fold(&state, step, &layer, patches, outputs, &summary)
    }
    return layer
  }

  /// What a layer ought to give where the layers before lost so much that a part of it can be made up for.
  private func targets(
    _ state: RequantizationState, _ step: Step, _ layer: LayerProgram, _ weights: LayerWeights,
    _ outputs: [Int: PackedElements]
  ) -> SourceTargets? {
    guard state.options.does(.matchSource), let ridge = ridge(state, weights), layer.kernel.groups == 1,
      let errors = OutputErrors(state, step.node, layer.kernel.outputStage)
    else { return nil }
    return SourceTargets(
      ridge: ridge, goals: errors.goals(outputs), bounds: errors.bounds, channels: weights.channels.count,
      unit: weights.inputScale / weights.outputScale)
  }

  /// How near to the source's its weights stay; `nil` where nothing is gained by moving them.
  ///
  /// Where the layers before lost less, their error is smaller beside the noise of few samples: the ridge is larger there, so
  /// that the weights stay nearer to the source's.
  private func ridge(_ state: RequantizationState, _ weights: LayerWeights) -> Float? {
    let profile = state.profile
    if profile.weights.mostBits < 8 { return 6 }
    if state.options.effort == .fast { return nil }
    // One step for all channels where the source had one for each.
    if weights.source.isPerAxis && !weights.form.isPerChannel { return 15 }
    // Made-up samples show which errors there are, not how they depend on real inputs.
    if !weights.form.isPerChannel && !calibration.isSynthetic { return 40 }
    // Otherwise too little is lost, but on the coarsest machines.
    return profile.activations.scale == .powerOfTwo && profile.onlyShifts ? 60 : nil
  }

  /// Moves the bias of a layer until the mean of its output is the source's.
  private func fold(
    _ state: inout RequantizationState, _ step: Step, _ layer: inout LayerProgram, _ patches: [PackedElements],
    _ wanted: [Int: PackedElements], _ summary: inout RefinementSummary
  ) async throws {
    guard let errors = OutputErrors(state, step.node, layer.kernel.outputStage),
      let bias = state.target.nodes[step.node].input(2)
    else { return }
    let type = state.target.tensors[bias].type
    let format = state.profile.bias.fileFormat(storedIn: type.bits ?? 32)
    let before = layer.kernel.bias
    var measured: [OutputErrors.Measure] = []
    for round in 0...state.options.foldingRounds {
      let count = (patches.first?.elements.count ?? 0) / max(layer.patchSize, 1)
      let found = try await run(layer.patches(count), patches)
      measured.append(errors.measure(found, wanted))
      if round == state.options.foldingRounds { break }
      let deltas = zip(measured[round].steps, layer.outputSteps).map { mean, unit in
        Int64(max(min((mean / unit).rounded(.toNearestOrAwayFromZero), 0x1p40), -0x1p40))
      }
      layer.addToBias(deltas, format)
    }
    state.target.tensors[bias].data = Tensor.bytes(layer.kernel.bias, as: type).map { $0[...] }
    summary.add(measured)
    guard let place = state.layers.firstIndex(where: { $0.node == step.node }), let last = measured.last else { return }
    state.layers[place].largestBiasCorrection = zip(zip(layer.kernel.bias, before), layer.outputSteps).reduce(0) {
      max($0, abs(Double($1.0.0 - $1.0.1)) * $1.1)
    }
    state.layers[place].steps.append(.foldOutputError)
    state.layers[place].outputSQNR = last.sqnr
    state.layers[place].saturation = last.saturation
  }
}

extension WeightScheme {
  /// The bits of the widest format that most layers have.
  fileprivate var mostBits: Int { formats.map(\.bits).max() ?? 8 }
}

/// What the refinement gained, over all layers.
struct RefinementSummary {
  private var layers = 0
  private var gains: [Double] = []
  private var errors = (before: 0.0, after: 0.0)
  private var folded = 0

  mutating func add(_ result: RoundLayer.Outcome) {
    layers += 1
    if result.noise > 0 && result.plainNoise > 0 { gains.append(decibels(result.plainNoise / result.noise)) }
  }

  mutating func add(_ measured: [OutputErrors.Measure]) {
    guard let first = measured.first, let last = measured.last else { return }
    folded += 1
    errors.before += first.meanError
    errors.after += last.meanError
  }

  var passGains: [PassGain] {
    var found: [PassGain] = []
    if !gains.isEmpty {
      let mean = gains.reduce(0, +) / Double(gains.count)
      found.append(
        PassGain(
          step: .feedBackErrors, objective: "noise of rounded weights beside plain rounding's, mean", unit: "dB",
          before: 0, after: -mean, places: gains.count))
    }
    if folded > 0 {
      let count = Double(folded)
      found.append(
        PassGain(
          step: .foldOutputError, objective: "magnitude of an output's mean error, mean over channels", unit: "steps",
          before: errors.before / count, after: errors.after / count, places: folded))
    }
    return found
  }

  func words(samples: Int) -> String {
    func rounded(_ x: Double) -> String { "\((x * 100).rounded() / 100)" }
    var parts: [String] = []
    if !gains.isEmpty {
      let mean = gains.reduce(0, +) / Double(gains.count)
      parts.append(
        "error feedback lowers the rounding noise of \(gains.count) layers by \(rounded(mean)) dB on average")
    }
    if folded > 0 {
      let count = Double(folded)
      parts.append(
        "biases of \(folded) layers bring the mean output error from \(rounded(errors.before / count)) to "
          + "\(rounded(errors.after / count)) steps")
    }
    return (parts + ["\(samples) samples"]).joined(separator: "; ")
  }
}
