internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// A bound of the source that no clamp and no format of the target states.
struct OpenClamp: Sendable {
  /// The operator's index.
  let node: Int
  /// What it makes.
  let tensor: Int
  /// Whether the lower bound is open, and whether the upper one.
  let isLowOpen: Bool
  let isHighOpen: Bool
  /// Where the source cuts, as real numbers.
  let clamp: SourceClamp
  /// The part of the source's samples that lie at open bounds.
  let share: Double
  /// What is added, in units of what the tensor's samples vary.
  let noise: Double
}

/// How well the target's clamps fit where the source cuts one tensor.
private struct ClampFit {
  private let node: Int
  private let tensor: Int
  private let clamp: SourceClamp
  /// What lies at the bounds, but for those that an operator after this one states.
  private let lowTail: ClampTail?
  private let highTail: ClampTail?
  private let samples: [(value: Double, count: Double)]
  /// How much the samples vary, over all of them.
  private let power: Double
  private let target: Tensor
  private let scale: Double
  private let offset: Double
  /// Whether an operator after this one could cut.
  private let isLowCutLater: Bool
  private let isHighCutLater: Bool

  /// - Returns: `nil` where nothing is known: no sample was seen, or channels have scales of their own.
  init?(_ facts: SourceFacts, _ planned: PlannedNetwork, _ node: Int, _ consumers: [[Int]]) {
    guard let output = planned.network.nodes[node].outputs.first, let clamp = facts.sourceClamp(node),
      let meaning = planned.meaning(output), meaning.scales.count == 1
    else { return nil }
    let group = ScaleGroup(
      output, RealRange(facts.source, output), facts.source, facts.statistics, planned.network.tensors[output].type)
    guard !group.samples.isEmpty else { return nil }
    let after = planned.network.clampsAfter(output, consumers, withReLU: true)
    self.node = node
    tensor = output
    self.clamp = clamp
    lowTail = after.low == nil ? clamp.lowTail : nil
    highTail = after.high == nil ? clamp.highTail : nil
    samples = group.samples
    power = group.power
    target = planned.network.tensors[output]
    (scale, offset) = (meaning.scale(0), meaning.offset(0))
    isLowCutLater = facts.cut(.low, behind: node) != nil
    isHighCutLater = facts.cut(.high, behind: node) != nil
  }

  /// The real numbers at which the target would cut with a clamp.
  private func bounds(_ activation: Activation) -> Bounds? {
    guard let ends = target.ends(of: activation), let zero = target.quantization?.zeroPoint else { return nil }
    return Bounds(
      low: Double(ends.lowerBound - zero) * scale + offset, high: Double(ends.upperBound - zero) * scale + offset)
  }

  /// Two numbers, one for what is below and one for what is above.
  private struct Bounds {
    var low: Double
    var high: Double
    var sum: Double { low + high }
  }

  /// What bounds add, over all samples: where they let pass what the source cuts, half a step being rounding, and where they
  /// cut what the source lets pass.
  private func energy(_ bounds: Bounds) -> Bounds {
    var result = Bounds(
      low: lowTail?.energy(clamp.low - bounds.low - scale / 2) ?? 0,
      high: highTail?.energy(bounds.high - clamp.high - scale / 2) ?? 0)
    for (value, count) in samples {
      if value < bounds.low { result.low += count * (bounds.low - value) * (bounds.low - value) }
      if value > bounds.high { result.high += count * (value - bounds.high) * (value - bounds.high) }
    }
    return result
  }

  /// What a clamp adds beside one with the source's own bounds in the target's format.
  private func loss(_ activation: Activation) -> Bounds {
    guard let bounds = bounds(activation), let format = self.bounds(.none) else {
      return Bounds(low: .infinity, high: .infinity)
    }
    let found = energy(bounds)
    let least = energy(
      Bounds(
        low: lowTail == nil ? bounds.low : max(format.low, clamp.low),
        high: highTail == nil ? bounds.high : min(format.high, clamp.high)))
    return Bounds(low: max(found.low - least.low, 0), high: max(found.high - least.high, 0))
  }

