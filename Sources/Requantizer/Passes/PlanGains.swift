internal import HardwareProfile

/// What the parts of the planning gain, each beside a plan without it.
extension PlanActivationScales {
  func planGains(
    _ state: RequantizationState, _ plan: ActivationGroups, _ bases: [Double], _ equalization: [Int: [Double]],
    _ search: ScaleSearch?
  ) -> [PassGain] {
    guard state.statistics != nil else { return [] }
    var gains: [PassGain] = []
    for step in [RequantizationStep.absorbScales, .foldOffsets] where state.options.does(step) {
      var others = state
      others.options.skipped.insert(step)
      let without = ActivationGroups(others)
      let places = step == .foldOffsets ? plan.folded.count : plan.free.count
      if places == 0 { continue }
      gains.append(
        .noise(step, before: activationNoise(state, without), after: activationNoise(state, plan), places: places))
    }
    if let search, !equalization.isEmpty {
      gains.append(
        .noise(
          .equalizeDepthwise, before: ScaleSearch(state, plan, [:]).cost(bases),
          after: search.cost(bases), places: equalization.count))
    }
    return gains
  }

  /// The noise of all activations, each beside its own variance, with scales that suit them alone.
  private func activationNoise(_ state: RequantizationState, _ plan: ActivationGroups) -> Double {
    plan.clusters.reduce(0) { sum, roots in
      let base = firstBase(roots, plan, state.profile.activations.scale)
      return sum + roots.compactMap { plan.groups[$0] }.reduce(0) { $0 + $1.bestScale(base: base).cost }
    }
  }
}

extension PassGain {
  /// A gain of estimated noise, the sum of the relative noises of activations and weights.
  static func noise(_ step: RequantizationStep, before: Double, after: Double, places: Int) -> PassGain {
    let objective =
      step == .searchScales || step == .equalizeDepthwise
      ? "estimated relative noise of activations and weights, summed" : "relative noise of activations, summed"
    func level(_ noise: Double) -> Double { noise > 0 ? decibels(noise) : -300 }
    return PassGain(
      step: step, objective: objective, unit: "dB", before: level(before), after: level(after), places: places)
  }
}
