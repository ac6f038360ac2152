internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Brings the channels of depthwise layers' inputs to ranges that suit the weights, where the machine only shifts.
///
/// One step for all channels of a depthwise layer destroys those whose weights span a few steps. An input's channel may be
/// scaled by any factor if the layer that makes it divides its weights by it and the depthwise layer multiplies its own:
/// equalization as in arXiv 1906.04721, but only of channels that stay below the clamp of a ReLU6, whose bound cannot be
/// scaled: a channel whose largest value over the samples is `m` may use the whole format for `1.15·m`, and what lies beyond
/// is cut. The channels' weights are brought towards one largest value, which is searched for the least noise of both layers.
struct EqualizeDepthwise {
  /// For each input the factors that were found last, and for which smallest ones: plans mostly agree on those.
  private var known: [Int: (floors: [Double], factors: [Double]?)] = [:]
  /// How many layers are looked at at the same time.
  private let threads: Int

  init(threads: Int = 1) { self.threads = threads }

  /// A depthwise layer, the one that makes its input, and the tensors that share the input's factors.
  private struct Place {
    let layer: Int
    let maker: Int
    let input: Int
    let tensors: [Int]
    let floors: [Double]
  }

  /// For each tensor that is equalized the factors of its channels, at most 1.
  mutating func factors(
    _ facts: SourceFacts, _ models: LayerModels, _ grouping: ActivationGroups
  ) async throws -> [Int: [Double]] {
    let places = places(facts, grouping)
    let open = places.filter { known[$0.input]?.floors != $0.floors }
    let found = try await parallelMap(open.count, threads: threads) { index -> [Double]? in
      guard let layer = models[open[index].layer], let maker = models[open[index].maker] else { return nil }
      return EqualizeDepthwise.best(layer, maker, open[index].floors)
    }
    for (place, factors) in zip(open, found) { known[place.input] = (place.floors, factors) }
    var result: [Int: [Double]] = [:]
    for place in places {
      guard let factors = known[place.input]?.factors else { continue }
      for tensor in place.tensors { result[tensor] = factors }
    }
    return result
  }

  /// The layers whose input may be equalized, and the smallest factors of its channels.
  private func places(_ facts: SourceFacts, _ grouping: ActivationGroups) -> [Place] {
    var result: [Place] = []
    for (index, node) in facts.target.nodes.enumerated() {
      guard case .depthwiseConv2D = node.operation, facts.machine(of: node).onlyShifts(node.operation.name),
        facts.machine(of: node).weights.granularity.first != .channel,
        let input = node.input(0),
        let scaled = ScaledTensor(input, readBy: index, grouping, facts.target), let producer = scaled.maker,
        facts.target.nodes[producer].operation.rescaling == .weighted,
        facts.machine(of: facts.target.nodes[producer]).onlyShifts(facts.target.nodes[producer].operation.name),
        grouping.free.contains(grouping.root(input)), scaled.isFree, scaled.range.low >= 0,
        let quantization = facts.source.tensors[input].quantization,
        let largest = facts.statistics?.maxima(input, quantization)
      else { continue }
      let floors = largest.map { max(min(1.15 * $0 / scaled.range.high + 0.0033, 1), 1.0 / 64) }
      result.append(
        Place(layer: index, maker: producer, input: input, tensors: Array(scaled.tensors), floors: floors))
    }
    return result
  }

  /// The best factors, or `nil` when none are better than ones.
  private static func best(_ layer: LayerModel, _ maker: LayerModel, _ floors: [Double]) -> [Double]? {
    let reach = layer.reach(floors.count)
    let most = reach.max() ?? 0
    guard most > 0 else { return nil }
    func cost(_ factors: [Double]?) -> Double {
      let (own, others) = (layer.noise(factors, nil), maker.noise(nil, factors))
      // The scales are not chosen yet: four places in the octave stand for all.
      return [1, 1.19, 1.41, 1.68].reduce(0) { $0 + own.noise($1) + others.noise($1) }
    }
    var best: (cost: Double, factors: [Double]?) = (cost(nil), nil)
    var bound = most
    for _ in 0..<19 {
      bound /= 1.3
      let factors = zip(reach, floors).map { reach, floor in
        reach > 0 ? min(max(bound / reach, floor), 1) : 1
      }
      let found = cost(factors)
      if found < best.cost { best = (found, factors) }
    }
    return best.factors
  }
}
