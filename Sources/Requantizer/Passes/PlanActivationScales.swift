internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// Chooses a scale for each activation on the device.
///
/// Tensors that an operator demands to be equal form a group with one scale. Where the machine aligns ADD by shifts, or
/// rescales by shifts alone, the scales of the groups that meet there keep ratios of powers of two: they are `b·2^k` with
/// one base `b`. A machine that only shifts constrains ratios and nothing else, so a base may be any real number although
/// the profile wants powers of two to be declared: where nobody outside reads a tensor's integers its real scale is absorbed
/// in the weights around it (``TensorMeaning``), and the bound of a ReLU6 is put on the format's largest value. Bases are
/// searched for the least noise with their neighbours' (``ScaleSearch``).
struct PlanActivationScales: RequantizationPass {
  let name = "plan-activation-scales"
  /// How many layers are looked at at the same time.
  var threads = 1

  func run(
    _ state: inout RequantizationState, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> String {
    var plan = ActivationGroups(state)
    if state.profile.activations.zeroPoint == .any && state.profile.activations.scale == .real,
      plan.clusters.count == plan.groups.count
    {
      // The source's own parameters, moved to the new type, hold every value exactly.
      return keepScales(&state, plan)
    }
    let isTied = state.profile.onlyShifts
    if isTied { state.models = try await LayerModel.all(state, threads: threads) }
    defer { state.models = [:] }
    var equalization: [Int: [Double]] = [:]
    var equalize = EqualizeDepthwise(threads: threads)
    if state.options.does(.equalizeDepthwise) {
      equalization = try await equalize.factors(state, plan)
    }
    if isTied {
      let choice = try await ChooseFolding(state, plan, equalization, &equalize)
      (plan, equalization) = (choice.plan, choice.equalization)
    }
    if state.options.does(.equalizeDepthwise) {
      equalization.merge(EqualizeBlocks(plan).factors(state)) { old, _ in old }
    }
    var summary = "\(state.deviceTensors.count) activations in \(plan.groups.count) groups of equal scale"
    var bases = plan.clusters.map { firstBase($0, plan, state.profile.activations.scale) }
    let searches = isTied && state.options.does(.searchScales)
    let search = searches || !equalization.isEmpty ? ScaleSearch(state, plan, equalization) : nil
    state.gains += planGains(state, plan, bases, equalization, search)
    if let search, searches {
      let before = search.cost(bases)
      search.improve(&bases)
      let after = search.cost(bases)
      let gain = before > 0 ? decibels(before / max(after, 1e-30)) : 0
      state.gains.append(.noise(.searchScales, before: before, after: after, places: bases.count))
      summary += "; the search lowers the estimated noise by \((gain * 100).rounded() / 100) dB"
    }
    for (cluster, base) in zip(plan.clusters, bases) {
      for root in cluster {
        guard let group = plan.groups[root] else { continue }
        let isAlone = cluster.count == 1 && state.profile.activations.scale == .real && !isTied
        let scale = isAlone ? aloneScale(group, state) : group.bestScale(base: base).scale
        for tensor in group.tensors {
          set(&state, tensor, group, scale: scale, base: base, isFree: plan.free.contains(root), equalization[tensor])
        }
      }
    }
    for (index, node) in state.target.nodes.enumerated() {
      follow(node, index, &state)
      rewriteClamp(node, index, &state, plan)
    }
    state.chooseClamps()
    let absorbed = state.meanings.values.count { !$0.isFolded }
    let folded = state.meanings.values.count(where: \.isFolded)
    if folded > 0 { summary += "; \(folded) with a folded offset" }
    if absorbed > 0 { summary += "; \(absorbed) with an absorbed scale" }
    if !equalization.isEmpty { summary += "; \(equalization.count) inputs of depthwise layers equalized" }
    return summary
  }

  /// Leaves each activation as it is, but for factors of single channels.
  private func keepScales(_ state: inout RequantizationState, _ plan: ActivationGroups) -> String {
    var summary = "\(state.deviceTensors.count) activations keep their scale and offset"
    guard state.options.does(.equalizeDepthwise) else { return summary }
    let equalization = EqualizeBlocks(plan).factors(state)
    for (tensor, factors) in equalization {
      guard let scale = state.target.tensors[tensor].quantization?.scale else { continue }
      state.meanings[tensor] = TensorMeaning(tensor: tensor, scales: factors.map { $0 * Double(scale) })
    }
    if !equalization.isEmpty { summary += "; \(equalization.count) beside depthwise layers equalized" }
    return summary
  }

  /// The scale of a group that is tied to no other one, by what it cuts and what rounding on its grid adds: the smallest that
  /// holds the source's whole range, a smaller one, or the source's own, with which source and target round alike.
  private func aloneScale(_ group: ScaleGroup, _ state: RequantizationState) -> Double {
    let full = group.smallestFullScale
    if group.samples.isEmpty { return full }
    let own = Set(group.tensors.compactMap { state.source.tensors[$0].quantization.map { Double($0.scale) } })
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

  /// The base that suits the groups of one cluster best by themselves.
  func firstBase(_ roots: [Int], _ plan: ActivationGroups, _ kind: ScaleKind) -> Double {
    let isFree = roots.allSatisfy(plan.free.contains)
    if kind == .powerOfTwo && !isFree { return 1 }
    let groups = roots.compactMap { plan.groups[$0] }
    var best: (cost: Double, base: Double) = (.infinity, 1)
    for base in ScaleSearch.bases(groups) {
      let cost = groups.reduce(0) { $0 + $1.bestScale(base: base).cost }
      if cost < best.cost { best = (cost, base) }
    }
    return best.base
  }

  /// Gives a tensor its declared scale and says what it means.
  private func set(
    _ state: inout RequantizationState, _ tensor: Int, _ group: ScaleGroup, scale: Double, base: Double, isFree: Bool,
    _ factors: [Double]?
  ) {
    var declared = scale
    if isFree && state.profile.activations.scale == .powerOfTwo {
      // Scales of one base keep their ratios, which the machine's shifts rely on.
      let power = Double(sign: .plus, exponent: Int(base.exponent) + (base.significand > 1.414 ? 1 : 0), significand: 1)
      declared = scale / base * power
    }
    var low = Double(
      (state.target.tensors[tensor].type.integerRange?.lowerBound ?? 0) - state.target.tensors[tensor].type.middle)
    let isFolded = group.low == 0 && group.high > 0
    let real = Double(Float(scale))
    let lowest = isFolded ? group.lowest(scale, format: low) : low
    // The integers of −1 and 1 are the clamp's.
    if lowest > low { (low, declared) = (lowest, -1 / lowest) }
    // A constant has no channels of its own: it is the same integer in all of them.
    let factors = state.source.tensors[tensor].isConstant ? nil : factors
    let scales = factors.map { $0.map { $0 * real } } ?? [real]
    let offsets = isFolded ? scales.map { group.origin - low * $0 } : [0]
    state.target.tensors[tensor].setSymmetric(
      Float(scale), offset: offsets[0], declared: Float(declared), from: state.source.tensors[tensor])
    if isFolded || Float(declared) != Float(scale) || factors != nil {
      state.meanings[tensor] = TensorMeaning(tensor: tensor, scales: scales, offsets: offsets)
    }
  }

  /// A clamp whose lower or upper bound is the format's own end is done without.
  private func rewriteClamp(_ node: Node, _ index: Int, _ state: inout RequantizationState, _ plan: ActivationGroups) {
    guard let output = node.outputs.first, let meaning = state.meanings[output] else { return }
    let clamp = node.operation.activation
    if plan.folded.contains(plan.root(output)) {
      let first = -meaning.offset(0) / meaning.scale(0)
      let low = Double(state.target.tensors[output].type.integerRange?.lowerBound ?? 0)
      let isInside = plan.groups[plan.root(output)]?.hasSymmetricClamp == true && first.rounded() > low
      state.target.nodes[index].operation = node.operation.with(isInside ? .reluN1To1 : .none)
    } else if clamp == .relu6,
      state.target.tensors[output].quantization.map({ Double($0.scale) }) != meaning.scales.max()
    {
      state.target.nodes[index].operation = node.operation.with(.relu)
    }
  }

  /// Host data that moves on keeps the parameters of where it comes from.
  private func follow(_ node: Node, _ index: Int, _ state: inout RequantizationState) {
    guard node.operation.rescaling == .shared, let input = node.input(0), let output = node.outputs.first,
      !state.deviceTensors.contains(output)
    else { return }
    state.target.tensors[output].quantization = state.target.tensors[input].quantization
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

extension Tensor {
  /// Takes a scale with the zero point 0 (the middle, for an unsigned type); a constant's elements are stored anew.
  ///
  /// - Parameters:
  ///   - scale: What one step means.
  ///   - offset: What the zero point means.
  ///   - declared: The scale that the file states.
  ///   - source: The tensor as the source has it.
  mutating func setSymmetric(_ scale: Float, offset: Double, declared: Float, from source: Tensor) {
    guard let range = type.integerRange, let old = source.quantization else { return }
    let zeroPoint = type.middle
    if let values = source.integers() {
      let stored = values.map { value in
        let real = (Double(old.scale) * Double(value - old.zeroPoint) - offset) / Double(scale)
        return min(max(Int64(real.rounded(.toNearestOrAwayFromZero)) + zeroPoint, range.lowerBound), range.upperBound)
      }
      data = Tensor.bytes(stored, as: type).map { $0[...] }
    }
    quantization = Quantization(scale: declared, zeroPoint: zeroPoint)
  }
}
