internal import HardwareProfile
internal import NetworkModel

/// The scales that are chosen for all activations of the device.
struct ActivationChoice {
  /// Which activations share a scale.
  private let grouping: ActivationGroups
  /// A base for each cluster of groups.
  private let bases: [Double]
  /// For each tensor that is equalized the factors of its channels.
  private let equalization: [Int: [Double]]
  /// Whether the source's own parameters stay, moved to the new type: they hold every value exactly.
  private let keepsScales: Bool
  /// What the parts of the method gained.
  private(set) var gains: [PassGain] = []
  /// What the search gained, in words.
  private var searched = ""

  init(_ facts: SourceFacts, threads: Int) async throws {
    var grouping = ActivationGroups(facts)
    let activations = facts.profile.activations
    keepsScales =
      activations.zeroPoint == .any && activations.scale == .real
      && grouping.clusters.count == grouping.groups.count
    if keepsScales {
      self.grouping = grouping
      bases = []
      equalization =
        facts.options.does(.equalizeDepthwise) ? EqualizeBlocks(grouping).factors(facts, LayerModels(facts)) : [:]
      return
    }
    let isTied = facts.profile.onlyShifts
    let models = isTied ? try await LayerModels.all(facts, threads: threads) : LayerModels(facts)
    var equalization: [Int: [Double]] = [:]
    var equalize = EqualizeDepthwise(threads: threads)
    if facts.options.does(.equalizeDepthwise) {
      equalization = try await equalize.factors(facts, models, grouping)
    }
    if isTied {
      let choice = try await ChooseFolding(facts, models, grouping, equalization, &equalize)
      (grouping, equalization) = (choice.grouping, choice.equalization)
    }
    if facts.options.does(.equalizeDepthwise) {
      equalization.merge(EqualizeBlocks(grouping).factors(facts, models)) { old, _ in old }
    }
    var bases = grouping.clusters.map { grouping.firstBase($0, activations.scale) }
    let searches = isTied && facts.options.does(.searchScales)
    let search = searches || !equalization.isEmpty ? ScaleSearch(facts, models, grouping, equalization) : nil
    gains = grouping.gains(facts, bases, equalization, search: search, models)
    if let search, searches {
      let before = search.cost(bases)
      search.improve(&bases)
      let after = search.cost(bases)
      let gain = before > 0 ? decibels(before / max(after, 1e-30)) : 0
      gains.append(.noise(.searchScales, before: before, after: after, places: bases.count))
      searched = "; the search lowers the estimated noise by \((gain * 100).rounded() / 100) dB"
    }
    (self.grouping, self.bases, self.equalization) = (grouping, bases, equalization)
  }

  /// How each activation is stored, by tensor.
  func activations(_ facts: SourceFacts) -> [PlannedActivation] {
    var result = keepsScales ? facts.deviceTensors.compactMap { kept($0, facts) } : []
    let isReal = facts.profile.activations.scale == .real && !facts.profile.onlyShifts
    for (cluster, base) in zip(grouping.clusters, bases) {
      for root in cluster {
        guard let group = grouping.groups[root] else { continue }
        let isAlone = cluster.count == 1 && isReal
        let scale = isAlone ? aloneScale(group, facts) : group.bestScale(base: base).scale
        for tensor in group.tensors {
          result.append(planned(tensor, group, scale, base: base, isFree: grouping.free.contains(root), facts))
        }
      }
    }
    return result.sorted { $0.tensor < $1.tensor }
  }

  /// An activation that keeps its parameters, but for factors of single channels.
  private func kept(_ tensor: Int, _ facts: SourceFacts) -> PlannedActivation? {
    let stored = facts.target.tensors[tensor]
    guard let quantization = stored.quantization else { return nil }
    var result = PlannedActivation(
      tensor: tensor, name: stored.name, type: stored.type, scale: quantization.scale,
      zeroPoint: quantization.zeroPoint)
    result.meaning = equalization[tensor].map { factors in
      TensorMeaning(tensor: tensor, scales: factors.map { $0 * Double(quantization.scale) })
    }
    return result
  }

