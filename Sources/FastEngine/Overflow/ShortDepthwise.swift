internal import FixedPoint
internal import NetworkModel
internal import Simulation

/// A depthwise convolution whose register overflows often: each addition of the machine, in its order, for sixteen
/// channels side by side.
struct ShortDepthwise: PreparedStep {
  let plan: ConvolutionPlan
  private let register: ShortRegister
  /// `[panel][tap][16]`, zero beyond the last channel; a filter of one input channel has the same order of taps on every
  /// machine.
  private let weights: Table<Int16>
  private let taps: Table<Int32>
  private let requantization: PortableRequantization

  var kernel: String { "checked16" }

  /// Packs a plan; `nil` where channels are not convolved one by one, or where 16 bits are too few.
  init?(_ plan: ConvolutionPlan) {
    guard plan.isDepthwise, let register = ShortRegister(plan, groups: 1) else { return nil }
    self.plan = plan
    self.register = register
    let taps = plan.tapOffsets()
    let channels = plan.kernel.output[3]
    let tapMajor = plan.tapMajorWeights()
    weights = unsafe Table(count: register.panels.laneCount * taps.count, zero: 0) { weights in
      for channel in 0..<channels {
        let (panel, lane) = channel.quotientAndRemainder(dividingBy: Shorts.scalarCount)
        for tap in taps.indices {
          let place = (panel * taps.count + tap) * Shorts.scalarCount + lane
          unsafe weights[place] = Int16(tapMajor[tap * channels + channel])
        }
      }
    }
    self.taps = Table(taps, zero: 0)
    requantization = plan.requantizationOfRegisters()
  }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    let channels = plan.kernel.output[3]
    var overflows = 0
    unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: register.panels.laneCount) { buffer in
      guard let sums = buffer.baseAddress else { return }
      for pixel in 0..<plan.pixels {
        let window = unsafe UnsafePointer(arena.pointer(plan.input.offset + Int(plan.inputOffsets[pixel])))
        for panel in 0..<register.panels.count {
          let channel = panel * Shorts.scalarCount
          let (start, target) = unsafe (window + channel, sums + channel)
          overflows += unsafe register.saturates ? saturate(start, panel, target) : wrap(start, panel, target)
        }
        unsafe requantization.run(
          sums, channels, to: arena.pointer(plan.output.offset + Int(plan.outputOffsets[pixel])))
      }
    }
    try plan.report(overflows, &events)
  }

  /// The products of a tap, from the first channel's byte; bytes beyond the last channel meet weights of zero.
  @inline(__always) @unsafe private func products(
    _ window: UnsafePointer<UInt8>, _ tap: Int, _ weights: UnsafePointer<Int16>, _ zero: Shorts
  ) -> Shorts {
    let place = Int(taps[tap])
    let elements = unsafe Shorts(lowHalf: window.widened(place), highHalf: window.widened(place &+ 8)) &- zero
    return unsafe elements &* Shorts(at: weights + tap &* Shorts.scalarCount)
  }

  private var zero: Shorts {
    Shorts(repeating: Int16(truncatingIfNeeded: plan.kernel.inputZeroPoint + plan.input.bias))
  }

  /// Saturating registers after one window; gives the number of overflows.
  @unsafe private func saturate(
    _ window: UnsafePointer<UInt8>, _ panel: Int, _ sums: UnsafeMutablePointer<Int32>
  ) -> Int {
    let (register, zero) = (register, zero)
    let weights = unsafe self.weights.pointer + panel * taps.count * Shorts.scalarCount
    var content = register.start(panel)
    var kept = Shorts()
    for tap in 0..<taps.count {
      let sum = content &+ (unsafe products(window, tap, weights, zero))
      content = register.saturated(sum)
      kept.replace(with: kept &+ 1, where: sum .== content)
    }
    return unsafe register.finish(content, additions: taps.count, kept, panel, sums)
  }

  /// Wrapping registers after one window; gives the number of overflows.
  @unsafe private func wrap(
    _ window: UnsafePointer<UInt8>, _ panel: Int, _ sums: UnsafeMutablePointer<Int32>
  ) -> Int {
    let (register, zero) = (register, zero)
    let weights = unsafe self.weights.pointer + panel * taps.count * Shorts.scalarCount
    var content = register.start(panel) &+ register.half
    var kept = Shorts()
    for tap in 0..<taps.count {
      let sum = content &+ (unsafe products(window, tap, weights, zero))
      content = sum & register.mask
      kept.replace(with: kept &+ 1, where: sum .== content)
    }
    return unsafe register.finish(content &- register.half, additions: taps.count, kept, panel, sums)
  }
}
