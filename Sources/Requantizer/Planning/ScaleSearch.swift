internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// The search for scales of which each is good for its own tensors and for the weights around them.
///
/// The cost is the sum of relative noises: what rounding adds to the activations, and what rounding the weights adds to
/// each layer's output (``LayerNoise``). A base at a time is varied over one octave, the others stay; before that, input and
/// output of each depthwise layer are varied together, so that the output can take the step of the layer's own integers.
struct ScaleSearch {
  /// A layer, its noise and the groups on both sides.
  private struct Layer {
    let noise: LayerNoise
    let input: Int
    let output: Int
    /// The source's step of a depthwise layer that has one.
    let depthwiseStep: Double?
    /// How much its noise matters.
    let weight: Double
  }

  private let groups: [[ScaleGroup]]
  /// How much the noise of each group matters.
  private let sensitivities: [[Double]]
  private let candidates: [[Double]]
  private var layers: [Layer] = []
  /// For each layer the place of its input's and output's group within their clusters.
  private var places: [(input: Int, output: Int)] = []
  private var touching: [[Int]]
  /// How much of the noise of plain rounding is left when errors are fed back or channels have steps of their own.
  private let remaining: Double

  init(
    _ facts: SourceFacts, _ models: LayerModels, _ grouping: ActivationGroups, _ equalization: [Int: [Double]]
  ) {
    groups = grouping.clusters.map { $0.compactMap { grouping.groups[$0] } }
    sensitivities = groups.map { $0.map { facts.sensitivities.sum($0.tensors) } }
    let powers = facts.profile.activations.scale == .powerOfTwo
    candidates = zip(grouping.clusters, groups).map { roots, groups in
      if powers && !roots.allSatisfy(grouping.free.contains) { return [1] }
      let bases = ScaleGroup.bases(of: groups)
      // A coarser step makes more of a classifier's largest outputs equal, which no noise shows: a quarter of an octave.
      return roots.allSatisfy(grouping.logits.contains) ? [bases[0]] + bases.suffix(4) : bases
    }
    touching = grouping.clusters.map { _ in [] }
    remaining = facts.remainingNoise
    var cluster: [Int: (cluster: Int, place: Int)] = [:]
    for (index, roots) in grouping.clusters.enumerated() {
      for (place, root) in roots.enumerated() { cluster[root] = (index, place) }
    }
    for (index, node) in facts.target.nodes.enumerated() where node.operation.rescaling == .weighted {
      guard facts.isDeviceOperator(node), let input = node.input(0), let output = node.outputs.first,
        let x = cluster[grouping.root(input)], let y = cluster[grouping.root(output)],
        let layer = models[index]
      else { continue }
      let step = layer.isDepthwise && equalization[input] == nil ? layer.step : nil
      let noise = layer.noise(equalization[input], equalization[output])
      layers.append(
        Layer(
          noise: noise, input: x.cluster, output: y.cluster, depthwiseStep: step,
          weight: remaining * layer.weight(facts.sensitivities.sum([output]))))
      places.append((x.place, y.place))
      touching[x.cluster].append(layers.count - 1)
      if y.cluster != x.cluster { touching[y.cluster].append(layers.count - 1) }
    }
  }

  /// The noise that bases bring about in all.
  func cost(_ bases: [Double]) -> Double {
    let scales = zip(groups, bases).map { groups, base in groups.map { $0.bestScale(base: base) } }
    return zip(scales.joined(), sensitivities.joined()).reduce(0) { $0 + $1.0.cost * $1.1 }
      + layers.indices.reduce(0) {
        $0 + layers[$1].weight * layers[$1].noise.noise(ratio($1, scales.map { $0.map(\.scale) }))
      }
  }

  private func ratio(_ layer: Int, _ scales: [[Double]]) -> Double {
    scales[layers[layer].output][places[layer].output] / scales[layers[layer].input][places[layer].input]
  }

  /// Varies bases as long as that lowers the cost.
  func improve(_ bases: inout [Double]) {
    var scales = zip(groups, bases).map { groups, base in groups.map { $0.bestScale(base: base).scale } }
    for index in layers.indices where layers[index].depthwiseStep != nil { pair(index, &bases, &scales) }
    for _ in 0..<3 {
      var moved = false
      for cluster in bases.indices where candidates[cluster].count > 1 {
        var choices = candidates[cluster]
        for layer in touching[cluster] { choices += exact(layer, cluster, scales) }
        let found = best([(cluster, choices)], bases, &scales)
        if let base = found.first, base != bases[cluster] {
          bases[cluster] = base
          moved = true
        }
      }
      if !moved { break }
    }
  }

  /// Bases with which a depthwise layer keeps its own integers.
  private func exact(_ layer: Int, _ cluster: Int, _ scales: [[Double]]) -> [Double] {
    guard let step = layers[layer].depthwiseStep else { return [] }
    let (input, output) = (layers[layer].input, layers[layer].output)
    if input == output { return [] }
    let base =
      cluster == output ? scales[input][places[layer].input] * step : scales[output][places[layer].output] / step
    return [Double(Float(base.significand))]
  }

  /// Varies input and output of a depthwise layer together.
  private func pair(_ layer: Int, _ bases: inout [Double], _ scales: inout [[Double]]) {
    let (input, output) = (layers[layer].input, layers[layer].output)
    guard input != output, candidates[input].count > 1, candidates[output].count > 1, groups[input].count == 1,
      groups[output].count == 1
    else { return }
    var best: (cost: Double, input: Double, output: Double) = (
      local([input, output], scales), bases[input], bases[output]
    )
    for first in candidates[input] {
      scales[input] = groups[input].map { $0.bestScale(base: first).scale }
      for second in exact(layer, output, scales) {
        scales[output] = groups[output].map { $0.bestScale(base: second).scale }
        let cost = local([input, output], scales)
        if cost < best.cost { best = (cost, first, second) }
      }
    }
    (bases[input], bases[output]) = (best.input, best.output)
    for cluster in [input, output] {
      scales[cluster] = groups[cluster].map { $0.bestScale(base: bases[cluster]).scale }
    }
  }

  /// The best base of one cluster.
  private func best(
    _ choices: [(cluster: Int, bases: [Double])], _ bases: [Double], _ scales: inout [[Double]]
  ) -> [Double] {
    choices.map { cluster, candidates in
      var best = (cost: local([cluster], scales), base: bases[cluster], scales: scales[cluster])
      for base in candidates {
        scales[cluster] = groups[cluster].map { $0.bestScale(base: base).scale }
        let cost = local([cluster], scales)
        if cost < best.cost * (1 - 1e-9) { best = (cost, base, scales[cluster]) }
      }
      scales[cluster] = best.scales
      return best.base
    }
  }

  /// The part of the cost that depends on some clusters.
  private func local(_ clusters: [Int], _ scales: [[Double]]) -> Double {
    var sum = 0.0
    for cluster in clusters {
      for (place, group) in groups[cluster].enumerated() {
        sum += sensitivities[cluster][place] * group.cost(scales[cluster][place])
      }
    }
    for layer in Set(clusters.flatMap { touching[$0] }).sorted() {
      sum += layers[layer].weight * layers[layer].noise.noise(ratio(layer, scales))
    }
    return sum
  }
}
