internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Brings the channels on both sides of depthwise layers to ranges that suit one weight step for a whole tensor, where the
/// machine multiplies by any number.
///
/// One step for all channels of a depthwise layer destroys those whose weights span a few steps. A channel of its input may
/// be scaled by `f_k` and one of its output by `g_k` if the layers around multiply and divide their weights by them:
/// equalization as in arXiv 1906.04721, but only by factors below 1 and of channels that stay below the clamp of a ReLU6,
/// whose bound cannot be scaled: a channel whose largest value over the samples is `m` may use the whole format for `1.15·m`,
/// and what lies beyond is cut. The factors are those of the least noise of the three layers' weights and the two
/// activations, all as they arrive at the output of the layer behind: for given steps each channel's are found by
/// themselves, and the steps are varied.
struct EqualizeBlocks {
  private let grouping: ActivationGroups

  init(_ grouping: ActivationGroups) { self.grouping = grouping }

  /// For each tensor that is equalized the factors of its channels, at most 1.
  func factors(_ facts: SourceFacts, _ models: LayerModels) -> [Int: [Double]] {
    let consumers = facts.target.consumers()
    var result: [Int: [Double]] = [:]
    for (index, node) in facts.target.nodes.enumerated() {
      guard case .depthwiseConv2D = node.operation, suits(node, facts), losesSteps(node, facts),
        let input = node.input(0),
        let output = node.outputs.first, let layer = models[index]
      else { continue }
      let before = ScaledTensor(input, readBy: index, grouping, facts.target)
      let reader = consumers[output].count == 1 ? consumers[output].first : nil
      var block = BlockNoise(layer)
      if let before, let maker = before.maker, suits(facts.target.nodes[maker], facts),
        let model = models[maker],
        let floors = floors(before, facts)
      {
        let factors = facts.target.nodes[maker].input(0).flatMap { result[$0] }
        block.addMaker(model, factors, scale: scale(input, facts), floors: floors)
      }
      if let reader, suits(facts.target.nodes[reader], facts), !isDepthwise(facts.target.nodes[reader]),
        facts.target.nodes[reader].input(0) == output, let model = models[reader],
        let after = ScaledTensor(output, readBy: reader, grouping, facts.target), let floors = floors(after, facts)
      {
        block.addReader(model, scale: scale(output, facts), floors: floors)
      }
      guard let found = block.best() else { continue }
      for tensor in before?.tensors ?? [] where found.input.contains(where: { $0 < 1 }) { result[tensor] = found.input }
      if found.output.contains(where: { $0 < 1 }) { result[output] = found.output }
    }
    return result
  }

  /// Whether the source has a step for each channel; else its own integers can be kept, which no factors equal.
  private func losesSteps(_ node: Node, _ facts: SourceFacts) -> Bool {
    node.input(1).flatMap { facts.source.tensors[$0].quantization?.isPerAxis } ?? false
  }

  private func isDepthwise(_ node: Node) -> Bool {
    if case .depthwiseConv2D = node.operation { true } else { false }
  }

  /// Whether a layer runs on a machine that rescales by any number, with one weight step for the tensor.
  private func suits(_ node: Node, _ facts: SourceFacts) -> Bool {
    guard node.operation.rescaling == .weighted, facts.isDeviceOperator(node), let input = node.input(0),
      let weights = node.input(1)
    else { return false }
    let machine = facts.machine(of: node)
    return !machine.onlyShifts(node.operation.name)
      && !WeightForm.isPerChannel(machine, beside: facts.target.tensors[input].type, facts.source.tensors[weights])
  }

  /// The smallest factors of a tensor's channels; `nil` where it may have none.
  private func floors(_ scaled: ScaledTensor, _ facts: SourceFacts) -> [Double]? {
    let tensor = scaled.tensor
    guard grouping.free.contains(grouping.root(tensor)), scaled.isFree, scaled.range.low >= 0, scaled.range.high > 0,
      let quantization = facts.source.tensors[tensor].quantization,
      let largest = facts.statistics?.maxima(tensor, quantization)
    else { return nil }
    // What a few samples do not show may yet come.
    let unseen = 0.0033 + 40 / Double(max(facts.statistics?.channels[tensor]?.count ?? 1, 1)).squareRoot()
    return largest.map { max(min(1.15 * $0 / scaled.range.high + unseen, 1), 1.0 / 64) }
  }

  /// About what a step of a tensor will be.
  private func scale(_ tensor: Int, _ facts: SourceFacts) -> Double {
    if facts.profile.activations.zeroPoint == .any {
      return facts.source.tensors[tensor].quantization.map { Double($0.scale) } ?? 1
    }
    return grouping.groups[grouping.root(tensor)]?.smallestFullScale ?? 1
  }
}

/// The noise of a depthwise layer and of those on both sides at the output of the latter, for given factors of channels.
private struct BlockNoise {
  /// A layer's weights by the channel that is scaled: the largest, and the power that an error of 1 in each brings about.
  private struct Side {
    var reach: [Double]
    var power: [Double]
    var floors: [Double]
    /// The power of rounding the activation.
    var rounding: Double
    var most: Double { max(reach.max() ?? 0, 1e-30) }
  }

