internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
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
  func candidates() throws(RequantizationError) -> Candidates {
    let perChannel = form.isPerChannel
    let search = try steps()
    // A bias must fit its format: |b| / (s_x·s_w) below half of the format's range; and the register.
    let limit = min(Double(sign: .plus, exponent: biasFormat.bits - 2, significand: 1), largestBiasInRegister)
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
    if choices.contains(where: \.isEmpty) { throw refusal }
    let found = Candidates(choices: choices, low: search.low, high: search.high)
    try requireMeaning(found, search)
    return found
  }

  /// The largest bias with which the register holds every sum; where sums alone may take more than half of the register, the
  /// largest bias that it holds by itself, since nothing is proved then anyway.
  private var largestBiasInRegister: Double {
    let accumulator = (input.type == .int16 ? machine.onInt16(hasNarrowBias: biasType == .int32) : machine).accumulator
    let register = Double(sign: .plus, exponent: accumulator.bits - 1, significand: 1)
    let zeroPoint = input.quantization?.zeroPoint ?? 0
    let range = input.type.integerRange ?? -128...127
    let largestInput = Double(max(range.upperBound - zeroPoint, zeroPoint - range.lowerBound))
    let sum = Double(channels.first?.count ?? 0) * largestInput * max(form.high, -form.low)
    // What is folded into a bias later is little beside it.
    return (sum <= register / 2 ? register - sum : register) * 0.95
  }

  private var refusal: RequantizationError {
    let range = machine.shiftRange(node.operation.name)
    let shifts = "its right shifts by \(range.lowerBound) to \(range.upperBound)"
    return RequantizationError([
      "\(place): no weight scale that profile \(machine.name) allows serves it; "
        + (machine.onlyShifts(node.operation.name) ? "\(shifts) or " : "")
        + "its bias of \(machine.bias.bits) bits and register of \(machine.accumulator.bits) are too narrow for the input scale \(Float(inputScale)) and the output "
        + "scale \(Float(outputScale)); widen requantize, bias.bits or accumulator.bits in the profile"
    ])
  }

  /// Refuses weights of which nothing is left although the output would show it.
  private func requireMeaning(
    _ candidates: Candidates, _ search: WeightSteps
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
    if noise >= signal && 128 * inputScale * largest > outputScale / 2 { throw refusal }
  }

  /// The steps that the machine allows for this layer.
  private func steps() throws(RequantizationError) -> WeightSteps {
    let onlyShifts = machine.onlyShifts(node.operation.name)
    let powerOfTwo = machine.weights.scale == .powerOfTwo
    guard onlyShifts || powerOfTwo else {
      return WeightSteps(low: form.low, high: form.high, grid: .any, sourceStep: nil)
    }
    let unit = onlyShifts ? outputScale / inputScale : 1
    if powerOfTwo && unit.significand != 1 {
      throw RequantizationError([
        "\(place): profile \(machine.name) wants power-of-two weights and shifts only, yet real "
          + "activation scales; set activations.scale to powerOfTwo"
      ])
    }
    // Right shift n ⇔ s_w = 2^−n · s_y / s_x.
    let shifts = machine.shiftRange(node.operation.name)
    let exponents = onlyShifts ? -shifts.upperBound...(-shifts.lowerBound) : -126...126
    return WeightSteps(
      low: form.low, high: form.high, grid: .powersOfTwo(unit: unit, exponents: exponents), sourceStep: nil)
  }
}

extension WeightSteps {
  fileprivate func withSourceStep(_ step: Double?) -> WeightSteps {
    WeightSteps(low: low, high: high, grid: grid, sourceStep: step)
  }
}
