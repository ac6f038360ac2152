internal import CKernels
internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// A depthwise convolution with one filter for each channel on the kernels in C.
struct VectorDepthwise: PreparedStep {
  let plan: ConvolutionPlan
  private let row: KernelRow
  private let weights: PackedWeights
  private let bias: Table<Int32>
  private let taps: Table<Int32>
  private let byColumns: Bool
  private let sumFactor: Int32
  private let output: OutputTables

  var kernel: String { row.name }

  /// Packs a plan; `nil` where the kernels do not serve it.
  ///
  /// - Precondition: `plan.sumsAreExact`.
  init?(_ plan: ConvolutionPlan, _ row: KernelRow) {
    guard plan.isDepthwise, plan.requantizesIn32Bits, row.forms.contains(plan.form.kind),
      let offset = WeightOffset(plan.kernel)
    else { return nil }
    self.plan = plan
    self.row = row
    sumFactor = offset.factor
    let channels = plan.kernel.output[3]
    let packing = row.depthwise
    let offsets = plan.tapOffsets()
    taps = Table(offsets, zero: 0)
    let window = plan.kernel.window
    byColumns =
      row.dealsColumns && (window.rows.size, window.columns.size) == (3, 3) && (-128...127).contains(offset.factor)
    let panels = packing.panels(channels: channels)
    let lanes = LaneOrder(panels: panels, lanes: packing.lanes, sharing: byColumns ? channels : nil)
    let places = plan.tapPlaces(perSegment: offsets.count)
    let columns =
      byColumns ? (0..<3).map { column in stride(from: column, to: 9, by: 3).map { places[0][$0] } } : places
    weights = packing.pack(
      lanes, plan.kernel.weights, channels: channels, segments: columns, offset: offset.factor)
    let output = OutputTables(plan.form, lanes, outputBias: plan.output.bias, bounds: plan.bounds)
    self.output = output
    bias = Table(
      lanes.map(upTo: channels, zero: 0) { channel in
        plan.foldedBias(channel, packing, offset, output.addedToBias(channel))
      }, zero: 0)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    var depthwise = unsafe bx_depthwise(
      channels: Int32(plan.kernel.output[3]), taps: Int32(taps.count), tap_offsets: taps.pointer,
      by_columns: byColumns, row_pixels: Int32(plan.kernel.output[2]),
      window_step: Int32(plan.kernel.window.columns.stride * plan.input.channels), weights: weights.pointer,
      bias: bias.pointer, sum_factor: sumFactor, output: output.value)
    unsafe row.convolveDepthwise(
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
