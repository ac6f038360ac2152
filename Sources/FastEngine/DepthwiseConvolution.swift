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
