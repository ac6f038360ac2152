internal import NetworkModel
internal import Simulation

/// A convolution in plain Swift: the statement that the kernels in C must equal.
///
/// Eight output channels are computed side by side, for four pixels at a time, over windows that were widened and freed
/// of the zero point once.
struct PortableConvolution: PreparedStep {
  let plan: ConvolutionPlan
  /// Where the bytes of a window that follow each other begin, and how many there are.
  private let segments: [Int32]
  private let segmentBytes: Int
  /// `[group][eight channels][pair of taps][8][2]`, zero beyond the last channel and tap.
  private let weights: Table<Int16>
  /// Weights of eight channels: taps, made even, for each of them.
  private let panelWeights: Int
  private let panels: ChannelPanels
  private let requantization: PortableRequantization
  /// Pixels whose windows are widened together, so that weights are read once for all of them.
  private static let tile = 16

  var kernel: String { "portable" }

  /// - Precondition: `plan.registerIsExact`.
  init(_ plan: ConvolutionPlan) {
    self.plan = plan
    let kernel = plan.kernel
    let window = kernel.window
    let depth = kernel.input[3] / kernel.groups
    // Neighbours in a row of the window follow each other in memory, unless there are gaps or other groups between.
    let isRow = window.columns.dilation == 1 && kernel.groups == 1
    let taps = plan.tapOffsets()
    segments = isRow ? stride(from: 0, to: taps.count, by: window.columns.size).map { taps[$0] } : taps
    segmentBytes = isRow ? window.columns.size * depth : depth
    let pairs = (kernel.taps + 1) / 2
    panelWeights = 2 * pairs * Lanes.scalarCount
    let panels = ChannelPanels(channels: kernel.output[3], groups: kernel.groups, lanes: Lanes.scalarCount)
    self.panels = panels
    var packed = [Int16](repeating: 0, count: panels.count * panelWeights)
    for channel in 0..<kernel.output[3] {
      let (number, lane) = panels.lane(of: channel).quotientAndRemainder(dividingBy: Lanes.scalarCount)
      let panel = number * panelWeights + lane * 2
      var tap = 0
      for row in 0..<window.rows.size {
        for column in 0..<window.columns.size {
          for index in 0..<depth {
            packed[panel + tap / 2 * 2 * Lanes.scalarCount + tap % 2] = Int16(
              plan.weight(channel: channel, row: row, column: column, depth: index))
            tap += 1
          }
        }
      }
    }
    weights = Table(packed, zero: 0)
    requantization = PortableRequantization(
      plan.form, bias: kernel.bias, bounds: plan.bounds, outputBias: plan.output.bias)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let channels = plan.kernel.output[3]
    unsafe forEachPixel(arena) { pixel, sums in
      let target = plan.output.offset + Int(plan.outputOffsets[pixel])
      unsafe requantization.run(sums, channels, to: arena.pointer(target))
    }
  }

