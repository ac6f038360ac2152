package import HardwareProfile
package import NetworkModel
package import Simulation

/// Rewrites a quantized network for a machine that it was not made for.
///
/// The work goes through values, each made from those before and never changed: ``SourceFacts`` holds what is known, planning
/// passes make a ``RequantizationPlan`` of it, ``RewrittenNetwork`` is the source rewritten by the plan, and
/// ``RefineLayers`` makes up layer by layer for what was lost. "Weight correction" and "rounding error folding" are named by
/// MRQ (arXiv 2308.01867), whose definitions are not public; what stands here is our formulation of them.
package struct Requantizer: Sendable {
  /// The machine that the result is for.
  package let profile: HardwareProfile
  /// How much work is done, and which parts of the method.
  package let options: RequantizationOptions
  /// How many samples are computed at the same time.
  package let threads: Int
  /// Makes the engine that runs the source over calibration samples.
  private let makeEngine: @Sendable (Program) -> any Engine
  /// Told each value that the last pass computed on its way, for all calibration samples; tests compare them.
  package var prefixObserver: (@Sendable (Int, [[Int32]]) -> Void)?
  /// The most bytes that the last pass keeps of one value, of all samples together; the result does not depend on it.
  package var keptBytes = 1 << 26

  /// What makes a plan, in order.
  var planningPasses: [any PlanningPass]
  /// How often operators that cut are added and everything is planned anew.
  private static let clampRounds = 4

  /// Creates a requantizer.
  ///
  /// - Parameters:
  ///   - profile: The machine that the result is for.
  ///   - options: How much work is done, and which parts of the method.
  ///   - threads: How many samples are computed at the same time; the result does not depend on it.
  ///   - engine: Makes the engines that run calibration samples; any engine gives the same result.
  package init(
    profile: HardwareProfile, options: RequantizationOptions = RequantizationOptions(), threads: Int = 1,
    engine: @escaping @Sendable (Program) -> any Engine = { ReferenceEngine($0) }
  ) {
    self.profile = profile
    self.options = options
    self.threads = threads
    makeEngine = engine
    planningPasses = [
      PlanActivationScales(threads: threads), LimitAlignment(), ChooseWeightForms(threads: threads),
    ]
  }

  /// Rewrites a network.
  ///
  /// - Parameters:
  ///   - network: A sound network with quantized tensors.
  ///   - calibration: Samples whose statistics guide the choice of scales and biases; `nil` works from the source's own
  ///     parameters alone.
  ///   - plan: What is chosen already; `nil` chooses it.
  ///   - progress: Called with the name of what is done, the number of parts that are done and of all parts.
  /// - Returns: The network for the machine, and what was decided.
  /// - Throws: ``RequantizationError``; errors of the calibration set as they come.
  package func requantize(
    _ network: Network, calibration: CalibrationSet? = nil, plan: RequantizationPlan? = nil,
    progress: @escaping @Sendable (String, Int, Int) -> Void = { _, _, _ in }
  ) async throws -> Requantized {
    if profile.conformanceFaults(of: network).isEmpty {
      return Requantized(
        network: network, passes: [], layers: [], meanings: [], warnings: [], plan: nil, isUnchanged: true)
    }
    let calibration = calibration.flatMap { $0.count > 0 ? $0 : nil }
    let samples = calibration.map { CalibrationRun(calibration: $0, threads: threads, makeEngine: makeEngine) }
    var options = options
    if calibration?.isSynthetic == true { options.skipped.insert(.equalizeDepthwise) }
    if let plan {
      try plan.requireFit(to: network, profile)
      let start = try await Planning(network, plan.preparation, profile, options, samples, progress)
      return try await rewritten(network, start.by(plan), samples, progress)
    }
    do {
      return try await rewritten(network, planned(network, options, samples, progress), samples, progress)
    } catch let error as RequantizationError where options.does(.foldOffsets) {
      // A folded offset makes biases larger, perhaps too large for the machine's.
      options.skipped.insert(.foldOffsets)
      do {
        return try await rewritten(network, planned(network, options, samples, progress), samples, progress)
      } catch is RequantizationError { throw error }
    }
  }

  /// Plans until nothing is left that the source cuts and an operator of the machine could.
  private func planned(
    _ network: Network, _ options: RequantizationOptions, _ samples: CalibrationRun?,
    _ progress: @escaping @Sendable (String, Int, Int) -> Void
  ) async throws -> Planning {
    var preparation = Preparation(
      padsExplicitly: options.does(.foldOffsets) && options.does(.absorbScales) && options.does(.padExplicitly))
    var result = try await planned(network, preparation, options, samples, progress)
    preparation.cutMeans = result.facts.cutBeforehand(in: network).sorted()
    if !preparation.cutMeans.isEmpty {
      result = try await planned(network, preparation, options, samples, progress)
    }
    // A bound may open where another one got its operator.
    for _ in 0..<Self.clampRounds {
      let added = result.facts.addedClamps(result.facts.openClamps(result.plan))
      if added.isEmpty { break }
      preparation.addedClamps.append(added)
      result = try await planned(network, preparation, options, samples, progress)
    }
    return result
  }

  /// What is known of a prepared network, and the plan that the passes make of it.
  private func planned(
    _ network: Network, _ preparation: Preparation, _ options: RequantizationOptions, _ samples: CalibrationRun?,
    _ progress: @escaping @Sendable (String, Int, Int) -> Void
  ) async throws -> Planning {
    var result = try await Planning(network, preparation, profile, options, samples, progress)
    for pass in planningPasses { try await result.improve(by: pass, progress) }
    return result
  }

  /// The network that a plan makes of the source, its layers refined.
  private func rewritten(
    _ network: Network, _ planning: Planning, _ samples: CalibrationRun?,
    _ progress: @escaping @Sendable (String, Int, Int) -> Void
  ) async throws -> Requantized {
    let (facts, plan) = (planning.facts, planning.plan)
    var log = planning.log
    var result = try await log.timed("requantize-weights") {
      try await RewrittenNetwork(facts, plan, threads: threads) { progress("requantize-weights", $0, $1) }
    } summary: {
      $0.summary
    }
    try requireFit(result.network)
    if let samples, facts.options.does(.feedBackErrors) || facts.options.does(.foldOutputError) || prefixObserver != nil
    {
      let refine = RefineLayers(
        facts: facts, plan: plan, samples: samples, keptBytes: keptBytes, observer: prefixObserver)
      let rewritten = result
      result = try await log.timed(refine.name) {
        try await refine.refined(rewritten) { progress(refine.name, $0, $1) }
      } summary: {
        $0.summary.words
      } gains: {
        $0.summary.passGains
      }.network
      try requireFit(result.network)
    }
    let meanings = plan.activations.compactMap(\.meaning)
    return Requantized(
      network: result.network, passes: log.passes, layers: result.layers, meanings: meanings,
      warnings: facts.warnings(facts.openClamps(plan)), plan: plan, isUnchanged: false
    ).withoutIdlePadding(after: network.tensors.count).withoutOrigins()
  }

  /// Refuses a network that the machine does not hold after all.
  private func requireFit(_ network: Network) throws(RequantizationError) {
    let faults = profile.conformanceFaults(of: network)
    if !faults.isEmpty {
      throw RequantizationError(faults.map { "\($0.withoutRemedy), and requantization does not mend that" })
    }
  }
}
