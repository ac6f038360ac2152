internal import FixedPoint
internal import HardwareProfile
internal import Network
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

  init(_ state: RequantizationState, _ index: Int) throws(RequantizationError) {
    self.index = index
    node = state.target.nodes[index]
    machine = state.machine(of: node)
    let place = state.label(index)
    func fail(_ text: String) -> RequantizationError { RequantizationError(["\(place): \(text)"]) }
    guard let input = node.input(0), let weightIndex = state.source.nodes[index].input(1),
      let output = node.outputs.first,
      let inputScale = state.target.tensors[input].quantization?.scale,
      let outputScale = state.target.tensors[output].quantization?.scale
    else { throw fail("lacks scales") }
    weights = state.source.tensors[weightIndex]
    guard let source = weights.quantization, let stored = weights.integers() else {
      throw fail("has weights that are no quantized constant of 8 bits")
    }
    self.source = source
    self.inputScale = Double(inputScale)
    biasType = state.target.tensors[input].type == .int16 ? .int64 : .int32
    self.outputScale = Double(outputScale)
    var axis = 0
    if case .depthwiseConv2D = node.operation { axis = 3 }
    channelAxis = axis
    let count = weights.shape[axis]
    guard let x = state.meaning(input), let y = state.meaning(output) else { throw fail("lacks scales") }
    let real = LayerWeights.split(stored, count, isLast: axis == 3).enumerated().map { channel, values in
      values.map { Double(source.scale(at: channel)) * Double($0 - source.zeroPoint(at: channel)) }
    }
    let inputs = InputChannels(state.source, node, depth: weights.shape.extents.last ?? 1, channels: count)
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
    bias = LayerWeights.realBias(state, node, state.source.nodes[index].input(2), source, count).enumerated().map {
      channel, value in
      var folded = 0.0
      if x.isFolded {
        for (tap, weight) in real[channel].enumerated() {
          folded += x.offset(inputs.channel(tap, of: channel)) * weight
        }
      }
      return (value + folded - y.offset(channel)) * outputFactors[channel]
    }
    let moments = LayerWeights.moments(state, input, x)
    importances = real.indices.map { channel in
      real[channel].indices.map { moments?.squares[inputs.channel($0, of: channel)] ?? 1 }
    }
    form = try WeightForm(
      machine, node.operation.name, beside: state.target.tensors[input].type, source: weights, channels, importances,
      place: place)
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
    _ state: RequantizationState, _ input: Int, _ meaning: TensorMeaning
  ) -> (means: [Double], squares: [Double])? {
    guard let quantization = state.source.tensors[input].quantization,
      let means = state.statistics?.means(input, quantization),
      let variances = state.statistics?.variances(input, quantization), !means.isEmpty
    else { return nil }
    let squares = means.indices.map {
      (variances[$0] + means[$0] * means[$0]) / (meaning.scale($0) * meaning.scale($0))
    }
    let floor = max(squares.reduce(0, +) / Double(squares.count) / 1000, 1e-9)
    return (means.indices.map { (means[$0] - meaning.offset($0)) / meaning.scale($0) }, squares.map { $0 + floor })
  }

  /// A bias counts in steps of the accumulator, s_x·s_w, whatever scale its own tensor states: so the kernels take it.
  private static func realBias(
    _ state: RequantizationState, _ node: Node, _ index: Int?, _ weights: Quantization, _ count: Int
  ) -> [Double] {
    guard let index, let values = state.source.tensors[index].integers(),
      let input = node.input(0), let scale = state.source.tensors[input].quantization?.scale
    else { return [Double](repeating: 0, count: count) }
    return values.enumerated().map { Double(scale) * Double(weights.scale(at: $0)) * Double($1) }
  }

  /// The format of a bias, in a tensor of ``biasType``.
  var biasFormat: IntegerFormat { machine.bias.fileFormat(storedIn: biasType.bits ?? 32) }
}

/// Which channel of a layer's input each weight multiplies.
struct InputChannels {
  /// The channels that one group of output channels reads, and the output channels of a group.
  private let depth: Int
  private let groupSize: Int
  private let isDepthwise: Bool
  /// A flattened input, as FULLY_CONNECTED reads it, has its last axis as channels.
  private let extent: Int

  init(_ network: Network, _ node: Node, depth: Int, channels: Int) {
    let shape = node.input(0).map { network.tensors[$0].shape.extents } ?? []
    extent = max(shape.last ?? 1, 1)
    if case .depthwiseConv2D = node.operation {
      (isDepthwise, self.depth, groupSize) = (true, 1, max(channels / extent, 1))
    } else if case .conv2D = node.operation {
      (isDepthwise, self.depth, groupSize) = (false, depth, max(channels / max(extent / depth, 1), 1))
    } else {
      (isDepthwise, self.depth, groupSize) = (false, extent, channels)
    }
  }

  /// The input channel of a tap of an output channel.
  func channel(_ tap: Int, of output: Int) -> Int {
    isDepthwise ? output / groupSize : (output / groupSize * depth + tap % depth) % extent
  }
}
