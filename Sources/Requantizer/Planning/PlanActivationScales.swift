internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Chooses a scale for each activation on the device.
///
/// Tensors that an operator demands to be equal form a group with one scale. Where the machine aligns ADD by shifts, or
/// rescales by shifts alone, the scales of the groups that meet there keep ratios of powers of two: they are `b·2^k` with
/// one base `b`. A machine that only shifts constrains ratios and nothing else, so a base may be any real number although
/// the profile wants powers of two to be declared: where nobody outside reads a tensor's integers its real scale is absorbed
/// in the weights around it (``TensorMeaning``), and the bound of a ReLU6 is put on the format's largest value. Bases are
/// searched for the least noise with their neighbours' (``ScaleSearch``).
struct PlanActivationScales: PlanningPass {
  let name = "plan-activation-scales"
  /// How many layers are looked at at the same time.
  var threads = 1

  func improve(
    _ plan: RequantizationPlan, _ facts: SourceFacts, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> PlanningResult {
    var result = PlanningResult(plan: plan, summary: "")
    let choice = try await ActivationChoice(facts, threads: threads)
    result.gains = choice.gains
    result.plan.activations = choice.activations(facts)
    result.plan.setClamps(choice.clamps(facts, result.plan), facts)
    result.plan.setClamps(facts.clampsThatCut(result.plan), facts)
    result.summary = choice.summary(facts, result.plan)
    return result
  }
}

extension RequantizationPlan {
  /// States clamps; those that the network has anyway are left out.
  fileprivate mutating func setClamps(_ chosen: [PlannedClamp], _ facts: SourceFacts) {
    var all = Dictionary(clamps.map { ($0.node, $0) }) { first, _ in first }
    for clamp in chosen { all[clamp.node] = clamp }
    clamps = all.values.filter { $0.activation != facts.target.nodes[$0.node].operation.activation }
      .sorted { $0.node < $1.node }
  }
}
