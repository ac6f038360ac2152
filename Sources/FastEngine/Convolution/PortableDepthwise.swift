internal import NetworkModel
internal import Simulation

/// A depthwise convolution with one filter for each channel, in plain Swift.
struct PortableDepthwise: PreparedStep {
  let plan: ConvolutionPlan
  /// `[pair of taps][channel][2]`.
  private let weights: Table<Int16>
  /// For each tap the byte from a window's start; an odd number is made even by a tap whose weights are zero.
  private let taps: Table<Int32>
  private let requantization: PortableRequantization

  var kernel: String { "portable" }

  /// Packs a plan; `nil` where channels are not convolved one by one.
  ///
  /// - Precondition: `plan.sumsAreExact`.
  init?(_ plan: ConvolutionPlan) {
    guard plan.isDepthwise else { return nil }
    self.plan = plan
    let channels = plan.kernel.output[3]
    let rows = plan.tapMajorWeights()
    var offsets = plan.tapOffsets()
    let count = offsets.count
    if count % 2 == 1 { offsets.append(offsets[count - 1]) }
    taps = Table(offsets, zero: 0)
    var packed = [Int16](repeating: 0, count: offsets.count * channels)
    for tap in 0..<count {
      for channel in 0..<channels {
        packed[(tap / 2 * channels + channel) * 2 + tap % 2] = Int16(rows[tap * channels + channel])
      }
    }
    weights = Table(packed, zero: 0)
    // Σ (x − z)·w = Σ x·w − z·Σ w; sums are kept modulo 2^32, and the result lies within 32 bits.
    let zero = Int64(plan.kernel.inputZeroPoint) + Int64(plan.input.bias)
    let bias = (0..<channels).map { channel in
      plan.kernel.bias[channel] - zero * (0..<count).reduce(Int64(0)) { $0 + Int64(rows[$1 * channels + channel]) }
    }
    requantization = PortableRequantization(plan.form, bias: bias, bounds: plan.bounds, outputBias: plan.output.bias)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let channels = plan.kernel.output[3]
    unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: channels.roundedUpToLanes) { buffer in
      guard let sums = buffer.baseAddress else { return }
      for pixel in 0..<plan.pixels {
        let window = unsafe UnsafePointer(arena.pointer(plan.input.offset + Int(plan.inputOffsets[pixel])))
        var channel = 0
        while channel < channels {
          unsafe sum(window + channel, channel, channels).store(to: sums + channel)
          channel &+= Lanes.scalarCount
        }
        unsafe requantization.run(
          sums, channels, to: arena.pointer(plan.output.offset + Int(plan.outputOffsets[pixel])))
      }
    }
  }

  /// The sums of eight channels over one window; bytes and weights beyond the last channel go into lanes that nobody
  /// reads.
  @inline(__always) @unsafe private func sum(_ window: UnsafePointer<UInt8>, _ channel: Int, _ channels: Int)
    -> PairSums
  {
    var result = PairSums()
    var row = unsafe weights.pointer + 2 * channel
    var tap = 0
    while tap < taps.count {
      var pairs = SIMD16<Int16>()
      pairs.evenHalf = unsafe window.widened(Int(taps[tap]))
      pairs.oddHalf = unsafe window.widened(Int(taps[tap &+ 1]))
      unsafe result.add((pairs.lowHalf, pairs.highHalf), row)
      unsafe row += 2 * channels
      tap &+= 2
    }
    return result
  }
}
