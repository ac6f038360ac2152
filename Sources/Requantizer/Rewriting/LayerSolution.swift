internal import FixedPoint
internal import NetworkModel
internal import Simulation

/// The integers that stand for one layer's weights and bias.
struct LayerSolution {
  /// One step, or one for each channel, as float32 holds it.
  var steps: [Double]
  /// The stored weights of each channel, less the zero point.
  var integers: [[Int64]]
  /// The real bias of each channel, in the corrected weights' unit.
  var bias: [Double]

  /// The step of a channel.
  func step(_ channel: Int) -> Double { steps[steps.count == 1 ? 0 : channel] }
}

extension LayerWeights {
  /// Each weight at the nearest integer of the best step.
  func nearest(_ candidates: Candidates) -> LayerSolution {
    let steps = candidates.choices.map { $0[0].step }
    let integers = channels.enumerated().map { channel, values in
      let step = steps[candidates.isPerChannel ? channel : 0]
      return values.map {
        Int64(min(max(($0 / step).rounded(.toNearestOrAwayFromZero), candidates.low), candidates.high))
      }
    }
    return LayerSolution(steps: steps, integers: integers, bias: bias)
  }

  /// A bias that also carries what rounding the weights takes from the mean output, `Σ_k (U − s·Q)_ok · E[q_k] · s_x`: the
  /// analytic form of our formulation of MRQ's "rounding error folding" (arXiv 2308.01867).
  ///
  /// - Parameters:
  ///   - solution: The rounded weights.
  ///   - means: For each channel the mean of what each weight multiplies.
  /// - Returns: The real bias of each channel, in the corrected weights' unit.
  func foldedBias(_ solution: LayerSolution, _ means: [[Double]]) -> [Double] {
    if means.isEmpty { return bias }
    return channels.indices.map { channel in
      let step = solution.step(channel)
      var sum = 0.0
      for (tap, value) in channels[channel].enumerated() {
        sum += (value - step * Double(solution.integers[channel][tap])) * means[channel][tap]
      }
      return bias[channel] + sum * inputScale
    }
  }

  /// Writes weights and bias into a network.
  func store(_ solution: LayerSolution, in network: inout Network) {
    guard let weightIndex = node.input(1) else { return }
    let taps = weights.shape.count / channels.count
    var stored = [Int64](repeating: 0, count: weights.shape.count)
    for (channel, values) in solution.integers.enumerated() {
      for (tap, value) in values.enumerated() {
        let place = channelAxis == 3 ? tap * channels.count + channel : channel * taps + tap
        stored[place] = value + form.zeroPoint
      }
    }
    let scales = solution.steps.map { Float($0) }
    let zeroPoints = [Int64](repeating: form.zeroPoint, count: scales.count)
    network.tensors[weightIndex].type = form.type
    network.tensors[weightIndex].data = Tensor.bytes(stored, as: form.type).map { $0[...] }
    network.tensors[weightIndex].quantization = Quantization(
      scales: scales, zeroPoints: zeroPoints, axis: channelAxis)
    storeBias(solution.bias, scales, &network)
  }

  private func storeBias(_ bias: [Double], _ scales: [Float], _ network: inout Network) {
    let stored = bias.enumerated().map { channel, value in
      let unit = inputScale * Double(scales[scales.count == 1 ? 0 : channel])
      let steps = (value / unit).rounded(.toNearestOrAwayFromZero)
      return Int64(biasFormat.saturate(Int128(max(min(steps, 0x1p62), -0x1p62))))
    }
    let quantization = Quantization(
      scales: scales.map { Float(inputScale * Double($0)) }, zeroPoints: [Int64](repeating: 0, count: scales.count),
      axis: 0)
    let data = Tensor.bytes(stored, as: biasType).map { $0[...] }
    if let biasIndex = network.nodes[index].input(2) {
      network.tensors[biasIndex].type = biasType
      network.tensors[biasIndex].data = data
      network.tensors[biasIndex].quantization = quantization
      return
    }
    let tensor = Tensor(
      name: weights.name + "/bias", type: biasType, shape: Shape([bias.count]), quantization: quantization, data: data)
    network.tensors.append(tensor)
    network.nodes[index].inputs = Array(node.inputs.prefix(2)) + [network.tensors.count - 1]
  }

  /// What was decided, for the report.
  func decision(_ solution: LayerSolution) -> LayerDecision {
    var (signal, noise, clipped) = (0.0, 0.0, 0)
    for (channel, values) in channels.enumerated() {
      let step = solution.step(channel)
      for (value, integer) in zip(values, solution.integers[channel]) {
        let error = value - step * Double(integer)
        signal += value * value
        noise += error * error
        if value / step > form.high + 0.5 + 1e-6 || value / step < form.low - 0.5 - 1e-6 { clipped += 1 }
      }
    }
    func words(_ type: String, _ count: Int, _ zeroPoint: Int64) -> String {
      "\(type)\(zeroPoint == 0 ? "" : " zp \(zeroPoint)") \(count > 1 ? "per channel" : "per tensor")"
    }
    let factor = inputScale * solution.steps[0] / outputScale
    return LayerDecision(
      node: index, name: node.operation.name,
      before: words(weights.type.rawValue, source.scales.count, source.zeroPoint),
      after: words(form.format.name, solution.steps.count, form.zeroPoint),
      weightScale: Float(solution.steps[0]),
      keepsSourceStep: solution.steps.count == 1
        && sourceSteps.map { Float($0[0]) == Float(solution.steps[0]) } ?? false,
      clippedWeights: clipped, weightSQNR: noise > 0 ? decibels(signal / noise) : .infinity,
      shift: machine.onlyShifts(node.operation.name) ? -exponent(of: factor) : nil)
  }

  /// The exponent of a number that is a power of two but for float32 rounding.
  private func exponent(of factor: Double) -> Int { Int(factor.exponent) + (factor.significand > 1.5 ? 1 : 0) }
}
