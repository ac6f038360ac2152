internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// What is known of a prepared network, and what was chosen for it so far.
struct Planning {
  /// What is known.
  let facts: SourceFacts
  /// What was chosen.
  private(set) var plan: RequantizationPlan
  /// What was done.
  private(set) var log = PassLog()

  /// Prepares a network, gives its tensors types of the machine and looks at the samples.
  ///
  /// - Throws: ``RequantizationError`` for what no plan can mend; errors of the samples as they come.
  init(
    _ network: Network, _ preparation: Preparation, _ profile: HardwareProfile, _ options: RequantizationOptions,
    _ samples: CalibrationRun?, _ progress: @escaping @Sendable (String, Int, Int) -> Void
  ) async throws {
    let deployment = Deployment(of: try preparation.applied(to: network, for: profile), on: profile)
    var facts = try await log.timed("adopt-formats") {
      try SourceFacts(deployment, options)
    } summary: {
      $0.formats.summary
    }
    if let samples {
      let (count, positions) = (samples.calibration.count, options.positions(images: samples.calibration.count))
      facts.statistics = try await log.timed("gather-statistics") {
        try await SourceStatistics(of: deployment.source, over: samples, positions: positions) {
          progress("gather-statistics", $0, $1)
        }
      } summary: { _ in
        "\(count) samples, \(positions) positions of each layer in each"
      }
      if options.does(.searchScales) && options.does(.weighNoise) && profile.onlyShifts {
        let known = facts
        facts.sensitivities = try await log.timed("measure-sensitivity") {
          try await SensitivityMeasurement(samples: samples).measured(known) { progress("measure-sensitivity", $0, $1) }
        } summary: {
          $0.summary
        }.sensitivities
      }
    }
    self.facts = facts
    plan = RequantizationPlan(profile: profile.name, preparation: preparation)
  }

  /// Lets a pass improve the plan.
  mutating func improve(
    by pass: any PlanningPass, _ progress: @escaping @Sendable (String, Int, Int) -> Void
  ) async throws {
    let (plan, facts) = (plan, facts)
    let result = try await log.timed(pass.name) {
      try await pass.improve(plan, facts) { progress(pass.name, $0, $1) }
    } summary: {
      $0.summary
    } gains: {
      $0.gains
    }
    self.plan = result.plan
    if let summary = result.summary {
      self.plan.passes.append(PlanningRecord(name: pass.name, summary: summary, gains: result.gains))
    }
  }

  /// The same facts with a plan that was made before.
  func by(_ plan: RequantizationPlan) throws(RequantizationError) -> Planning {
    try plan.requireFit(to: facts)
    var result = self
    result.plan = plan
    for pass in plan.passes { result.log.add(pass) }
    return result
  }
}