  /// The clamp that the machine has for an operator and that fits best: its own, unless that one's loss shows and another's
  /// does not; where no operator can cut afterwards, unless another's is far smaller.
  func best(for operation: Operation, on profile: HardwareProfile) -> Activation {
    let least = ClampTail.negligible * power
    let own = loss(operation.activation)
    guard operation.isClamped, own.sum > least else { return operation.activation }
    let isCutLater = (own.low <= least || isLowCutLater) && (own.high <= least || isHighCutLater)
    var best = (clamp: operation.activation, loss: isCutLater ? least : own.sum / 2)
    for clamp in Activation.allCases where clamp.isClamp && operation.can(clamp, on: profile) {
      let loss = loss(clamp).sum
      if loss < best.loss { best = (clamp, loss) }
    }
    return best.clamp
  }

  /// The bounds at which a clamp's loss shows; `nil` if it does not.
  func open(_ activation: Activation) -> OpenClamp? {
    let loss = loss(activation)
    let least = ClampTail.negligible * power
    guard power > 0, loss.low > least || loss.high > least else { return nil }
    let count = samples.reduce(0) { $0 + $1.count }
    return OpenClamp(
      node: node, tensor: tensor, isLowOpen: loss.low > least, isHighOpen: loss.high > least, clamp: clamp,
      share: ((loss.low > least ? lowTail?.count ?? 0 : 0) + (loss.high > least ? highTail?.count ?? 0 : 0)) / count,
      noise: loss.sum / power)
  }
}

extension SourceFacts {
  /// The clamps with which operators cut where the source does, where the planned ones do not.
  func clampsThatCut(_ plan: RequantizationPlan) -> [PlannedClamp] {
    clampFits(plan) { fit, index, operation in
      let clamp = fit.best(for: operation, on: profile)
      if clamp == operation.activation { return nil }
      return PlannedClamp(node: index, name: deployment.label(index), activation: clamp)
    }
  }

  /// The bounds of the source that no clamp and no format of a planned network states.
  func openClamps(_ plan: RequantizationPlan) -> [OpenClamp] {
    clampFits(plan) { fit, _, operation in fit.open(operation.activation) }
  }

  /// What follows from the fit of each operator's planned clamp, for those of which something is known.
  private func clampFits<Finding>(
    _ plan: RequantizationPlan, _ finding: (ClampFit, Int, Operation) -> Finding?
  ) -> [Finding] {
    let planned = PlannedNetwork(self, plan)
    let consumers = planned.network.consumers()
    return planned.network.nodes.enumerated().compactMap { index, node in
      ClampFit(self, planned, index, consumers).flatMap { finding($0, index, node.operation) }
    }
  }

  /// The operators of the machine that cut at open bounds; empty where there are none.
  func addedClamps(_ open: [OpenClamp]) -> [AddedClamp] {
    open.compactMap { open in
      let low = open.isLowOpen ? cut(.low, behind: open.node) : nil
      let high = open.isHighOpen ? cut(.high, behind: open.node) : nil
      guard low != nil || high != nil, source.nodes[open.node].outputs == [open.tensor] else { return nil }
      return AddedClamp(node: open.node, low: low, high: high)
    }
  }

  /// The noise of an open bound that a user is told of, in units of what the samples vary: 30 dB below.
  private static let notable = 1e-3

  /// A line for each bound that stays open and shows.
  func warnings(_ open: [OpenClamp]) -> [String] {
    open.filter { $0.noise > Self.notable }.map { open in
      let bounds =
        switch (open.isLowOpen, open.isHighOpen) {
        case (true, false): "below \(Float(open.clamp.low))"
        case (false, true): "above \(Float(open.clamp.high))"
        default: "below \(Float(open.clamp.low)) and above \(Float(open.clamp.high))"
        }
      let needed =
        (open.isLowOpen && cut(.low, behind: open.node) == nil ? ["MAXIMUM"] : [])
        + (open.isHighOpen && cut(.high, behind: open.node) == nil ? ["MINIMUM"] : [])
      let percent = (open.share * 1000).rounded() / 10
      let place =
        "\(deployment.label(open.node)): the source's format cuts its output \(bounds) (\(percent) % of the samples), and "
      if needed.isEmpty { return place + "the result for profile \(profile.name) does not" }
      return place
        + "profile \(profile.name) has no clamp, scale or operator that does (\(needed.joined(separator: ", ")) on the "
        + "device would)"
    }
  }
}
