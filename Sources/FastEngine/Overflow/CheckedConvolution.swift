internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// A convolution whose register may overflow and needs more than 32 bits: each addition of the machine, in its order.
struct CheckedConvolution: PreparedStep {
  let plan: ConvolutionPlan

  var kernel: String { "checked" }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    let bias = plan.output.bias
    try forEachOutput(arena, &events) { place, channel, stored in
      arena[place + channel] = UInt8(truncatingIfNeeded: stored + bias)
    }
  }

  /// Calls `store` with the place of each output pixel, a channel and its stored integer.
  @inline(__always)
  func forEachOutput(
    _ arena: Arena, _ events: inout StepEvents, _ store: (Int, Int, Int32) -> Void
  ) throws(SimulationError) {
    let kernel = plan.kernel
    let rule = kernel.accumulator
    let depth = kernel.input[3] / kernel.groups
    let perGroup = kernel.output[3] / kernel.groups
    let offsets = plan.orderedOffsets()
    let zero = Int32(plan.input.bias) + kernel.inputZeroPoint
    var patch = [Int64](repeating: 0, count: offsets.count)
    var register = Accumulator(format: rule.format, overflow: rule.overflow)
    for pixel in 0..<plan.pixels {
      let start = plan.input.offset + Int(plan.inputOffsets[pixel])
      let end = plan.output.offset + Int(plan.outputOffsets[pixel])
      for channel in 0..<kernel.output[3] {
        let group = channel / perGroup
        if channel % perGroup == 0 {
          for (tap, offset) in offsets.enumerated() {
            patch[tap] = Int64(Int32(arena[start + offset + group * depth]) - zero)
          }
        }
        register.clear()
        sum(patch, channel, rule, &register)
        let stage = plan.form.stage
        store(end, channel, Int32(stage.finish(stage.requantization(channel).apply(register.value))))
      }
    }
    try plan.report(register.overflowCount, &events)
  }

  private func sum(_ patch: [Int64], _ channel: Int, _ rule: AccumulatorRule, _ register: inout Accumulator) {
    let bias = plan.kernel.bias[channel]
    let start = channel * patch.count
    guard let group = rule.productsPerCheck else {
      var exact = bias
      for tap in patch.indices { exact += patch[tap] * Int64(plan.kernel.weights[start + tap]) }
      register.add(exact)
      return
    }
    if rule.startsFromBias { register.add(bias) }
    for first in stride(from: 0, to: patch.count, by: group) {
      var exact: Int64 = 0
      for tap in first..<min(first + group, patch.count) {
        exact += patch[tap] * Int64(plan.kernel.weights[start + tap])
      }
      register.add(exact)
    }
    if !rule.startsFromBias { register.add(bias) }
  }
}

extension ConvolutionPlan {
  /// Counts overflows, and ends the run where the machine has no answer to one.
  func report(_ overflows: Int, _ events: inout StepEvents) throws(SimulationError) {
    try events.count(overflows, of: kernel.accumulator, at: step)
  }

  /// The byte of each tap from a window's start, in the order in which the machine adds.
  func orderedOffsets() -> [Int] {
    let depth = kernel.input[3] / kernel.groups
    let taps = tapOffsets().map(Int.init)
    switch kernel.order {
    case .heightWidthChannel: return taps.flatMap { tap in (0..<depth).map { tap + $0 } }
    case .channelHeightWidth: return (0..<depth).flatMap { index in taps.map { $0 + index } }
    }
  }
}
