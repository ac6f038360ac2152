internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// A convolution whose register may overflow: each addition of the machine, in its order, for eight channels side by
/// side.
///
/// Taps are taken in blocks, and blocks in spans. Where `Σ|x|` of a span times its largest weight cannot take the
/// register out of its range, no addition in the span can, and their sum is added at once; else the same is asked of
/// its blocks, then of each prefix of a block, and only what is left is added one by one.
struct NarrowConvolution: PreparedStep {
  let plan: ConvolutionPlan
  /// For each tap, in the machine's order, its byte from a window's start; blocks are made even by repeated taps.
  private let offsets: Table<Int32>
  /// `[group][eight channels][pair of taps][8][2]`, zero beyond the last channel and in what makes blocks even.
  private let weights: Table<Int16>
  /// `[group][eight channels][block][8]`: the largest magnitude of a weight.
  private let largest: Table<Int32>
  /// `[group][eight channels][span][8]`: the same of spans.
  private let largestOfSpan: Table<Int32>
  /// `[group][eight channels][8]`.
  private let bias: Table<Int32>
  private let panels: ChannelPanels
  private let blocks: Int
  private let spans: Int
  /// Taps of a block: whole groups of those that are added exactly before the register checks, made even.
  private let blockTaps: Int
  private let productsPerCheck: Int
  private let requantization: PortableRequantization
  private let rule: NarrowRegister.Rule
  private static let tile = 16
  private static let blocksOfSpan = 4

  var kernel: String { "checked" }

