internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// The real weights of one layer and how the machine may store them.
struct LayerWeights {
  private let index: Int
  private let node: Node
  /// Whoever runs the layer.
  private let machine: HardwareProfile
  private let weights: Tensor
  private let source: Quantization
  private let inputScale: Double
  private let outputScale: Double
  private let form: WeightForm
  /// The real weights of each output channel.
  private let channels: [[Double]]
  /// The mean square of the input that each weight multiplies, by channel; ones without calibration.
  private let importances: [[Double]]
  /// The real bias of each output channel.
  private let bias: [Double]
  private let channelAxis: Int

  init(_ state: RequantizationState, _ index: Int) throws(RequantizationError) {
    self.index = index
    node = state.target.nodes[index]
    machine = state.machine(of: node)
    let place = state.label(index)
    func fail(_ text: String) -> RequantizationError { RequantizationError(["\(place): \(text)"]) }
    guard let input = node.input(0), let weightIndex = node.input(1), let output = node.outputs.first,
      let inputScale = state.target.tensors[input].quantization?.scale,
      let outputScale = state.target.tensors[output].quantization?.scale
    else { throw fail("lacks scales") }
    weights = state.target.tensors[weightIndex]
    guard let source = weights.quantization, let stored = weights.integers() else {
      throw fail("has weights that are no quantized constant of 8 bits")
    }
    self.source = source
    self.inputScale = Double(inputScale)
    self.outputScale = Double(outputScale)
    var axis = 0
    if case .depthwiseConv2D = node.operation { axis = 3 }
    channelAxis = axis
    let count = weights.shape[axis]
    channels = LayerWeights.split(stored, count, isLast: axis == 3).enumerated().map { channel, values in
      values.map { Double(source.scale(at: channel)) * Double($0 - source.zeroPoint(at: channel)) }
    }
    let depth = weights.shape.extents.last ?? 1
    importances = LayerWeights.importances(state, node, channels, depth: axis == 3 ? nil : depth)
    bias = LayerWeights.realBias(state, node, source, count)
    form = try WeightForm(
      machine, node.operation.name, beside: state.target.tensors[input].type, source: weights, channels, place: place)
  }

  private static func split(_ values: [Int64], _ count: Int, isLast: Bool) -> [[Int64]] {
    let taps = values.count / count
    return (0..<count).map { channel in
      (0..<taps).map { values[isLast ? $0 * count + channel : channel * taps + $0] }
    }
  }

  private static func importances(
    _ state: RequantizationState, _ node: Node, _ channels: [[Double]], depth: Int?
  ) -> [[Double]] {
    guard let input = node.input(0), let quantization = state.source.tensors[input].quantization,
      let moments = state.statistics?.secondMoments(input, quantization), !moments.isEmpty
    else { return channels.map { $0.map { _ in 1 } } }
    return channels.enumerated().map { channel, taps in
      guard let depth else {
        let moment = moments[channel / (channels.count / moments.count)]
        return taps.map { _ in moment }
      }
      // The input channel is a tap's last index; groups read different channels, of which the mean is taken.
      let mean = moments.reduce(0, +) / Double(moments.count)
      return taps.indices.map { depth % moments.count == 0 ? moments[$0 % moments.count] : mean }
    }
  }

  /// A bias counts in steps of the accumulator, s_x·s_w, whatever scale its own tensor states: so the kernels take it.
  private static func realBias(
    _ state: RequantizationState, _ node: Node, _ weights: Quantization, _ count: Int
  ) -> [Double] {
    guard let index = node.input(2), let values = state.target.tensors[index].integers(),
      let input = node.input(0), let scale = state.source.tensors[input].quantization?.scale
    else { return [Double](repeating: 0, count: count) }
    return values.enumerated().map { Double(scale) * Double(weights.scale(at: $0)) * Double($1) }
  }

  /// The format of a bias, in a tensor of 32 bits.
  private var biasFormat: IntegerFormat { .int(min(machine.bias.bits, 32)) }

