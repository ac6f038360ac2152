internal import NetworkModel
internal import Simulation

/// What the planning needs to know of a layer: its real weights and what they multiply.
struct LayerModel {
  let isDepthwise: Bool
  /// The source's step, where there is one.
  let step: Double?
  /// The real weights, taps of each output channel.
  let weights: [[Double]]
  /// The mean squares of what they multiply.
  let importances: [[Double]]
  private let variances: [Double]?
  private let signal: Double
  /// The part of the output's variance that is within its channels.
  private let within: Double
  private let inputs: InputChannels

  init?(_ facts: SourceFacts, _ index: Int) {
    let node = facts.source.nodes[index]
    guard let input = node.input(0), let weight = node.input(1), let output = node.outputs.first,
      let quantization = facts.source.tensors[weight].quantization,
      let stored = facts.source.tensors[weight].integers(),
      let inputScale = facts.source.tensors[input].quantization,
      let outputScale = facts.source.tensors[output].quantization
    else { return nil }
    if case .depthwiseConv2D = node.operation { isDepthwise = true } else { isDepthwise = false }
    let shape = facts.source.tensors[weight].shape
    let count = shape[isDepthwise ? 3 : 0]
    let taps = stored.count / count
    let isLast = isDepthwise
    weights = (0..<count).map { channel in
      (0..<taps).map { tap in
        let value = stored[isLast ? tap * count + channel : channel * taps + tap]
        return Double(quantization.scale(at: channel)) * Double(value - quantization.zeroPoint(at: channel))
      }
    }
    step = quantization.isPerAxis ? nil : Double(quantization.scale)
    inputs = InputChannels(facts.source, node, depth: shape.extents.last ?? 1, channels: count)
    let statistics = facts.statistics
    let means = statistics?.means(input, inputScale)
    let variances = statistics?.variances(input, inputScale)
    self.variances = variances
    let channels = inputs
    importances = weights.indices.map { channel in
      (0..<taps).map { tap in
        guard let means, let variances else { return 1 }
        let k = channels.channel(tap, of: channel)
        return variances[k] + means[k] * means[k]
      }
    }
    if let spread = statistics?.variances(output, outputScale) {
      signal = spread.reduce(0, +)
      let means = statistics?.means(output, outputScale) ?? []
      let mean = means.reduce(0, +) / Double(max(means.count, 1))
      let between = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      within = signal + between > 0 ? signal / (signal + between) : 1
    } else {
      within = 1
      signal = weights.joined().reduce(0) { $0 + $1 * $1 }
    }
  }

  /// What ``LayerNoise`` counts, relative to the variance within channels, for a sensitivity relative to all variance.
  func weight(_ sensitivity: Double) -> Double { sensitivity * within }

  /// The noise with channels of the input and of the output scaled by factors.
  func noise(_ inputFactors: [Double]?, _ outputFactors: [Double]?) -> LayerNoise {
    var (scaled, counts) = (weights, importances)
    for channel in weights.indices {
      for tap in weights[channel].indices {
        let x = inputFactors?[inputs.channel(tap, of: channel)] ?? 1
        let y = outputFactors?[channel] ?? 1
        scaled[channel][tap] *= x / y
        counts[channel][tap] *= (y / x) * (y / x)
      }
    }
    return LayerNoise(scaled, counts, signal: signal)
  }

  /// The weights with channels of the input scaled by factors.
  func scaled(by factors: [Double]?) -> [[Double]] {
    guard let factors else { return weights }
    return weights.enumerated().map { channel, values in
      values.enumerated().map { $1 * factors[inputs.channel($0, of: channel)] }
    }
  }

  /// The variance of what each weight multiplies, with channels of the input scaled by factors.
  func variances(_ factors: [Double]?) -> [[Double]] {
    weights.enumerated().map { channel, values in
      values.indices.map { tap in
        let k = inputs.channel(tap, of: channel)
        let factor = factors?[k] ?? 1
        return (variances?[k] ?? 1) / (factor * factor)
      }
    }
  }

  /// The input's channel that a weight multiplies.
  func channel(_ tap: Int, of output: Int) -> Int { inputs.channel(tap, of: output) }

  /// For each channel of the input the largest weight that multiplies it.
  func reach(_ channels: Int) -> [Double] {
    var result = [Double](repeating: 0, count: channels)
    for channel in weights.indices {
      for (tap, value) in weights[channel].enumerated() {
        let k = inputs.channel(tap, of: channel)
        result[k] = max(result[k], abs(value))
      }
    }
    return result
  }
}

/// The models of layers that the planning asks for.
struct LayerModels: Sendable {
  private let facts: SourceFacts
  private var known: [Int: LayerModel] = [:]

  /// Makes each model when it is asked for.
  init(_ facts: SourceFacts) { self.facts = facts }

  /// The models of all layers with weights, made beforehand.
  static func all(_ facts: SourceFacts, threads: Int) async throws -> LayerModels {
    let layers = facts.target.nodes.indices.filter { facts.target.nodes[$0].operation.rescaling == .weighted }
    let models = try await parallelMap(layers.count, threads: threads) { LayerModel(facts, layers[$0]) }
    var result = LayerModels(facts)
    for (layer, model) in zip(layers, models) { result.known[layer] = model }
    return result
  }

  /// A layer's model; `nil` for an operator without weights or scales.
  subscript(_ index: Int) -> LayerModel? { known[index] ?? LayerModel(facts, index) }
}
