internal import CKernels
internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// A convolution with one filter for each channel, on the kernels in C.
@safe final class VectorDepthwise: DivisibleStep {
  private let definition: KernelDefinition<bx_depthwise>
  private let row: KernelRow
  private let place: KernelPlace
  let pixels: Int
  let operations: Int

  var kernel: String { row.name }

  /// Packs a plan; `nil` where the kernels do not serve it.
  ///
  /// - Precondition: `plan.sumsAreExact`.
  init?(_ plan: ConvolutionPlan, _ row: KernelRow) {
    guard let packed = PackedDepthwise(plan, row.packing) else { return nil }
    unsafe definition = KernelDefinition(packed.value, keeping: packed)
    self.row = row
    place = KernelPlace(plan)
    pixels = plan.pixels
    // Its operations take longer each than those of a convolution over channels.
    operations = 4 * plan.pixels * plan.kernel.output[3] * plan.kernel.taps
  }

  func run(_ arena: Arena, pixels: Range<Int>) {
    unsafe row.convolveDepthwise(
      definition.pointer, arena.pointer(place.input), place.inputOffsets.pointer, arena.pointer(place.output),
      place.outputOffsets.pointer, Int32(pixels.lowerBound), Int32(pixels.upperBound))
  }
}

/// What the kernels of a set read.
struct PackedDepthwise: Sendable {
  let plan: ConvolutionPlan
  let weights: PackedWeights
  let bias: Table<Int32>
  let taps: Table<Int32>
  let output: OutputTables
  private let byColumns: Bool
  private let sumFactor: Int32

  /// Packs a plan; `nil` where the set's kernels do not serve it.
  init?(_ plan: ConvolutionPlan, _ packing: KernelPacking) {
    guard plan.isDepthwise, plan.requantizesIn32Bits, packing.forms.contains(plan.form.kind),
      let offset = WeightOffset(plan.filters, packing.depthwise.element)
    else { return nil }
    self.plan = plan
    sumFactor = offset.factor
    let channels = plan.kernel.output[3]
    let offsets = plan.tapOffsets()
    taps = Table(offsets, zero: 0)
    let window = plan.kernel.window
    byColumns =
      packing.dealsColumns && (window.rows.size, window.columns.size) == (3, 3) && (-128...127).contains(offset.factor)
    let panels = packing.depthwise.panels(channels: channels, pixels: plan.pixels)
    let lanes = LaneOrder(panels: panels, lanes: packing.depthwise.lanes, sharing: byColumns ? channels : nil)
    let places = plan.tapPlaces(perSegment: offsets.count)
    let columns =
      byColumns ? (0..<3).map { column in stride(from: column, to: 9, by: 3).map { places[0][$0] } } : places
    weights = packing.depthwise.pack(
      lanes, plan.kernel.weights, channels: channels, segments: columns, offset: offset.factor)
    let output = OutputTables(plan.form, lanes, outputBias: plan.output.bias, bounds: plan.bounds)
    self.output = output
    bias = Table(
      lanes.map(upTo: channels, zero: 0) { channel in
        plan.foldedBias(channel, packing.depthwise, offset, output.addedToBias(channel))
      }, zero: 0)
  }

  /// The tables' addresses; valid as long as this value lives.
  @unsafe var value: bx_depthwise {
    unsafe bx_depthwise(
      channels: Int32(plan.kernel.output[3]), taps: Int32(taps.count), tap_offsets: taps.pointer,
      by_columns: byColumns, row_pixels: Int32(plan.kernel.output[2]),
      window_step: Int32(plan.kernel.window.columns.stride * plan.input.channels), weights: weights.pointer,
      bias: bias.pointer, sum_factor: sumFactor, output: output.value)
  }
}
