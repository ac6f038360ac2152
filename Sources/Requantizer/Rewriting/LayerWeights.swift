internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// The corrected weights of one layer and how the machine may store them.
///
/// With `x = S_k·q_k + O` the input and `y = S_o·q_o + O'` the output (``TensorMeaning``), and `s_x`, `s_y` the scales that
/// the file declares, the corrected weights `U_ok = W_ok · S_k/s_x · s_y/S_o` and the corrected bias
/// `(b_o + Σ_k W_ok·O − O') · s_y/S_o` compute in the declared scales what the source computes in the real ones: our
/// formulation of MRQ's "weight correction" (arXiv 2308.01867 names it; its definition is not public).
struct LayerWeights {
  let index: Int
  let node: Node
  /// Whoever runs the layer.
  let machine: HardwareProfile
  /// How a message names the layer.
  let place: String
  /// The layer's input as the target stores it.
  let input: Tensor
  let weights: Tensor
  let source: Quantization
  let inputScale: Double
  let outputScale: Double
  /// The type in which a file stores biases: int64 beside int16 activations.
  let biasType: ElementType
  /// How the machine and the file store the weights.
  let form: WeightForm
  /// The corrected weights of each output channel, taps in the file's order.
  let channels: [[Double]]
  /// The mean square of what each weight multiplies, by channel; ones without calibration.
  let importances: [[Double]]
  /// The mean of the stored input, less its zero point, that each weight multiplies; empty without calibration.
  let inputMeans: [[Double]]
  /// The corrected bias of each output channel.
  let bias: [Double]
  /// The source's step in the corrected weights' unit, for each channel; `nil` where channels or taps differ in it.
  let sourceSteps: [Double]?
  let channelAxis: Int

  /// Corrects the weights and the bias of a layer.
  ///
  /// - Parameters:
  ///   - facts: What is known of the source.
  ///   - planned: The network with the activations that were planned.
  ///   - index: The layer's operator.
  ///   - layer: How its weights are stored; `nil` chooses that.
  /// - Throws: ``RequantizationError`` where the layer lacks scales or constant weights, or the machine a format for them.
  init(
    _ facts: SourceFacts, _ planned: PlannedNetwork, _ index: Int, _ layer: PlannedLayer? = nil
  ) throws(RequantizationError) {
    self.index = index
    node = planned.network.nodes[index]
    machine = facts.machine(of: node)
    let place = facts.deployment.label(index)
    self.place = place
    func fail(_ text: String) -> RequantizationError { RequantizationError(["\(place): \(text)"]) }
    guard let input = node.input(0), let weightIndex = facts.source.nodes[index].input(1),
      let output = node.outputs.first,
      let inputScale = planned.network.tensors[input].quantization?.scale,
      let outputScale = planned.network.tensors[output].quantization?.scale
    else { throw fail("lacks scales") }
    self.input = planned.network.tensors[input]
    weights = facts.source.tensors[weightIndex]
    guard let source = weights.quantization, let stored = weights.integers() else {
      throw fail("has weights that are no quantized constant of 8 bits")
    }
    self.source = source
    self.inputScale = Double(inputScale)
    biasType = self.input.type == .int16 ? .int64 : .int32
    self.outputScale = Double(outputScale)
    var axis = 0
    if case .depthwiseConv2D = node.operation { axis = 3 }
    channelAxis = axis
    let count = weights.shape[axis]
    guard let x = planned.meaning(input), let y = planned.meaning(output) else { throw fail("lacks scales") }
    let real = LayerWeights.split(stored, count, isLast: axis == 3).enumerated().map { channel, values in
      values.map { Double(source.scale(at: channel)) * Double($0 - source.zeroPoint(at: channel)) }
    }
    let inputs = InputChannels(facts.source, node, depth: weights.shape.extents.last ?? 1, channels: count)
    let outputFactors = (0..<count).map { Double(outputScale) / y.scale($0) }
    channels = real.enumerated().map { channel, values in
      values.indices.map { tap in
        values[tap] * (x.scale(inputs.channel(tap, of: channel)) / Double(inputScale)) * outputFactors[channel]
      }
    }
    let uniform = x.scales.allSatisfy { $0 == x.scales[0] }
    sourceSteps =
      uniform
      ? (0..<count).map { Double(source.scale(at: $0)) * (x.scales[0] / Double(inputScale)) * outputFactors[$0] } : nil
    bias = LayerWeights.realBias(facts.source, node, facts.source.nodes[index].input(2), source, count).enumerated().map
    {
      channel, value in
      var folded = 0.0
      if x.isFolded {
        for (tap, weight) in real[channel].enumerated() {
          folded += x.offset(inputs.channel(tap, of: channel)) * weight
        }
      }
      return (value + folded - y.offset(channel)) * outputFactors[channel]
    }
    let moments = LayerWeights.moments(facts, input, x)
    importances = real.indices.map { channel in
      real[channel].indices.map { moments?.squares[inputs.channel($0, of: channel)] ?? 1 }
    }
    if let planned = layer.flatMap({ [machine, input = self.input] in WeightForm($0, machine, beside: input.type) }) {
      form = planned
    } else {
      form = try WeightForm(
        machine, node.operation.name, beside: self.input.type, source: weights, channels, importances, place: place)
    }
    inputMeans =
      moments.map { moments in
        real.indices.map { channel in real[channel].indices.map { moments.means[inputs.channel($0, of: channel)] } }
      } ?? []
  }

  private static func split(_ values: [Int64], _ count: Int, isLast: Bool) -> [[Int64]] {
    let taps = values.count / count
    return (0..<count).map { channel in
      (0..<taps).map { values[isLast ? $0 * count + channel : channel * taps + $0] }
    }
  }

  /// Means and mean squares of an input's channels in the target's integers, less the zero point.
  ///
  /// The mean square rather than the variance although a bias makes up for a mean: at an image's border, where part of a
  /// window lies in the padding, it does not.
  private static func moments(
    _ facts: SourceFacts, _ input: Int, _ meaning: TensorMeaning
  ) -> (means: [Double], squares: [Double])? {
    guard let quantization = facts.source.tensors[input].quantization,
      let means = facts.statistics?.means(input, quantization),
      let variances = facts.statistics?.variances(input, quantization), !means.isEmpty
    else { return nil }
    let squares = means.indices.map {
      (variances[$0] + means[$0] * means[$0]) / (meaning.scale($0) * meaning.scale($0))
    }
    let floor = max(squares.reduce(0, +) / Double(squares.count) / 1000, 1e-9)
    return (means.indices.map { (means[$0] - meaning.offset($0)) / meaning.scale($0) }, squares.map { $0 + floor })
  }

  /// A bias counts in steps of the accumulator, s_x·s_w, whatever scale its own tensor states: so the kernels take it.
  private static func realBias(
    _ source: Network, _ node: Node, _ index: Int?, _ weights: Quantization, _ count: Int
  ) -> [Double] {
    guard let index, let values = source.tensors[index].integers(),
      let input = node.input(0), let scale = source.tensors[input].quantization?.scale
    else { return [Double](repeating: 0, count: count) }
    return values.enumerated().map { Double(scale) * Double(weights.scale(at: $0)) * Double($1) }
  }

  /// The format of a bias, in a tensor of ``biasType``.
  var biasFormat: IntegerFormat { machine.bias.fileFormat(storedIn: biasType.bits ?? 32) }
}