  /// Chooses the steps and writes weights and bias into the target.
  func write(to state: inout RequantizationState) throws(RequantizationError) -> LayerDecision {
    let perChannel = form.isPerChannel
    let search = try steps(state)
    let limit = Double(sign: .plus, exponent: biasFormat.bits - 2, significand: 1)
    // A bias must fit its format: |b| / (s_x·s_w) below half of the format's range.
    let smallest = bias.map { abs($0) / (inputScale * limit) }
    var choices: [WeightSteps.Choice] = []
    if perChannel {
      for channel in channels.indices {
        let finder = search.withSourceStep(Double(source.scale(at: channel)))
        let found = finder.best(channels[channel], importances[channel], smallest: smallest[channel])
        choices.append(try require(found, state))
      }
    } else {
      let finder = search.withSourceStep(source.isPerAxis ? nil : Double(source.scale))
      let found = finder.best(
        channels.flatMap(\.self), importances.flatMap(\.self), smallest: smallest.reduce(0, max))
      choices = [try require(found, state)]
    }
    try requireMeaning(choices, search, state)
    store(choices, search, &state)
    return decision(choices, search, state)
  }

  private func require(
    _ choice: WeightSteps.Choice?, _ state: RequantizationState
  ) throws(RequantizationError) -> WeightSteps.Choice {
    if let choice { return choice }
    throw refusal(state)
  }

  private func refusal(_ state: RequantizationState) -> RequantizationError {
    let range = machine.shiftRange(node.operation.name)
    let shifts = "its right shifts by \(range.lowerBound) to \(range.upperBound)"
    return RequantizationError([
      "\(state.label(index)): no weight scale that profile \(machine.name) allows serves it; "
        + (machine.onlyShifts(node.operation.name) ? "\(shifts) or " : "")
        + "its bias of \(machine.bias.bits) bits are too narrow for the input scale \(Float(inputScale)) and the output "
        + "scale \(Float(outputScale)); widen requantize or bias.bits in the profile"
    ])
  }

  /// Refuses weights of which nothing is left although the output would show it.
  private func requireMeaning(
    _ choices: [WeightSteps.Choice], _ search: WeightSteps, _ state: RequantizationState
  ) throws(RequantizationError) {
    let (signal, noise, largest) = losses(choices, search)
    if noise >= signal && 128 * inputScale * largest > outputScale / 2 { throw refusal(state) }
  }

  /// The energy of the weights and of their errors, and the largest sum of absolute errors of a channel.
  private func losses(
    _ choices: [WeightSteps.Choice], _ search: WeightSteps
  ) -> (signal: Double, noise: Double, largest: Double) {
    var (signal, noise, largest) = (0.0, 0.0, 0.0)
    for (channel, values) in channels.enumerated() {
      let step = choices[choices.count == 1 ? 0 : channel].step
      var sum = 0.0
      for value in values {
        let error = value - step * search.stored(value, step)
        signal += value * value
        noise += error * error
        sum += abs(error)
      }
      largest = max(largest, sum)
    }
    return (signal, noise, largest)
  }

  /// The steps that the machine allows for this layer.
  private func steps(_ state: RequantizationState) throws(RequantizationError) -> WeightSteps {
    let onlyShifts = machine.onlyShifts(node.operation.name)
    let powerOfTwo = machine.weights.scale == .powerOfTwo
    guard onlyShifts || powerOfTwo else {
      return WeightSteps(low: form.low, high: form.high, grid: .any, sourceStep: nil)
    }
    let unit = onlyShifts ? outputScale / inputScale : 1
    if powerOfTwo && unit.significand != 1 {
      throw RequantizationError([
        "\(state.label(index)): profile \(machine.name) wants power-of-two weights and shifts only, yet real "
          + "activation scales; set activations.scale to powerOfTwo"
      ])
    }
    // Right shift n ⇔ s_w = 2^−n · s_y / s_x.
    let shifts = machine.shiftRange(node.operation.name)
    let exponents = onlyShifts ? -shifts.upperBound...(-shifts.lowerBound) : -126...126
    return WeightSteps(
      low: form.low, high: form.high, grid: .powersOfTwo(unit: unit, exponents: exponents), sourceStep: nil)
  }

