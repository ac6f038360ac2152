/// One step of the planning: it knows the facts and a plan, and gives a better plan.
///
/// A new pass is a type that conforms, and one line in ``Requantizer/planningPasses``.
protocol PlanningPass: Sendable {
  /// The pass's name in reports and provenance.
  var name: String { get }

  /// Makes a plan better or fuller.
  ///
  /// - Parameters:
  ///   - plan: What the passes before have chosen.
  ///   - facts: What is known of the source and the machine.
  ///   - progress: Called with the number of parts that are done and of all.
  /// - Returns: The plan, and what was done.
  /// - Throws: ``RequantizationError`` where the machine cannot do it.
  func improve(
    _ plan: RequantizationPlan, _ facts: SourceFacts, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> PlanningResult
}

/// What a planning pass gives.
struct PlanningResult {
  /// The plan.
  var plan: RequantizationPlan
  /// What was done, in a sentence; `nil` for nothing that a report speaks of.
  var summary: String?
  /// What the parts of the pass gained.
  var gains: [PassGain] = []
}
