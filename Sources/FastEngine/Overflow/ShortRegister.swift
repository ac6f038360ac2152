internal import FixedPoint
internal import NetworkModel
internal import Simulation

/// Sixteen channels side by side in integers of 16 bits.
typealias Shorts = SIMD16<Int16>

extension Shorts {
  /// Sixteen integers from an address on.
  @inline(__always) @unsafe init(at address: UnsafePointer<Int16>) {
    self = unsafe UnsafeRawPointer(address).loadUnaligned(as: Shorts.self)
  }
}

/// Registers so narrow that what one holds and one product make at most 16 bits, each product being added by itself.
///
/// What `Accumulator` is for one channel, as ``NarrowRegister`` is for wider registers. A product of zero changes nothing,
/// because what a register holds lies in its range: taps whose element is zero, of which ReLU leaves many, can be left
/// out.
struct ShortRegister: Sendable {
  private let minimum: Shorts
  private let maximum: Shorts
  /// 2^(bits − 1) and 2^bits − 1.
  ///
  /// A register that wraps is kept 2^(bits − 1) higher than it is, from 0 to 2^bits − 1; its last bits are then what
  /// wrapping keeps of a sum, and nothing overflows where they are all of it. 16 bits tell: with bits ≤ 15 and a product p,
  /// |p| ≤ 2^15 − 1 − 2^(bits − 1), the sum is at least −2^15 and less than 2^16 − 2^14, so one beyond 2^15 − 1 reads as
  /// negative, and as little as other negative ones equals its last bits.
  let half: Shorts
  let mask: Shorts
  let saturates: Bool
  /// Sixteen channels of one group each.
  let panels: ChannelPanels
  /// The registers before the first product, for each lane of each panel.
  private let starts: Table<Int16>
  /// For each panel how many of its registers overflow when they take their bias first.
  private let startOverflows: [Int]
  /// What is added after the last product; `nil` where that is nothing.
  private let ends: Table<Int32>?
  private let wide: NarrowRegister.Rule

  /// Makes a convolution's registers; `nil` where 16 bits are too few or products are not checked one by one.
  ///
  /// - Parameters:
  ///   - plan: The convolution.
  ///   - groups: The groups of channels whose windows differ.
  init?(_ plan: ConvolutionPlan, groups: Int) {
    let kernel = plan.kernel
    let rule = kernel.accumulator
    let product = plan.reach * Int64(max(plan.filters.largest, -plan.filters.smallest))
    // Overflows are counted in 16 bits, those of four lanes together.
    guard let perCheck = rule.productsPerCheck, min(perCheck, kernel.taps) == 1, kernel.taps < 1 << 13,
      rule.format.bits <= 15, product + Int64(rule.format.maximum) + 1 <= Int64(Int16.max), NarrowRegister.serves(plan)
    else { return nil }
    let maximum = Int16(rule.format.maximum)
    self.maximum = Shorts(repeating: maximum)
    minimum = Shorts(repeating: -maximum - 1)
    half = Shorts(repeating: maximum + 1)
    mask = self.maximum &+ half
    saturates = rule.overflow == .saturate
    wide = NarrowRegister.Rule(rule)
    panels = ChannelPanels(channels: kernel.output[3], groups: groups, lanes: Shorts.scalarCount)
    var starts = [Int16](repeating: 0, count: panels.laneCount)
    var startOverflows = [Int](repeating: 0, count: panels.count)
    var ends = [Int32](repeating: 0, count: panels.laneCount)
    for channel in 0..<kernel.output[3] {
      let lane = panels.lane(of: channel)
      if rule.startsFromBias {
        var register = Accumulator(format: rule.format, overflow: rule.overflow)
        register.add(kernel.bias[channel])
        starts[lane] = Int16(register.value)
        startOverflows[lane / Shorts.scalarCount] += register.overflowCount
      } else {
        ends[lane] = Int32(kernel.bias[channel])
      }
    }
    self.starts = Table(starts, zero: 0)
    self.startOverflows = startOverflows
    self.ends = rule.startsFromBias ? nil : Table(ends, zero: 0)
  }

  /// What the registers of a panel hold before the first product.
  @inline(__always) func start(_ panel: Int) -> Shorts {
    unsafe Shorts(at: starts.pointer + panel &* Shorts.scalarCount)
  }

  /// What saturating registers keep of exact sums.
  @inline(__always) func saturated(_ sum: Shorts) -> Shorts {
    let kept = sum.replacing(with: maximum, where: sum .> maximum)
    return kept.replacing(with: minimum, where: kept .< minimum)
  }

  /// Adds what comes last, and writes the sums.
  ///
  /// - Parameters:
  ///   - content: The registers after the last product.
  ///   - additions: How many products were added.
  ///   - kept: How many of them did not overflow, in each lane.
  ///   - panel: Whose registers these are.
  ///   - sums: Where they go.
  /// - Returns: The number of overflows.
  @inline(__always) @unsafe
  func finish(
    _ content: Shorts, additions: Int, _ kept: Shorts, _ panel: Int, _ sums: UnsafeMutablePointer<Int32>
  ) -> Int {
    let overflows = Shorts(repeating: Int16(truncatingIfNeeded: additions)) &- kept
    let pairs = overflows.lowHalf &+ overflows.highHalf
    var count = startOverflows[panel] &+ Int((pairs.evenHalf &+ pairs.oddHalf).widened.wrappedSum())
    for number in 0..<2 {
      var register = NarrowRegister()
      register.content = (number == 0 ? content.lowHalf : content.highHalf).widened
      if let ends {
        register.add(ends.lanes(panel &* Shorts.scalarCount &+ number &* Lanes.scalarCount), wide)
        count &+= register.overflowCount
      }
      unsafe sums.setLanes(number &* Lanes.scalarCount, register.content)
    }
    return count
  }
}

extension SIMD4<Int16> {
  /// The same integers in 32 bits.
  @inline(__always) fileprivate var widened: SIMD4<Int32> {
    SIMD4<Int32>(Int32(self[0]), Int32(self[1]), Int32(self[2]), Int32(self[3]))
  }
}
