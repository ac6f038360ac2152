internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Decides for the input of each depthwise layer of a machine that only shifts whether its offset is folded, and whether its
/// channels are equalized.
///
/// A folded offset doubles the levels of an activation, but its clamp is then the format's end: its scale can no longer be
/// larger than needed, which might have brought the weights' step to the layer's own integers. So each way is tried with the
/// scales that suit it best, and the least noise decides: of the activations on both sides, of the layer's weights, and of
/// those of the layer before.
struct ChooseFolding {
  /// The grouping with what was decided.
  private(set) var grouping: ActivationGroups
  /// For each tensor that is equalized the factors of its channels.
  private(set) var equalization: [Int: [Double]]

  /// How much of the noise of plain rounding is left when errors are fed back or channels have steps of their own.
  private let remaining: Double

  init(
    _ facts: SourceFacts, _ models: LayerModels, _ folded: ActivationGroups, _ equalization: [Int: [Double]],
    _ equalize: inout EqualizeDepthwise
  ) async throws {
    grouping = folded
    self.equalization = equalization
    remaining = facts.remainingNoise
    let layers = facts.target.nodes.indices.filter { index in
      guard case .depthwiseConv2D = facts.target.nodes[index].operation else { return false }
      return facts.isDeviceOperator(facts.target.nodes[index])
    }
    let inputs = layers.compactMap { facts.target.nodes[$0].input(0) }
    let open = ActivationGroups(facts, unfolded: Set(inputs))
    let others = facts.options.does(.equalizeDepthwise) ? try await equalize.factors(facts, models, open) : [:]
    var unfolded: Set<Int> = []
    for index in layers {
      guard let input = facts.target.nodes[index].input(0),
        let scaled = ScaledTensor(input, readBy: index, folded, facts.target),
        let block = Block(facts, models, index, scaled)
      else { continue }
      var ways: [(grouping: ActivationGroups, factors: [Double]?, isFolded: Bool)] = [(folded, nil, true)]
      if let factors = equalization[input] { ways.append((folded, factors, true)) }
      if folded.folded.contains(folded.root(input)) {
        ways.append((open, nil, false))
        if let factors = others[input] { ways.append((open, factors, false)) }
      }
      let costs = ways.map { block.cost($0.grouping, $0.factors, remaining) }
      guard let best = costs.indices.min(by: { (costs[$0], $0) < (costs[$1], $1) }) else { continue }
      for tensor in scaled.tensors { self.equalization[tensor] = ways[best].factors }
      if !ways[best].isFolded { unfolded.formUnion(scaled.tensors) }
    }
    if !unfolded.isEmpty { grouping = ActivationGroups(facts, unfolded: unfolded) }
  }
}

/// A depthwise layer, what it reads and writes, and the layer before.
private struct Block {
  private let input: Int
  private let output: Int
  private let layer: LayerModel
  private let maker: LayerModel?
  /// How much noise of the input and of the output matters.
  private let sensitivity: (input: Double, output: Double)

  init?(_ facts: SourceFacts, _ models: LayerModels, _ index: Int, _ scaled: ScaledTensor) {
    guard let output = facts.target.nodes[index].outputs.first, let layer = models[index] else { return nil }
    input = scaled.tensor
    self.output = output
    sensitivity = (facts.sensitivities.sum(scaled.tensors), facts.sensitivities.sum([output]))
    self.layer = layer
    maker = scaled.maker.flatMap { maker in
      facts.target.nodes[maker].operation.rescaling == .weighted ? models[maker] : nil
    }
  }

  /// The least noise over the scales of input and output.
  func cost(_ grouping: ActivationGroups, _ factors: [Double]?, _ remaining: Double) -> Double {
    guard let x = grouping.groups[grouping.root(input)], let y = grouping.groups[grouping.root(output)] else {
      return .infinity
    }
    let noise = layer.noise(factors, nil)
    // Where in its octave the ratio of the scales lies decides; one more lets the layer keep its own integers.
    var ratios = ScaleGroup.bases(of: [y]).map { $0 / x.smallestFullScale }
    if factors == nil, let step = layer.step { ratios.append(step) }
    let weights = ratios.map { remaining * layer.weight(sensitivity.output) * noise.noise($0) }
    var best = Double.infinity
    for base in ScaleGroup.bases(of: [x]) {
      let own = x.bestScale(base: base)
      let first = sensitivity.input * own.cost
      for (ratio, weight) in zip(ratios, weights) where first + weight < best {
        let second = sensitivity.output * y.bestScale(base: Double(Float(own.scale * ratio))).cost
        best = min(best, first + weight + second)
      }
    }
    guard let maker else { return best }
    let before = maker.noise(nil, factors)
    let weight = remaining * maker.weight(sensitivity.input) / 4
    return best + [1, 1.19, 1.41, 1.68].reduce(0) { $0 + weight * before.noise($1) }
  }
}
