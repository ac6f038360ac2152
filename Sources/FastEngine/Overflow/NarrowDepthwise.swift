internal import FixedPoint
internal import NetworkModel
internal import Simulation

/// A depthwise convolution whose register may overflow: each addition of the machine, in its order, for eight channels
/// side by side.
struct NarrowDepthwise: PreparedStep {
  let plan: ConvolutionPlan
  /// `[tap][channel]`; a filter of one input channel has the same order of taps on every machine.
  private let weights: Table<Int16>
  private let taps: Table<Int32>
  private let bias: Table<Int32>
  private let requantization: PortableRequantization
  private let rule: NarrowRegister.Rule

  var kernel: String { "checked" }

  /// Packs a plan; `nil` where channels are not convolved one by one, or where 32 bits are too few.
  init?(_ plan: ConvolutionPlan) {
    guard plan.isDepthwise, NarrowRegister.serves(plan) else { return nil }
    self.plan = plan
    weights = Table(plan.tapMajorWeights().map(Int16.init), zero: 0)
    taps = Table(plan.tapOffsets(), zero: 0)
    bias = Table(plan.kernel.bias.map(Int32.init), zero: 0)
    requantization = plan.requantizationOfRegisters()
    rule = NarrowRegister.Rule(plan.kernel.accumulator)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    let channels = plan.kernel.output[3]
    var overflows = 0
    unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: channels.roundedUpToLanes) { buffer in
      guard let sums = buffer.baseAddress else { return }
      for pixel in 0..<plan.pixels {
        let window = unsafe UnsafePointer(arena.pointer(plan.input.offset + Int(plan.inputOffsets[pixel])))
        for channel in stride(from: 0, to: channels, by: Lanes.scalarCount) {
          let register = unsafe accumulate(window + channel, channel, channels)
          unsafe sums.setLanes(channel, register.content)
          overflows += register.overflowCount
        }
        unsafe requantization.run(
          sums, channels, to: arena.pointer(plan.output.offset + Int(plan.outputOffsets[pixel])))
      }
    }
    try plan.report(overflows, &events)
  }

  /// The registers of eight channels after one window.
  @unsafe private func accumulate(
    _ window: UnsafePointer<UInt8>, _ channel: Int, _ channels: Int
  ) -> NarrowRegister {
    let order = plan.kernel.accumulator
    let zero = SIMD8(repeating: Int16(truncatingIfNeeded: plan.kernel.inputZeroPoint + plan.input.bias))
    // Bytes beyond the last channel belong to the next pixel; they must not count as overflows.
    let inside = Lanes.first(channels - channel)
    let group = order.productsPerCheck ?? taps.count
    var register = NarrowRegister()
    var term = Lanes()
    let bias = bias.lanes(channel)
    if order.productsPerCheck == nil {
      term = bias
    } else if order.startsFromBias {
      register.add(bias, rule)
    }
    var left = group
    for tap in 0..<taps.count {
      let weights = unsafe (self.weights.pointer + tap * channels + channel).eight
      term &+= ((unsafe window.widened(Int(taps[tap])) &- zero).widened &* weights.widened) & inside
      left &-= 1
      if left == 0 || tap == taps.count &- 1 {
        register.add(term, rule)
        term = Lanes()
        left = group
      }
    }
    if order.productsPerCheck != nil && !order.startsFromBias { register.add(bias, rule) }
    return register
  }
}
