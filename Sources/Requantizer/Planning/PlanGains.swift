internal import HardwareProfile

extension ActivationGroups {
  /// What the parts of the planning gain, each beside a plan without it.
  func gains(
    _ facts: SourceFacts, _ bases: [Double], _ equalization: [Int: [Double]], search: ScaleSearch?,
    _ models: LayerModels
  ) -> [PassGain] {
    guard facts.statistics != nil else { return [] }
    var gains: [PassGain] = []
    for step in [RequantizationStep.absorbScales, .foldOffsets] where facts.options.does(step) {
      let places = step == .foldOffsets ? folded.count : free.count
      if places == 0 { continue }
      let without = ActivationGroups(facts.skipping(step))
      let scale = facts.profile.activations.scale
      gains.append(.noise(step, before: without.activationNoise(scale), after: activationNoise(scale), places: places))
    }
    if let search, !equalization.isEmpty {
      gains.append(
        .noise(
          .equalizeDepthwise, before: ScaleSearch(facts, models, self, [:]).cost(bases),
          after: search.cost(bases), places: equalization.count))
    }
    return gains
  }

  /// The noise of all activations, each beside its own variance, with scales that suit them alone.
  private func activationNoise(_ kind: ScaleKind) -> Double {
    clusters.reduce(0) { sum, roots in
      let base = firstBase(roots, kind)
      return sum + roots.compactMap { groups[$0] }.reduce(0) { $0 + $1.bestScale(base: base).cost }
    }
  }

  /// The base that suits the groups of one cluster best by themselves.
  func firstBase(_ roots: [Int], _ kind: ScaleKind) -> Double {
    let isFree = roots.allSatisfy(free.contains)
    if kind == .powerOfTwo && !isFree { return 1 }
    let groups = roots.compactMap { self.groups[$0] }
    var best: (cost: Double, base: Double) = (.infinity, 1)
    for base in ScaleGroup.bases(of: groups) {
      let cost = groups.reduce(0) { $0 + $1.bestScale(base: base).cost }
      if cost < best.cost { best = (cost, base) }
    }
    return best.base
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
