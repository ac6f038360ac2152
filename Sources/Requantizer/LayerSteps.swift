internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// Which steps of the weights come into question.
extension LayerWeights {
  /// The steps of one layer that are worth a closer look: one list for the whole tensor, or one for each channel, best first.
  struct Candidates {
    var choices: [[WeightSteps.Choice]]
    /// The smallest and the largest stored weight.
    let low: Double
    let high: Double

    var isPerChannel: Bool { choices.count > 1 }
  }

  /// The steps that the machine allows, by the squared error of plain rounding.
  func candidates(_ state: RequantizationState) throws(RequantizationError) -> Candidates {
    let perChannel = state.usesChannels(machine, source: source)
    let search = try steps(state)
    let limit = Double(sign: .plus, exponent: biasFormat.bits - 2, significand: 1)
    // A bias must fit its format: |b| / (s_x·s_w) below half of the format's range.
    let smallest = bias.map { abs($0) / (inputScale * limit) }
    var choices: [[WeightSteps.Choice]] = []
    if perChannel {
      for channel in channels.indices {
        let finder = search.withSourceStep(sourceSteps?[channel])
        choices.append(finder.ranked(channels[channel], importances[channel], smallest: smallest[channel]))
      }
    } else {
      var step = sourceSteps?.first
      if let sourceSteps, !sourceSteps.allSatisfy({ $0 == step }) { step = nil }
      let finder = search.withSourceStep(step)
      choices = [
        finder.ranked(channels.flatMap(\.self), importances.flatMap(\.self), smallest: smallest.reduce(0, max))
      ]
    }
    if choices.contains(where: \.isEmpty) { throw refusal(state) }
    let found = Candidates(choices: choices, low: search.low, high: search.high)
    try requireMeaning(found, search, state)
    return found
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
    _ candidates: Candidates, _ search: WeightSteps, _ state: RequantizationState
  ) throws(RequantizationError) {
    var (signal, noise, largest) = (0.0, 0.0, 0.0)
    for (channel, values) in channels.enumerated() {
      let step = candidates.choices[candidates.isPerChannel ? channel : 0][0].step
      var sum = 0.0
      for value in values {
        let error = value - step * search.stored(value, step)
        signal += value * value
        noise += error * error
        sum += abs(error)
      }
      largest = max(largest, sum)
    }
    if noise >= signal && 128 * inputScale * largest > outputScale / 2 { throw refusal(state) }
  }

  /// The steps that the machine allows for this layer.
  private func steps(_ state: RequantizationState) throws(RequantizationError) -> WeightSteps {
    let range = target.integerRange ?? -1...1
    // An unsigned format is read around its middle, so that it is a signed one with an offset.
    let half = Double(1 << ((target.bits ?? 8) - 1))
    let low = machine.weights.narrowRange || !range.contains(-1) ? 1 - half : -half
    let onlyShifts = machine.onlyShifts(node.operation.name)
    let powerOfTwo = machine.weights.scale == .powerOfTwo
    guard onlyShifts || powerOfTwo else {
      return WeightSteps(low: low, high: half - 1, grid: .any, sourceStep: nil)
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
      low: low, high: half - 1, grid: .powersOfTwo(unit: unit, exponents: exponents), sourceStep: nil)
  }
}

extension WeightSteps {
  fileprivate func withSourceStep(_ step: Double?) -> WeightSteps {
    WeightSteps(low: low, high: high, grid: grid, sourceStep: step)
  }
}