  private let count: Int
  private let layer: Side
  /// How much an error of the depthwise layer's input matters at its output, by channel.
  private let passed: [Double]
  /// The mean square of the depthwise layer's input, by channel.
  private let squares: [Double]
  private var maker: Side?
  private var reader: Side?
  /// How much an error of the depthwise layer's output matters behind, by channel.
  private var counted: [Double]

  /// Half the range of an 8-bit weight.
  private static let half = 127.0

  init(_ model: LayerModel) {
    count = model.weights.count
    let reach = model.weights.map { $0.reduce(0) { max($0, abs($1)) } }
    let squares = model.importances.map { $0.reduce(0, +) / Double(max($0.count, 1)) }
    // A channel that the samples leave at zero may yet come to life.
    let floor = max(squares.reduce(0, +) / Double(max(count, 1)) / 1000, 1e-9)
    self.squares = squares.map { $0 + floor }
    layer = Side(
      reach: reach, power: zip(model.weights, squares).map { Double($0.count) * ($1 + floor) }, floors: [], rounding: 0)
    passed = model.weights.map { $0.reduce(0) { $0 + $1 * $1 } }
    counted = [Double](repeating: 1, count: count)
  }

  mutating func addMaker(_ model: LayerModel, _ factors: [Double]?, scale: Double, floors: [Double]) {
    guard model.weights.count == count, floors.count == count else { return }
    let weights = model.scaled(by: factors)
    maker = Side(
      reach: weights.map { $0.reduce(0) { max($0, abs($1)) } }, power: model.variances(factors).map { $0.reduce(0, +) },
      floors: floors, rounding: scale * scale / 12)
  }

  mutating func addReader(_ model: LayerModel, scale: Double, floors: [Double]) {
    guard floors.count == count else { return }
    var (power, counted) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    let variances = model.variances(nil)
    for (channel, values) in model.weights.enumerated() {
      for (tap, value) in values.enumerated() {
        let k = model.channel(tap, of: channel)
        if k >= count { return }
        counted[k] += value * value
        power[k] += variances[channel][tap]
      }
    }
    let least = counted.reduce(0, +) / Double(count) / 1000
    self.counted = counted.map { $0 + least }
    reader = Side(reach: model.reach(count), power: power, floors: floors, rounding: scale * scale / 12)
  }

  /// The factors of the least noise; `nil` when there are none to choose or none are better than ones.
  func best() -> (input: [Double], output: [Double])? {
    if maker == nil && reader == nil { return nil }
    // Steps as multiples of those that just hold the weights.
    var steps = [1.0, 1.0, 1.0]
    let ones = [Double](repeating: 1, count: count)
    var plain = Double.infinity
    for ratio in [1, 0.77, 0.59, 0.45, 0.35, 0.27] {
      plain = min(plain, (0..<count).reduce(0) { $0 + noise($1, 1, 1, [1, ratio, 1]) })
    }
    var best = (cost: plain, input: ones, output: ones)
    for _ in 0..<3 {
      var moved = false
      for side in [1, 0, 2] {
        for ratio in [0.25, 0.35, 0.5, 0.7, 0.84, 1.19, 1.41, 2] {
          var tried = steps
          tried[side] *= ratio
          let found = solved(tried)
          if found.cost < best.cost * 0.999 { (best, steps, moved) = (found, tried, true) }
        }
      }
      if !moved { break }
    }
    return best.cost < plain * 0.95 ? (best.input, best.output) : nil
  }

  /// Each channel's best factors for given steps.
  private func solved(_ steps: [Double]) -> (cost: Double, input: [Double], output: [Double]) {
    var result = (
      cost: 0.0, input: [Double](repeating: 1, count: count), output: [Double](repeating: 1, count: count)
    )
    for channel in 0..<count {
      var (f, g) = (1.0, 1.0)
      var cost = noise(channel, f, g, steps)
      for _ in 0..<2 {
        for isInput in [true, false] {
          guard let floor = (isInput ? maker : reader)?.floors[channel] else { continue }
          var factor = 1.0
          while true {
            let tried = max(factor, floor)
            let found = isInput ? noise(channel, tried, g, steps) : noise(channel, f, tried, steps)
            if found < cost {
              cost = found
              if isInput { f = tried } else { g = tried }
            }
            if factor <= floor { break }
            factor /= 1.2
          }
        }
      }
      result.cost += cost
      (result.input[channel], result.output[channel]) = (f, g)
    }
    return result
  }

  /// The noise that a channel brings about.
  private func noise(_ k: Int, _ f: Double, _ g: Double, _ steps: [Double]) -> Double {
    func error(_ side: Side, _ factor: Double, _ step: Double) -> Double {
      let step = side.most / Self.half * step * factor
      let cut = max(side.reach[k] - Self.half * step, 0)
      return side.power[k] * (step * step / 12 + cut * cut)
    }
    var sum = counted[k] * error(layer, g / f, steps[1])
    if let maker {
      // Where a clamp at zero lets little through it lets little of the noise through.
      sum += counted[k] * passed[k] * min(0.5 * error(maker, f, steps[0]) + maker.rounding * f * f, squares[k])
    }
    if let reader { sum += 0.5 * error(reader, 1 / g, steps[2]) + counted[k] * reader.rounding * g * g }
    return sum
  }
}
