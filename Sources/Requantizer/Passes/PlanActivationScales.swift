internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// Chooses a scale for each activation on the device.
///
/// Tensors that an operator demands to be equal form a group with one scale. Where the machine aligns ADD by shifts, or
/// rescales by shifts alone, the scales of the groups that meet there keep ratios of powers of two: they are `b·2^k` with
/// one base `b`. A scale is the smallest that holds the source's range; where it is tied to powers of two, calibration lets
/// candidates below that compete by squared error over the source's own histogram.
struct PlanActivationScales: RequantizationPass {
  let name = "plan-activation-scales"

  func run(
    _ state: inout RequantizationState, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> String {
    let members = state.deviceTensors.sorted()
    let (equal, tied) = groups(state)
    var groupsByRoot: [Int: ScaleGroup] = [:]
    for tensor in members {
      let range = RealRange(state.source, tensor)
      let group = ScaleGroup(tensor, range, state.source, state.statistics, state.target.tensors[tensor].type)
      groupsByRoot[equal.find(tensor)] = groupsByRoot[equal.find(tensor)].map { $0.merged(with: group) } ?? group
    }
    if state.profile.activations.zeroPoint == .any && state.profile.activations.scale == .real {
      // The source's own parameters, moved to the new type, hold every value exactly.
      let clusters = Set(groupsByRoot.keys.map(tied.find))
      if clusters.count == groupsByRoot.count { return "\(members.count) activations keep their scale and offset" }
    }
    var clusters: [Int: [Int]] = [:]
    for root in groupsByRoot.keys.sorted() { clusters[tied.find(root), default: []].append(root) }
    for (_, roots) in clusters.sorted(by: { $0.key < $1.key }) {
      let chosen = choose(roots.compactMap { groupsByRoot[$0] }, state.profile.activations.scale)
      for (root, scale) in zip(roots, chosen) {
        for tensor in groupsByRoot[root]?.tensors ?? [] {
          state.target.tensors[tensor].setSymmetric(scale, from: state.source.tensors[tensor])
        }
      }
    }
    for (index, node) in state.target.nodes.enumerated() { follow(node, index, &state) }
    return "\(members.count) activations in \(groupsByRoot.count) groups of equal scale"
  }

  /// Groups of equal scale, and clusters of groups whose scales keep power-of-two ratios.
  private func groups(_ state: RequantizationState) -> (equal: UnionFind, tied: UnionFind) {
    var equal = UnionFind(count: state.target.tensors.count)
    for node in state.target.nodes where node.operation.rescaling == .shared || mustKeepScale(node, state) {
      guard let output = node.outputs.first, state.deviceTensors.contains(output) else { continue }
      for input in node.activationOperands where state.deviceTensors.contains(input) { equal.join(input, output) }
    }
    var tied = equal
    for node in state.target.nodes {
      guard let output = node.outputs.first, state.deviceTensors.contains(output), isTied(node, state) else { continue }
      for input in node.activationOperands where state.deviceTensors.contains(input) { tied.join(input, output) }
    }
    return (equal, tied)
  }

  /// Whether an operator that rescales could only make its output's scale larger, which a clamp must not need.
  private func mustKeepScale(_ node: Node, _ state: RequantizationState) -> Bool {
    node.operation.rescaling == .convert && isTied(node, state)
      && state.profile.shiftRange(node.operation.name).lowerBound >= 0
  }

  /// Whether the machine demands that an operator's scales differ by powers of two only.
  private func isTied(_ node: Node, _ state: RequantizationState) -> Bool {
    let policy = state.profile.operators[node.operation.name]
    switch node.operation.rescaling {
    case .elementwise:
      if case .shift = policy?.alignment { return true }
      return false
    case .convert:
      if policy?.division != nil { return false }
      return state.profile.onlyShifts(node.operation.name)
    case .weighted, .shared, .fixedOutput, .boundary: return false
    }
  }

  /// The scales of the groups of one cluster.
  private func choose(_ groups: [ScaleGroup], _ kind: ScaleKind) -> [Float] {
    // A free scale keeps the source's whole range: cutting it gained less than the samples' choice varies.
    if kind == .real && groups.count == 1 { return [Float(groups[0].smallestFullScale)] }
    // Sixteen bases cover the octave; with power-of-two scales the base is one.
    let bases = kind == .powerOfTwo ? [1] : (0..<16).map { mantissa(Double($0) / 16) }
    var best: (cost: Double, scales: [Double]) = (.infinity, [])
    for base in bases {
      let choices = groups.map { $0.bestScale(base: base) }
      let cost = choices.reduce(0) { $0 + $1.cost }
      if cost < best.cost { best = (cost, choices.map(\.scale)) }
    }
    return best.scales.map { Float($0) }
  }

  /// 2^fraction rounded to a float32, so that its products with powers of two are exact in the file.
  private func mantissa(_ fraction: Double) -> Double { Double(Float(exp2OfFraction(fraction))) }

  /// 2^x for x in [0, 1] by repeated square roots: deterministic on every platform, unlike a library's `exp2`.
  private func exp2OfFraction(_ x: Double) -> Double {
    var (result, root, rest) = (1.0, 2.0, x)
    for _ in 0..<30 {
      root = root.squareRoot()
      rest *= 2
      if rest >= 1 {
        result *= root
        rest -= 1
      }
    }
    return result
  }

  /// Host data that moves on keeps the parameters of where it comes from.
  private func follow(_ node: Node, _ index: Int, _ state: inout RequantizationState) {
    guard node.operation.rescaling == .shared, let input = node.input(0), let output = node.outputs.first,
      !state.deviceTensors.contains(output)
    else { return }
    state.target.tensors[output].quantization = state.target.tensors[input].quantization
  }
}

extension Tensor {
  /// Takes a scale with the zero point 0 (the middle, for an unsigned type); a constant's elements are stored anew.
  mutating func setSymmetric(_ scale: Float, from source: Tensor) {
    guard let range = type.integerRange, let old = source.quantization else { return }
    let zeroPoint = type.middle
    if let values = source.integers() {
      let stored = values.map { value in
        let real = Double(old.scale) * Double(value - old.zeroPoint) / Double(scale)
        return min(max(Int64(real.rounded(.toNearestOrAwayFromZero)) + zeroPoint, range.lowerBound), range.upperBound)
      }
      data = Tensor.bytes(stored, as: type).map { $0[...] }
    }
    quantization = Quantization(scale: scale, zeroPoint: zeroPoint)
  }
}
