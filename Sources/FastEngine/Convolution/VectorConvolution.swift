internal import CKernels
internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// A convolution over channels on the kernels in C.
@safe final class VectorConvolution: DivisibleStep {
  private let definition: KernelDefinition<bx_convolution>
  private let row: KernelRow
  private let place: KernelPlace
  let pixels: Int
  let operations: Int

  var kernel: String { row.name }

  /// Packs a plan; `nil` where the kernels do not serve it.
  ///
  /// - Precondition: `plan.sumsAreExact`.
  init?(_ plan: ConvolutionPlan, _ row: KernelRow) {
    guard let packed = PackedConvolution(plan, row.packing) else { return nil }
    unsafe definition = KernelDefinition(packed.value, keeping: packed)
    self.row = row
    place = KernelPlace(plan)
    pixels = plan.pixels
    operations = plan.pixels * plan.kernel.output[3] * plan.kernel.taps
  }

  func run(_ arena: Arena, pixels: Range<Int>) {
    let capacity = max(1, unsafe row.scratch(definition.pointer, pixels: Int32(pixels.count)))
    unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: capacity) { scratch in
      unsafe row.convolve(
        definition.pointer, arena.pointer(place.input), place.inputOffsets.pointer, arena.pointer(place.output),
        place.outputOffsets.pointer, Int32(pixels.lowerBound), Int32(pixels.upperBound), scratch.baseAddress)
    }
  }
}

/// What the kernels of a set read.
struct PackedConvolution: Sendable {
  let plan: ConvolutionPlan
  let panels: Table<UInt8>
  let weights: PackedWeights
  let bias: Table<Int32>
  let segments: Table<Int32>
  let output: OutputTables
  let tails: Table<Int32>
  private let segmentBytes: Int
  private let sumFactor: Int32

  /// Packs a plan; `nil` where the set's kernels do not serve it.
  init?(_ plan: ConvolutionPlan, _ packing: KernelPacking) {
    let forms = packing.forms
    let packing = packing.convolution
    guard plan.kernel.groups == 1, plan.requantizesIn32Bits, forms.contains(plan.form.kind),
      let offset = WeightOffset(plan.filters, packing.element)
    else { return nil }
    self.plan = plan
    let window = plan.kernel.window
    let depth = plan.kernel.input[3]
    let channels = plan.kernel.output[3]
    // Taps that follow each other in memory are one segment.
    let columns = window.columns.dilation == 1 ? window.columns.size : 1
    segmentBytes = columns * depth
    let taps = plan.tapOffsets()
    let starts = stride(from: 0, to: taps.count, by: columns).map { taps[$0] }
    segments = Table(starts, zero: 0)
    let split = packing.split(plan.tapPlaces(perSegment: segmentBytes), starts: starts)
    tails = Table(split.tailOffsets, zero: 0)
    sumFactor = offset.factor
    let panels = packing.panels(channels: channels, pixels: plan.pixels)
    self.panels = Table(panels, zero: 0)
    let lanes = LaneOrder(panels: panels, lanes: packing.lanes)
    weights = packing.pack(
      lanes, plan.kernel.weights, channels: channels, segments: split.segments, offset: offset.factor)
    let output = OutputTables(plan.form, lanes, outputBias: plan.output.bias, bounds: plan.bounds)
    self.output = output
    bias = Table(
      lanes.map(upTo: channels, zero: 0) { channel in
        plan.foldedBias(channel, packing, offset, output.addedToBias(channel))
      }, zero: 0)
  }

  /// The tables' addresses; valid as long as this value lives.
  @unsafe var value: bx_convolution {
    unsafe bx_convolution(
      panel_blocks: panels.pointer, panels: Int32(panels.count), weights: weights.pointer, bias: bias.pointer,
      sum_factor: sumFactor, segments: Int32(segments.count), segment_offsets: segments.pointer,
      quads: Int32((segmentBytes + (tails.count == 0 ? 3 : 0)) / 4), tails: Int32(tails.count / 4),
      tail_offsets: tails.pointer, segment_bytes: Int32(segmentBytes),
      channels: Int32(plan.kernel.output[3]), output: output.value)
  }
}

/// What must be taken off all weights so that they fit the packed integers: 0 for symmetric ones and for 16 bits, the
/// distance of the zero point from 128 for unsigned ones in a signed byte.
struct WeightOffset {
  let factor: Int32

  init?(_ filters: FilterSums, _ element: WeightPacking.Element) {
    let (smallest, largest) = (filters.smallest, filters.largest)
    if element == .int16 {
      // Two products with a byte stay below 2^31.
      guard smallest >= -255 && largest <= 255 else { return nil }
      factor = 0
    } else if smallest >= -128 && largest <= 127 {
      factor = 0
    } else if largest - smallest <= 255 {
      factor = smallest + 128
    } else {
      return nil
    }
  }
}

extension ConvolutionPlan {
  /// For each segment the places of its taps in a filter, as they follow each other in memory.
  func tapPlaces(perSegment count: Int) -> [[Int]] {
    let (rows, columns) = (kernel.window.rows.size, kernel.window.columns.size)
    let depth = kernel.input[3] / kernel.groups
    var places: [Int] = []
    places.reserveCapacity(kernel.taps)
    for row in 0..<rows {
      for column in 0..<columns {
        for index in 0..<depth {
          places.append(
            kernel.order.position(
              row: row, column: column, channel: index, rows: rows, columns: columns, channels: depth))
        }
      }
    }
    return stride(from: 0, to: places.count, by: count).map { Array(places[$0..<$0 + count]) }
  }

  /// A channel's bias with all that does not depend on the input: what the input's zero point takes from every tap, and
  /// what the kernel itself takes off the activations.
  ///
  /// The kernel adds `(byte − activationOffset)·(w − factor)` and `factor·byte`; the machine adds `(byte − zero)·w`.
  func foldedBias(_ channel: Int, _ packing: WeightPacking, _ offset: WeightOffset, _ added: Int64) -> Int32 {
    let zero = Int64(kernel.inputZeroPoint) + Int64(input.bias)
    let sum = filters.sums[channel]
    let packed = sum - Int64(offset.factor) * Int64(kernel.taps)
    return Int32(truncatingIfNeeded: kernel.bias[channel] - zero * sum + packing.activationOffset * packed + added)
  }
}