  private func store(_ choices: [WeightSteps.Choice], _ search: WeightSteps, _ state: inout RequantizationState) {
    guard let weightIndex = node.input(1) else { return }
    let taps = weights.shape.count / channels.count
    var stored = [Int64](repeating: 0, count: weights.shape.count)
    for (channel, values) in channels.enumerated() {
      let step = choices[choices.count == 1 ? 0 : channel].step
      for (tap, value) in values.enumerated() {
        let place = channelAxis == 3 ? tap * channels.count + channel : channel * taps + tap
        stored[place] = Int64(search.stored(value, step)) + form.zeroPoint
      }
    }
    let scales = choices.map { Float($0.step) }
    let zeroPoints = [Int64](repeating: form.zeroPoint, count: scales.count)
    state.target.tensors[weightIndex].type = form.type
    state.target.tensors[weightIndex].data = Tensor.bytes(stored, as: form.type).map { $0[...] }
    state.target.tensors[weightIndex].quantization = Quantization(
      scales: scales, zeroPoints: zeroPoints, axis: channelAxis)
    storeBias(scales, &state)
  }

  private func storeBias(_ scales: [Float], _ state: inout RequantizationState) {
    let stored = bias.enumerated().map { channel, value in
      let unit = inputScale * Double(scales[scales.count == 1 ? 0 : channel])
      return Int64(biasFormat.saturate(Int128((value / unit).rounded(.toNearestOrAwayFromZero))))
    }
    let quantization = Quantization(
      scales: scales.map { Float(inputScale * Double($0)) }, zeroPoints: [Int64](repeating: 0, count: scales.count),
      axis: 0)
    let data = Tensor.bytes(stored, as: .int32).map { $0[...] }
    if let biasIndex = node.input(2) {
      state.target.tensors[biasIndex].data = data
      state.target.tensors[biasIndex].quantization = quantization
      return
    }
    let tensor = Tensor(
      name: weights.name + "/bias", type: .int32, shape: Shape([bias.count]), quantization: quantization, data: data)
    state.target.tensors.append(tensor)
    let inputs = Array(node.inputs.prefix(2)) + [state.target.tensors.count - 1]
    state.target.nodes[index].inputs = inputs
  }

  private func decision(
    _ choices: [WeightSteps.Choice], _ search: WeightSteps, _ state: RequantizationState
  ) -> LayerDecision {
    let (signal, noise, _) = losses(choices, search)
    func words(_ type: String, _ count: Int, _ zeroPoint: Int64) -> String {
      "\(type)\(zeroPoint == 0 ? "" : " zp \(zeroPoint)") \(count > 1 ? "per channel" : "per tensor")"
    }
    let factor = inputScale * choices[0].step / outputScale
    return LayerDecision(
      node: index, name: node.operation.name,
      before: words(weights.type.rawValue, source.scales.count, source.zeroPoint),
      after: words(form.format.name, choices.count, form.zeroPoint),
      weightScale: Float(choices[0].step),
      keepsSourceStep: choices.count == 1 && !source.isPerAxis && Float(choices[0].step) == source.scale,
      clippedWeights: choices.reduce(0) { $0 + $1.clipped },
      weightSQNR: noise > 0 ? decibels(signal / noise) : .infinity,
      shift: machine.onlyShifts(node.operation.name) ? -exponent(of: factor) : nil, largestBiasCorrection: 0)
  }

  /// The exponent of a number that is a power of two but for float32 rounding.
  private func exponent(of factor: Double) -> Int { Int(factor.exponent) + (factor.significand > 1.5 ? 1 : 0) }
}

extension WeightSteps {
  fileprivate func withSourceStep(_ step: Double?) -> WeightSteps {
    WeightSteps(low: low, high: high, grid: grid, sourceStep: step)
  }
}
