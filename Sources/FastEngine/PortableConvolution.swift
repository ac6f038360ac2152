internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// A convolution in plain Swift: the statement that the kernels in C must equal.
struct PortableConvolution: PreparedStep {
  let plan: ConvolutionPlan
  private let weights: Table<Int16>
  private let taps: [Int32]
  private let depth: Int

  var kernel: String { "portable" }

  /// - Precondition: `plan.sumsAreExact`.
  init(_ plan: ConvolutionPlan) {
    self.plan = plan
    depth = plan.kernel.input[3] / plan.kernel.groups
    taps = plan.tapOffsets()
    let window = plan.kernel.window
    var packed: [Int16] = []
    packed.reserveCapacity(plan.kernel.weights.count)
    for channel in 0..<plan.kernel.output[3] {
      for row in 0..<window.rows.size {
        for column in 0..<window.columns.size {
          for index in 0..<depth {
            packed.append(Int16(plan.weight(channel: channel, row: row, column: column, depth: index)))
          }
        }
      }
    }
    weights = Table(packed, zero: 0)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let channels = plan.kernel.output[3]
    let perGroup = channels / plan.kernel.groups
    let zero = Int16(plan.kernel.inputZeroPoint + plan.input.bias)
    let count = taps.count * depth
    unsafe withUnsafeTemporaryAllocation(of: Int16.self, capacity: count) { patch in
      for pixel in 0..<plan.pixels {
        let start = plan.input.offset + Int(plan.inputOffsets[pixel])
        let end = plan.output.offset + Int(plan.outputOffsets[pixel])
        for group in 0..<plan.kernel.groups {
          var position = 0
          for tap in taps {
            let source = start + Int(tap) + group * depth
            for index in 0..<depth {
              unsafe patch[position + index] = Int16(arena[source + index]) &- zero
            }
            position += depth
          }
          for channel in group * perGroup..<(group + 1) * perGroup {
            let row = unsafe weights.pointer + channel * count
            var sum: Int32 = 0
            for tap in 0..<count { unsafe sum &+= Int32(patch[tap]) &* Int32(row[tap]) }
            let result = plan.form.apply(Int64(sum) + plan.kernel.bias[channel], channel)
            arena[end + channel] = UInt8(truncatingIfNeeded: Int32(truncatingIfNeeded: result) + plan.output.bias)
          }
        }
      }
    }
  }
}

/// A convolution whose register may overflow: each addition of the machine, in its order.
struct CheckedConvolution: PreparedStep {
  let plan: ConvolutionPlan

  var kernel: String { "checked" }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    let kernel = plan.kernel
    let rule = kernel.accumulator
    let depth = kernel.input[3] / kernel.groups
    let perGroup = kernel.output[3] / kernel.groups
    let offsets = orderedOffsets(depth)
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
        let stored = Int32(stage.finish(stage.requantization(channel).apply(register.value)))
        arena[end + channel] = UInt8(truncatingIfNeeded: stored + plan.output.bias)
      }
    }
    events.accumulatorOverflows += register.overflowCount
    if rule.overflow == .trap && register.overflowCount > 0 {
      throw .accumulatorTrap(node: plan.step.node, name: plan.step.name)
    }
  }

  /// The byte of each tap from a window's start, in the order in which the machine adds.
  private func orderedOffsets(_ depth: Int) -> [Int] {
    let window = plan.kernel.window
    let taps = plan.tapOffsets().map(Int.init)
    var offsets: [Int] = []
    switch plan.kernel.order {
    case .heightWidthChannel:
      for tap in taps { for index in 0..<depth { offsets.append(tap + index) } }
    case .channelHeightWidth:
      for index in 0..<depth {
        for tap in 0..<window.rows.size * window.columns.size { offsets.append(taps[tap] + index) }
      }
    }
    return offsets
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
