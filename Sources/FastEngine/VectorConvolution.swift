internal import CKernels
internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// A convolution on the dot-product kernels in C.
struct VectorConvolution: PreparedStep {
  let plan: ConvolutionPlan
  private let panels: [UInt8]
  private let panelTable: Table<UInt8>
  private let weights: Table<Int8>
  private let bias: Table<Int32>
  private let segments: Table<Int32>
  private let segmentBytes: Int
  private let quads: Int
  private let sumFactor: Int32
  private let output: OutputTables

  var kernel: String { "avx512vnni" }

  /// Packs a plan; `nil` where the kernels do not serve it.
  ///
  /// - Precondition: `plan.sumsAreExact`.
  init?(_ plan: ConvolutionPlan) {
    guard plan.kernel.groups == 1, plan.requantizesIn32Bits, let offset = WeightOffset(plan.kernel) else { return nil }
    self.plan = plan
    let window = plan.kernel.window
    let depth = plan.kernel.input[3]
    let isRow = window.columns.dilation == 1
    segmentBytes = isRow ? window.columns.size * depth : depth
    quads = (segmentBytes + 3) / 4
    let taps = plan.tapOffsets()
    let starts = isRow ? stride(from: 0, to: taps.count, by: window.columns.size).map { taps[$0] } : taps
    segments = Table(starts, zero: 0)
    sumFactor = offset.factor
    panels = VectorConvolution.panels(channels: plan.kernel.output[3])
    panelTable = Table(panels, zero: 0)
    let lanes = LaneOrder(panels: panels)
    weights = VectorConvolution.packed(plan, offset, lanes, segments: starts.count, quads: quads, isRow: isRow)
    let output = OutputTables(plan.form, lanes, outputBias: plan.output.bias)
    self.output = output
    let zero = Int64(plan.kernel.inputZeroPoint) + Int64(plan.input.bias)
    bias = Table(
      lanes.map(upTo: plan.kernel.output[3], zero: 0) { channel in
        let row = plan.kernel.weights[channel * plan.kernel.taps..<(channel + 1) * plan.kernel.taps]
        let sum = row.reduce(Int64(0)) { $0 + Int64($1) }
        return Int32(truncatingIfNeeded: plan.kernel.bias[channel] - zero * sum + output.addedToBias(channel))
      }, zero: 0)
  }

  /// Panels of 64 channels, and what remains in panels of 32 and 16; a remainder above 48 takes 64.
  private static func panels(channels: Int) -> [UInt8] {
    var result = [UInt8](repeating: 4, count: channels / 64)
    let rest = channels % 64
    if rest > 48 {
      result.append(4)
    } else {
      if rest > 16 { result.append(2) }
      if rest % 32 > 0 && (rest > 32 || rest <= 16) { result.append(1) }
    }
    return result
  }

  private static func packed(
    _ plan: ConvolutionPlan, _ offset: WeightOffset, _ lanes: LaneOrder, segments: Int, quads: Int, isRow: Bool
  ) -> Table<Int8> {
    let depth = plan.kernel.input[3]
    let columns = plan.kernel.window.columns.size
    var packed: [Int8] = []
    packed.reserveCapacity(lanes.count * segments * quads * 4)
    for panel in lanes.panelRanges {
      for segment in 0..<segments {
        for quad in 0..<quads {
          for lane in panel {
            let channel = lanes.channels[lane]
            for byte in 0..<4 {
              let index = quad * 4 + byte
              let isInside = index < (isRow ? columns * depth : depth)
              guard let channel, channel < plan.kernel.output[3], isInside else {
                packed.append(0)
                continue
              }
              let row = isRow ? segment : segment / columns
              let column = isRow ? index / depth : segment % columns
              let weight = plan.weight(channel: channel, row: row, column: column, depth: index % depth)
              packed.append(Int8(weight - offset.factor))
            }
          }
        }
      }
    }
    return Table(packed, zero: 0)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let first: Int32 = 0
    let last = Int32(plan.pixels)
    unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: sumFactor == 0 ? 1 : plan.pixels) { sums in
      var convolution = unsafe bx_convolution(
        panel_blocks: panelTable.pointer, panels: Int32(panels.count), weights: weights.pointer, bias: bias.pointer,
        sum_factor: sumFactor, segments: Int32(segments.count), segment_offsets: segments.pointer, quads: Int32(quads),
        segment_bytes: Int32(segmentBytes), channels: Int32(plan.kernel.output[3]), output: output.value)
      unsafe bx_convolve_avx512vnni(
        &convolution, arena.pointer(plan.input.offset), plan.inputOffsets.pointer, arena.pointer(plan.output.offset),
        plan.outputOffsets.pointer, first, last, sums.baseAddress)
    }
  }
}

/// What must be taken off all weights so that they fit a signed byte: 0 for symmetric ones, the distance of the zero
/// point from 128 for unsigned ones.
struct WeightOffset {
  let factor: Int32

  init?(_ kernel: ConvolutionKernel) {
    let smallest = kernel.weights.min() ?? 0
    let largest = kernel.weights.max() ?? 0
    if smallest >= -128 && largest <= 127 {
      factor = 0
    } else if largest - smallest <= 255 {
      factor = smallest + 128
    } else {
      return nil
    }
  }
}

/// Which channel each lane of the packed panels computes.
///
/// The kernels narrow four vectors of sums to bytes with instructions that work within 128-bit parts, so channels are
/// dealt to the lanes in fours: part `l` of vector `j` holds the channels `16·l + 4·j …` of a panel of 64.
struct LaneOrder {
  /// The channel of each lane.
  let channels: [Int?]
  /// The lanes of each panel.
  let panelRanges: [Range<Int>]

  var count: Int { channels.count }

  init(panels: [UInt8]) {
    var channels: [Int?] = []
    var ranges: [Range<Int>] = []
    for blocks in panels {
      let start = channels.count
      for lane in 0..<16 * Int(blocks) {
        let (vector, part, place) = (lane / 16, lane % 16 / 4, lane % 4)
        channels.append(start + part * 4 * Int(blocks) + vector * 4 + place)
      }
      ranges.append(start..<channels.count)
    }
    self.channels = channels
    panelRanges = ranges
  }

  /// The same entry, the first, for every lane.
  init(uniform count: Int) {
    channels = [Int?](repeating: 0, count: count)
    panelRanges = [0..<count]
  }

  /// One entry for each lane; lanes beyond the last channel take `zero`.
  func map<Result>(upTo count: Int = .max, zero: Result, _ entry: (Int) -> Result) -> [Result] {
    channels.map { channel in channel.map { $0 < count ? entry($0) : zero } ?? zero }
  }
}