  /// Calls `body` with each output pixel and the sums of its channels, without their biases.
  @inline(__always)
  func forEachPixel(_ arena: Arena, _ body: (Int, UnsafePointer<Int32>) -> Void) {
    let channels = plan.kernel.output[3]
    // Widening writes up to seven elements beyond a window's end; their weights are zero.
    let patchStride = plan.kernel.taps.roundedUpToLanes + Lanes.scalarCount
    let sumStride = channels + Lanes.scalarCount
    let tile = PortableConvolution.tile
    unsafe withUnsafeTemporaryAllocation(of: Int16.self, capacity: tile * patchStride) { patchBuffer in
      unsafe patchBuffer.initialize(repeating: 0)
      unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: tile * sumStride) { sumBuffer in
        guard let patches = patchBuffer.baseAddress, let sums = sumBuffer.baseAddress else { return }
        for first in stride(from: 0, to: plan.pixels, by: tile) {
          let count = min(tile, plan.pixels - first)
          for group in 0..<plan.kernel.groups {
            for pixel in 0..<count {
              unsafe widen(arena, first + pixel, group, to: patches + pixel * patchStride)
            }
            unsafe sum(patches, patchStride, count, group, to: sums, sumStride)
          }
          for pixel in 0..<count { unsafe body(first + pixel, UnsafePointer(sums + pixel * sumStride)) }
        }
      }
    }
  }

  /// The elements of one window less the zero point, row by row.
  @unsafe private func widen(_ arena: Arena, _ pixel: Int, _ group: Int, to patch: UnsafeMutablePointer<Int16>) {
    let zero = SIMD8(repeating: Int16(truncatingIfNeeded: plan.kernel.inputZeroPoint + plan.input.bias))
    let start = plan.input.offset + Int(plan.inputOffsets[pixel]) + group * (plan.kernel.input[3] / plan.kernel.groups)
    var target = unsafe patch
    for segment in segments {
      let source = unsafe UnsafePointer(arena.pointer(start + Int(segment)))
      var index = 0
      while index < segmentBytes {
        let elements = unsafe source.widened(index) &- zero
        unsafe UnsafeMutableRawPointer(target + index).storeBytes(of: elements, as: SIMD8<Int16>.self)
        index &+= 8
      }
      unsafe target += segmentBytes
    }
  }

  /// The sums of one group's channels for so many pixels.
  ///
  /// Lanes beyond a group's last channel write into the next group's place before that is computed.
  @unsafe private func sum(
    _ patches: UnsafeMutablePointer<Int16>, _ patchStride: Int, _ count: Int, _ group: Int,
    to sums: UnsafeMutablePointer<Int32>, _ sumStride: Int
  ) {
    for panel in panels.ofGroup(group) {
      let row = unsafe weights.pointer + panel * panelWeights
      let channel = panels.firstChannel(of: panel)
      var pixel = 0
      while pixel &+ 4 <= count {
        let patch = unsafe UnsafePointer(patches + pixel * patchStride)
        unsafe fourPixels(patch, patchStride, row, to: sums + pixel * sumStride + channel, sumStride)
        pixel &+= 4
      }
      while pixel < count {
        let patch = unsafe UnsafePointer(patches + pixel * patchStride)
        unsafe onePixel(patch, row, to: sums + pixel * sumStride + channel)
        pixel &+= 1
      }
    }
  }

  @inline(__always) @unsafe private func fourPixels(
    _ patch: UnsafePointer<Int16>, _ patchStride: Int, _ row: UnsafePointer<Int16>,
    to sums: UnsafeMutablePointer<Int32>, _ sumStride: Int
  ) {
    let (second, third, fourth) = unsafe (patch + patchStride, patch + 2 * patchStride, patch + 3 * patchStride)
    var (a, b, c, d) = (PairSums(), PairSums(), PairSums(), PairSums())
    var (tap, place) = (0, 0)
    while place < panelWeights {
      let weights = unsafe row + place
      unsafe a.add(pairAt: patch + tap, weights)
      unsafe b.add(pairAt: second + tap, weights)
      unsafe c.add(pairAt: third + tap, weights)
      unsafe d.add(pairAt: fourth + tap, weights)
      tap &+= 2
      place &+= 2 &* Lanes.scalarCount
    }
    unsafe a.store(to: sums)
    unsafe b.store(to: sums + sumStride)
    unsafe c.store(to: sums + 2 * sumStride)
    unsafe d.store(to: sums + 3 * sumStride)
  }

  @inline(__always) @unsafe private func onePixel(
    _ patch: UnsafePointer<Int16>, _ row: UnsafePointer<Int16>, to sums: UnsafeMutablePointer<Int32>
  ) {
    var sum = PairSums()
    var (tap, place) = (0, 0)
    while place < panelWeights {
      unsafe sum.add(pairAt: patch + tap, row + place)
      tap &+= 2
      place &+= 2 &* Lanes.scalarCount
    }
    unsafe sum.store(to: sums)
  }
}