  /// Packs a plan; `nil` where 32 bits are too few.
  init?(_ plan: ConvolutionPlan) {
    guard NarrowRegister.serves(plan) else { return nil }
    self.plan = plan
    let kernel = plan.kernel
    let taps = kernel.taps
    productsPerCheck = min(kernel.accumulator.productsPerCheck ?? taps, taps)
    let used = productsPerCheck * max(1, 16 / productsPerCheck)
    blocks = (taps + used - 1) / used
    spans = (blocks + NarrowConvolution.blocksOfSpan - 1) / NarrowConvolution.blocksOfSpan
    blockTaps = (used + 1) / 2 * 2
    let ordered = plan.orderedOffsets()
    var offsets = [Int32](repeating: 0, count: blocks * blockTaps)
    let panels = ChannelPanels(channels: kernel.output[3], groups: kernel.groups, lanes: Lanes.scalarCount)
    self.panels = panels
    var packed = [Int16](repeating: 0, count: panels.laneCount * offsets.count)
    var largest = [Int32](repeating: 0, count: panels.laneCount * blocks)
    var largestOfSpan = [Int32](repeating: 0, count: panels.laneCount * spans)
    var bias = [Int32](repeating: 0, count: panels.laneCount)
    for tap in 0..<taps { offsets[tap / used * blockTaps + tap % used] = Int32(ordered[tap]) }
    for channel in 0..<kernel.output[3] {
      let (panel, lane) = panels.lane(of: channel).quotientAndRemainder(dividingBy: Lanes.scalarCount)
      bias[panel * Lanes.scalarCount + lane] = Int32(kernel.bias[channel])
      for tap in 0..<taps {
        let weight = kernel.weights[channel * taps + tap]
        let (block, place) = (tap / used, tap / used * blockTaps + tap % used)
        let pair = panel * offsets.count / 2 + place / 2
        packed[(pair * Lanes.scalarCount + lane) * 2 + place % 2] = Int16(weight)
        let entry = (panel * blocks + block) * Lanes.scalarCount + lane
        largest[entry] = max(largest[entry], abs(weight))
        let span = (panel * spans + block / NarrowConvolution.blocksOfSpan) * Lanes.scalarCount + lane
        largestOfSpan[span] = max(largestOfSpan[span], largest[entry])
      }
    }
    self.offsets = Table(offsets, zero: 0)
    self.weights = Table(packed, zero: 0)
    self.largest = Table(largest, zero: 0)
    self.largestOfSpan = Table(largestOfSpan, zero: 0)
    self.bias = Table(bias, zero: 0)
    requantization = plan.requantizationOfRegisters()
    rule = NarrowRegister.Rule(plan.kernel.accumulator)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    let channels = plan.kernel.output[3]
    let sumStride = channels + Lanes.scalarCount
    let tile = NarrowConvolution.tile
    var overflows = 0
    unsafe withUnsafeTemporaryAllocation(of: Int16.self, capacity: tile * offsets.count) { patches in
      unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: tile * (sumStride + blocks + spans)) { buffer in
        guard let patches = patches.baseAddress, let sums = buffer.baseAddress else { return }
        let reaches = unsafe sums + tile * sumStride
        for first in stride(from: 0, to: plan.pixels, by: tile) {
          let count = min(tile, plan.pixels - first)
          for group in 0..<plan.kernel.groups {
            for pixel in 0..<count {
              unsafe gather(
                arena, first + pixel, group, patches + pixel * offsets.count, reaches + pixel * (blocks + spans))
            }
            for panel in panels.ofGroup(group) {
              let channel = panels.firstChannel(of: panel)
              for pixel in 0..<count {
                let register = unsafe accumulate(
                  patches + pixel * offsets.count, reaches + pixel * (blocks + spans), panel)
                unsafe (sums + pixel * sumStride).setLanes(channel, register.content)
                overflows += register.overflowCount
              }
            }
          }
          for pixel in 0..<count {
            let target = plan.output.offset + Int(plan.outputOffsets[first + pixel])
            unsafe requantization.run(sums + pixel * sumStride, channels, to: arena.pointer(target))
          }
        }
      }
    }
    try plan.report(overflows, &events)
  }

  /// The elements of one window less the zero point, in the order in which the machine adds, and `Σ|x|` of each block
  /// and then of each span.
  @unsafe private func gather(
    _ arena: Arena, _ pixel: Int, _ group: Int, _ patch: UnsafeMutablePointer<Int16>,
    _ reaches: UnsafeMutablePointer<Int32>
  ) {
    let zero = Int16(truncatingIfNeeded: plan.kernel.inputZeroPoint + plan.input.bias)
    let start = plan.input.offset + Int(plan.inputOffsets[pixel]) + group * (plan.kernel.input[3] / plan.kernel.groups)
    let window = unsafe arena.pointer(start)
    let spanReaches = unsafe reaches + blocks
    for span in 0..<spans { unsafe spanReaches[span] = 0 }
    var tap = 0
    for block in 0..<blocks {
      var reach: Int32 = 0
      for _ in 0..<blockTaps {
        let element = unsafe Int16(window[Int(offsets[tap])]) &- zero
        unsafe patch[tap] = element
        reach &+= Int32(abs(element))
        tap &+= 1
      }
      unsafe reaches[block] = reach
      unsafe spanReaches[block / NarrowConvolution.blocksOfSpan] &+= reach
    }
  }

  /// The registers of eight channels after one window.
  @unsafe private func accumulate(
    _ patch: UnsafePointer<Int16>, _ reaches: UnsafePointer<Int32>, _ panel: Int
  ) -> NarrowRegister {
    let order = plan.kernel.accumulator
    let bias = bias.lanes(panel * Lanes.scalarCount)
    var register = NarrowRegister()
    let row = unsafe weights.pointer + panel * offsets.count * Lanes.scalarCount
    guard order.productsPerCheck != nil else {
      register.add(bias &+ (unsafe sum(patch, row, offsets.count)), rule)
      return register
    }
    if order.startsFromBias { register.add(bias, rule) }
    for span in 0..<spans {
      let first = span &* NarrowConvolution.blocksOfSpan
      let end = min(first &+ NarrowConvolution.blocksOfSpan, blocks)
      let reach = unsafe Lanes(repeating: reaches[blocks &+ span])
      if rule.holds(register.content, reach &* largestOfSpan.lanes((panel &* spans &+ span) &* Lanes.scalarCount)) {
        let tap = first &* blockTaps
        register.addSafely(
          unsafe sum(patch + tap, row + tap &* Lanes.scalarCount, (end &- first) &* blockTaps))
        continue
      }
      for block in first..<end {
        let tap = block &* blockTaps
        let (taps, weights) = unsafe (patch + tap, row + tap &* Lanes.scalarCount)
        let reach = unsafe Lanes(repeating: reaches[block])
        if rule.holds(register.content, reach &* largest.lanes((panel &* blocks &+ block) &* Lanes.scalarCount)) {
          register.addSafely(unsafe sum(taps, weights, blockTaps))
        } else if !(unsafe addPrefixes(taps, weights, &register)) {
          unsafe addOneByOne(taps, weights, &register)
        }
      }
    }
    if !order.startsFromBias { register.add(bias, rule) }
    return register
  }

  /// The exact sum of the products of some taps.
  @inline(__always) @unsafe private func sum(
    _ taps: UnsafePointer<Int16>, _ row: UnsafePointer<Int16>, _ count: Int
  ) -> Lanes {
    var sums = PairSums()
    var tap = 0
    while tap < count {
      unsafe sums.add(pairAt: taps + tap, row + tap &* Lanes.scalarCount)
      tap &+= 2
    }
    return sums.lanes
  }

  /// Adds a block if every prefix of its products leaves all registers in their range, so that no addition overflows
  /// however many products a check has; or else changes nothing.
  @unsafe private func addPrefixes(
    _ taps: UnsafePointer<Int16>, _ row: UnsafePointer<Int16>, _ register: inout NarrowRegister
  ) -> Bool {
    var sums = PairSums(rule.raised(register.content))
    var bits = Lanes()
    var tap = 0
    while tap < blockTaps {
      let weights = unsafe row + tap &* Lanes.scalarCount
      var prefix = sums
      unsafe prefix.add(firstAt: taps + tap, weights)
      unsafe sums.add(pairAt: taps + tap, weights)
      bits |= prefix.lanes | sums.lanes
      tap &+= 2
    }
    guard rule.holds(bits: bits) else { return false }
    register.content = rule.lowered(sums.lanes)
    return true
  }

  /// Each addition of a block; what makes it even adds zero to the last term.
  @unsafe private func addOneByOne(
    _ taps: UnsafePointer<Int16>, _ row: UnsafePointer<Int16>, _ register: inout NarrowRegister
  ) {
    let rule = rule
    var (content, overflows) = (register.content, register.overflows)
    var term = Lanes()
    var left = productsPerCheck
    var place = 0
    while place < blockTaps {
      let pair = place & ~1
      let pairs = unsafe UnsafeRawPointer(row + pair &* Lanes.scalarCount).loadUnaligned(as: SIMD16<Int16>.self)
      let weights = place == pair ? pairs.evenHalf : pairs.oddHalf
      term &+= unsafe Lanes(repeating: Int32(taps[place])) &* weights.widened
      place &+= 1
      left &-= 1
      if left > 0 && place < blockTaps { continue }
      // As `NarrowRegister.add`, which compilers do not expand here.
      let sum = content &+ term
      content = rule.kept(sum)
      overflows.replace(with: overflows &+ 1, where: sum .!= content)
      (term, left) = (Lanes(), productsPerCheck)
    }
    (register.content, register.overflows) = (content, overflows)
  }
}
