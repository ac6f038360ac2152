internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// A convolution whose register may overflow: each addition of the machine, in its order, for eight channels side by
/// side.
///
/// Taps are taken in blocks. Where `Σ|x|` of a block times its largest weight cannot take the register out of its range,
/// no addition in the block can, and their sum is added at once; only other blocks are added one by one.
struct NarrowConvolution: PreparedStep {
  let plan: ConvolutionPlan
  /// For each tap, in the machine's order, its byte from a window's start; blocks are made even by repeated taps.
  private let offsets: [Int]
  /// `[group][eight channels][pair of taps][8][2]`, zero beyond the last channel and in what makes blocks even.
  private let weights: Table<Int16>
  /// `[group][eight channels][block][8]`: the largest magnitude of a weight.
  private let largest: Table<Int32>
  /// `[group][eight channels][8]`.
  private let bias: Table<Int32>
  private let panelsPerGroup: Int
  private let blocks: Int
  /// Taps of a block: whole groups of those that are added exactly before the register checks, made even.
  private let blockTaps: Int
  private let productsPerCheck: Int
  private let requantization: PortableRequantization
  /// Registers that hold nothing.
  private let empty: NarrowRegister
  private static let tile = 16

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
    blockTaps = (used + 1) / 2 * 2
    let ordered = plan.orderedOffsets()
    var offsets = [Int](repeating: 0, count: blocks * blockTaps)
    let perGroup = kernel.output[3] / kernel.groups
    panelsPerGroup = perGroup.roundedUpToLanes / Lanes.scalarCount
    let panels = kernel.groups * panelsPerGroup
    var packed = [Int16](repeating: 0, count: panels * offsets.count * Lanes.scalarCount)
    var largest = [Int32](repeating: 0, count: panels * blocks * Lanes.scalarCount)
    var bias = [Int32](repeating: 0, count: panels * Lanes.scalarCount)
    for tap in 0..<taps { offsets[tap / used * blockTaps + tap % used] = ordered[tap] }
    for channel in 0..<kernel.output[3] {
      let (group, inGroup) = (channel / perGroup, channel % perGroup)
      let (panel, lane) = (group * panelsPerGroup + inGroup / Lanes.scalarCount, inGroup % Lanes.scalarCount)
      bias[panel * Lanes.scalarCount + lane] = Int32(kernel.bias[channel])
      for tap in 0..<taps {
        let weight = kernel.weights[channel * taps + tap]
        let (block, place) = (tap / used, tap / used * blockTaps + tap % used)
        let pair = panel * offsets.count / 2 + place / 2
        packed[(pair * Lanes.scalarCount + lane) * 2 + place % 2] = Int16(weight)
        let entry = (panel * blocks + block) * Lanes.scalarCount + lane
        largest[entry] = max(largest[entry], abs(weight))
      }
    }
    self.offsets = offsets
    self.weights = Table(packed, zero: 0)
    self.largest = Table(largest, zero: 0)
    self.bias = Table(bias, zero: 0)
    requantization = plan.requantizationOfRegisters()
    empty = NarrowRegister(plan.kernel.accumulator)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    let channels = plan.kernel.output[3]
    let sumStride = channels + Lanes.scalarCount
    let tile = NarrowConvolution.tile
    var overflows = 0
    unsafe withUnsafeTemporaryAllocation(of: Int16.self, capacity: tile * offsets.count) { patches in
      unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: tile * (sumStride + blocks)) { buffer in
        guard let patches = patches.baseAddress, let sums = buffer.baseAddress else { return }
        let reaches = unsafe sums + tile * sumStride
        for first in stride(from: 0, to: plan.pixels, by: tile) {
          let count = min(tile, plan.pixels - first)
          for group in 0..<plan.kernel.groups {
            for pixel in 0..<count {
              unsafe gather(arena, first + pixel, group, patches + pixel * offsets.count, reaches + pixel * blocks)
            }
            for panel in 0..<panelsPerGroup {
              let channel = group * (channels / plan.kernel.groups) + panel * Lanes.scalarCount
              for pixel in 0..<count {
                let register = unsafe accumulate(
                  patches + pixel * offsets.count, reaches + pixel * blocks, group * panelsPerGroup + panel)
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

  /// The elements of one window less the zero point, in the order in which the machine adds, and `Σ|x|` of each block.
  @unsafe private func gather(
    _ arena: Arena, _ pixel: Int, _ group: Int, _ patch: UnsafeMutablePointer<Int16>,
    _ reaches: UnsafeMutablePointer<Int32>
  ) {
    let zero = Int16(truncatingIfNeeded: plan.kernel.inputZeroPoint + plan.input.bias)
    let start = plan.input.offset + Int(plan.inputOffsets[pixel]) + group * (plan.kernel.input[3] / plan.kernel.groups)
    let window = unsafe arena.pointer(start)
    var tap = 0
    for block in 0..<blocks {
      var reach: Int32 = 0
      for _ in 0..<blockTaps {
        let element = unsafe Int16(window[offsets[tap]]) &- zero
        unsafe patch[tap] = element
        reach &+= Int32(abs(element))
        tap &+= 1
      }
      unsafe reaches[block] = reach
    }
  }

  /// The registers of eight channels after one window.
  @unsafe private func accumulate(
    _ patch: UnsafePointer<Int16>, _ reaches: UnsafePointer<Int32>, _ panel: Int
  ) -> NarrowRegister {
    let rule = plan.kernel.accumulator
    let bias = bias.lanes(panel * Lanes.scalarCount)
    var register = empty
    var row = unsafe weights.pointer + panel * offsets.count * Lanes.scalarCount
    guard rule.productsPerCheck != nil else {
      register.add(bias &+ (unsafe sum(patch, row, offsets.count)))
      return register
    }
    if rule.startsFromBias { register.add(bias) }
    for block in 0..<blocks {
      let taps = unsafe patch + block * blockTaps
      let reach = unsafe Lanes(repeating: reaches[block]) &* largest.lanes((panel * blocks + block) * Lanes.scalarCount)
      if register.holds(reach) {
        register.addSafely(unsafe sum(taps, row, blockTaps))
      } else {
        unsafe addOneByOne(taps, row, &register)
      }
      unsafe row += blockTaps * Lanes.scalarCount
    }
    if !rule.startsFromBias { register.add(bias) }
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

  /// Each addition of a block; what makes it even adds zero to the last term.
  @inline(__always) @unsafe private func addOneByOne(
    _ taps: UnsafePointer<Int16>, _ row: UnsafePointer<Int16>, _ register: inout NarrowRegister
  ) {
    var tap = 0
    if productsPerCheck == 1 {
      while tap < blockTaps {
        let (first, second) = unsafe products(taps + tap, row + tap &* Lanes.scalarCount)
        register.add(first)
        register.add(second)
        tap &+= 2
      }
      return
    }
    var term = Lanes()
    var left = productsPerCheck
    func add(_ product: Lanes) {
      term &+= product
      left &-= 1
      if left > 0 { return }
      register.add(term)
      (term, left) = (Lanes(), productsPerCheck)
    }
    while tap < blockTaps {
      let (first, second) = unsafe products(taps + tap, row + tap &* Lanes.scalarCount)
      add(first)
      add(second)
      tap &+= 2
    }
    if left < productsPerCheck { register.add(term) }
  }

  /// The products of a pair of taps in each lane.
  @inline(__always) @unsafe private func products(
    _ taps: UnsafePointer<Int16>, _ row: UnsafePointer<Int16>
  ) -> (first: Lanes, second: Lanes) {
    let pairs = unsafe UnsafeRawPointer(row).loadUnaligned(as: SIMD16<Int16>.self)
    return unsafe (
      Lanes(repeating: Int32(taps[0])) &* pairs.evenHalf.widened,
      Lanes(repeating: Int32(taps[1])) &* pairs.oddHalf.widened
    )
  }
}