  /// An activation with its declared scale and what it means.
  private func planned(
    _ tensor: Int, _ group: ScaleGroup, _ scale: Double, base: Double, isFree: Bool, _ facts: SourceFacts
  ) -> PlannedActivation {
    let stored = facts.target.tensors[tensor]
    var declared = scale
    if isFree && facts.profile.activations.scale == .powerOfTwo {
      // Scales of one base keep their ratios, which the machine's shifts rely on.
      let power = Double(sign: .plus, exponent: Int(base.exponent) + (base.significand > 1.414 ? 1 : 0), significand: 1)
      declared = scale / base * power
    }
    var low = Double((stored.type.integerRange?.lowerBound ?? 0) - stored.type.middle)
    let isFolded = group.low == 0 && group.high > 0
    let real = Double(Float(scale))
    let lowest = isFolded ? group.lowest(scale, format: low) : low
    // The integers of −1 and 1 are the clamp's.
    if lowest > low { (low, declared) = (lowest, -1 / lowest) }
    // A constant has no channels of its own: it is the same integer in all of them.
    let factors = facts.source.tensors[tensor].isConstant ? nil : equalization[tensor]
    let scales = factors.map { $0.map { $0 * real } } ?? [real]
    let offsets = isFolded ? scales.map { group.origin - low * $0 } : [0]
    var result = PlannedActivation(
      tensor: tensor, name: stored.name, type: stored.type, scale: Float(declared), zeroPoint: stored.type.middle)
    if isFolded || Float(declared) != Float(scale) || factors != nil {
      result.meaning = TensorMeaning(tensor: tensor, scales: scales, offsets: offsets)
    }
    return result
  }

  /// The scale of a group that is tied to no other one, by what it cuts and what rounding on its grid adds: the smallest that
  /// holds the source's whole range, a smaller one, or the source's own, with which source and target round alike.
  private func aloneScale(_ group: ScaleGroup, _ facts: SourceFacts) -> Double {
    let full = group.smallestFullScale
    if group.samples.isEmpty { return full }
    let own = Set(group.tensors.compactMap { facts.source.tensors[$0].quantization.map { Double($0.scale) } })
    // With many more bits than the source a fraction of its own step holds its whole range, and each of its integers exactly.
    let isWide = group.high > 255
    let scales = own.count == 1 ? own.map { isWide ? $0.halved(downTo: full) : $0 }.filter { isWide || $0 < full } : []
    let choices = (0..<12).map { full * (1 - 0.04 * Double($0)) } + scales
    var best = (scale: full, cost: Double.infinity)
    for scale in choices {
      let cost = group.cost(scale)
      if cost < best.cost { best = (scale, cost) }
    }
    return best.scale
  }

  /// Clamps whose lower or upper bound is the format's own end, which are done without.
  ///
  /// - Parameters:
  ///   - facts: What is known of the source.
  ///   - plan: The plan with the activations that were chosen here.
  /// - Returns: The other clamps.
  func clamps(_ facts: SourceFacts, _ plan: RequantizationPlan) -> [PlannedClamp] {
    if keepsScales { return [] }
    let planned = PlannedNetwork(facts, plan)
    return planned.network.nodes.enumerated().compactMap { index, node in
      guard let output = node.outputs.first, let meaning = planned.meanings[output] else { return nil }
      let tensor = planned.network.tensors[output]
      let root = grouping.root(output)
      var clamp: Activation?
      if grouping.folded.contains(root) {
        let first = -meaning.offset(0) / meaning.scale(0)
        let low = Double(tensor.type.integerRange?.lowerBound ?? 0)
        let isInside = grouping.groups[root]?.hasSymmetricClamp == true && first.rounded() > low
        clamp = isInside ? .reluN1To1 : Activation.none
      } else if node.operation.activation == .relu6,
        tensor.quantization.map({ Double($0.scale) }) != meaning.scales.max()
      {
        clamp = .relu
      }
      return clamp.map { PlannedClamp(node: index, name: facts.deployment.label(index), activation: $0) }
    }
  }

  /// What was chosen, in a sentence.
  func summary(_ facts: SourceFacts, _ plan: RequantizationPlan) -> String {
    let count = facts.deviceTensors.count
    if keepsScales {
      return "\(count) activations keep their scale and offset"
        + (equalization.isEmpty ? "" : "; \(equalization.count) beside depthwise layers equalized")
    }
    let meanings = plan.activations.compactMap(\.meaning)
    let folded = meanings.count(where: \.isFolded)
    return "\(count) activations in \(grouping.groups.count) groups of equal scale" + searched
      + (folded > 0 ? "; \(folded) with a folded offset" : "")
      + (folded < meanings.count ? "; \(meanings.count - folded) with an absorbed scale" : "")
      + (equalization.isEmpty ? "" : "; \(equalization.count) inputs of depthwise layers equalized")
  }
}

extension Double {
  /// The smallest number that is not below another one and of which this one is a multiple by a power of two.
  fileprivate func halved(downTo limit: Double) -> Double {
    var result = self
    while result / 2 >= limit { result /= 2 }
    return result
  }
}
