internal import CKernels
internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// A depthwise convolution with one filter for each channel, in plain Swift.
struct PortableDepthwise: PreparedStep {
  let plan: ConvolutionPlan
  private let weights: Table<Int16>
  private let taps: [Int32]

  var kernel: String { "portable" }

  /// Packs a plan; `nil` where channels are not convolved one by one.
  ///
  /// - Precondition: `plan.sumsAreExact`.
  init?(_ plan: ConvolutionPlan) {
    guard plan.isDepthwise else { return nil }
    self.plan = plan
    taps = plan.tapOffsets()
    weights = Table(plan.tapMajorWeights().map(Int16.init), zero: 0)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let channels = plan.kernel.output[3]
    let zero = plan.kernel.inputZeroPoint + plan.input.bias
    unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: channels) { sums in
      for pixel in 0..<plan.pixels {
        let start = plan.input.offset + Int(plan.inputOffsets[pixel])
        let end = plan.output.offset + Int(plan.outputOffsets[pixel])
        for channel in 0..<channels { unsafe sums[channel] = 0 }
        for (tap, offset) in taps.enumerated() {
          let source = start + Int(offset)
          let row = tap * channels
          for channel in 0..<channels {
            unsafe sums[channel] &+= (Int32(arena[source + channel]) &- zero) &* Int32(weights[row + channel])
          }
        }
        for channel in 0..<channels {
          let result = plan.form.apply(unsafe Int64(sums[channel]) + plan.kernel.bias[channel], channel)
          arena[end + channel] = UInt8(truncatingIfNeeded: Int32(truncatingIfNeeded: result) + plan.output.bias)
        }
      }
    }
  }
}

/// The same on the kernel in C.
struct VectorDepthwise: PreparedStep {
  let plan: ConvolutionPlan
  private let weights: Table<Int8>
  private let bias: Table<Int32>
  private let taps: Table<Int32>
  private let sumFactor: Int32
  private let output: OutputTables

  var kernel: String { "avx512vnni" }

  /// Packs a plan; `nil` where the kernel does not serve it.
  ///
  /// - Precondition: `plan.sumsAreExact`.
  init?(_ plan: ConvolutionPlan) {
    guard plan.isDepthwise, plan.requantizesIn32Bits, let offset = WeightOffset(plan.kernel) else { return nil }
    self.plan = plan
    sumFactor = offset.factor
    let channels = plan.kernel.output[3]
    let offsets = plan.tapOffsets()
    taps = Table(offsets, zero: 0)
    let lanes = LaneOrder(panels: [UInt8](repeating: 4, count: (channels + 63) / 64))
    let rows = plan.tapMajorWeights()
    var packed: [Int8] = []
    for panel in lanes.panelRanges {
      for first in stride(from: 0, to: offsets.count, by: 4) {
        for lane in panel {
          for tap in first..<first + 4 {
            guard let channel = lanes.channels[lane], channel < channels, tap < offsets.count else {
              packed.append(0)
              continue
            }
            packed.append(Int8(rows[tap * channels + channel] - offset.factor))
          }
        }
      }
    }
    weights = Table(packed, zero: 0)
    let output = OutputTables(plan.form, lanes, outputBias: plan.output.bias)
    self.output = output
    let zero = Int64(plan.kernel.inputZeroPoint) + Int64(plan.input.bias)
    bias = Table(
      lanes.map(upTo: channels, zero: 0) { channel in
        let sum = offsets.indices.reduce(Int64(0)) { $0 + Int64(rows[$1 * channels + channel]) }
        return Int32(truncatingIfNeeded: plan.kernel.bias[channel] - zero * sum + output.addedToBias(channel))
      }, zero: 0)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    var depthwise = unsafe bx_depthwise(
      channels: Int32(plan.kernel.output[3]), taps: Int32(taps.count), tap_offsets: taps.pointer,
      weights: weights.pointer, bias: bias.pointer, sum_factor: sumFactor, output: output.value)
    unsafe bx_depthwise_avx512vnni(
      &depthwise, arena.pointer(plan.input.offset), plan.inputOffsets.pointer, arena.pointer(plan.output.offset),
      plan.outputOffsets.pointer, 0, Int32(plan.pixels))
  }
}

extension ConvolutionPlan {
  /// Whether each channel has one filter of its own.
  var isDepthwise: Bool { kernel.groups == kernel.input[3] && kernel.output[3] == kernel.groups }

  /// A depthwise kernel's weights as `[taps][channels]`.
  func tapMajorWeights() -> [Int32] {
    let window = kernel.window
    var result: [Int32] = []
    for row in 0..<window.rows.size {
      for column in 0..<window.columns.size {
        for channel in 0..<kernel.output[3] {
          result.append(weight(channel: channel, row: row, column: column, depth: 0))
        }
      }
    }
    return result
  }
}
