internal import FixedPoint
internal import NetworkModel
internal import Simulation

/// A convolution whose register overflows often: each addition of the machine, in its order, for sixteen channels side
/// by side.
struct ShortConvolution: PreparedStep {
  let plan: ConvolutionPlan
  private let register: ShortRegister
  /// For each tap, in the machine's order, its byte from a window's start.
  private let offsets: Table<Int32>
  /// `[panel][tap][16]`, zero beyond a panel's channels.
  private let weights: Table<Int16>
  private let requantization: PortableRequantization
  private static let tile = 16

  var kernel: String { "checked16" }

  /// Packs a plan; `nil` where 16 bits are too few.
  init?(_ plan: ConvolutionPlan) {
    let kernel = plan.kernel
    guard let register = ShortRegister(plan, groups: kernel.groups) else { return nil }
    self.plan = plan
    self.register = register
    let taps = kernel.taps
    offsets = Table(plan.orderedOffsets().map(Int32.init), zero: 0)
    let lanes = Shorts.scalarCount
    weights = unsafe Table(count: register.panels.laneCount * taps, zero: 0) { weights in
      for channel in 0..<kernel.output[3] {
        let (panel, lane) = register.panels.lane(of: channel).quotientAndRemainder(dividingBy: lanes)
        for tap in 0..<taps {
          unsafe weights[(panel * taps + tap) * lanes + lane] = Int16(kernel.weights[channel * taps + tap])
        }
      }
    }
    requantization = plan.requantizationOfRegisters()
  }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    let channels = plan.kernel.output[3]
    let taps = offsets.count
    let sumStride = channels + Shorts.scalarCount
    let tile = ShortConvolution.tile
    var overflows = 0
    unsafe withUnsafeTemporaryAllocation(of: Int16.self, capacity: tile * taps) { elements in
      unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: tile * (sumStride + taps + 1)) { buffer in
        guard let elements = elements.baseAddress, let sums = buffer.baseAddress else { return }
        let places = unsafe sums + tile * sumStride
        let counts = unsafe places + tile * taps
        for first in stride(from: 0, to: plan.pixels, by: tile) {
          let count = min(tile, plan.pixels - first)
          for panel in 0..<register.panels.count {
            if register.panels.beginsGroup(panel) {
              for pixel in 0..<count {
                unsafe counts[pixel] = unsafe gather(
                  arena, first + pixel, register.panels.group(of: panel), elements + pixel * taps, places + pixel * taps
                )
              }
            }
            let channel = register.panels.firstChannel(of: panel)
            for pixel in 0..<count {
              let terms = unsafe Terms(
                elements: elements + pixel * taps, places: places + pixel * taps, count: Int(counts[pixel]),
                weights: weights.pointer + panel * taps * Shorts.scalarCount)
              let target = unsafe sums + pixel * sumStride + channel
              overflows += unsafe register.saturates ? saturate(terms, panel, target) : wrap(terms, panel, target)
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

  /// What one window adds to the registers of a panel.
  @unsafe private struct Terms {
    /// The elements that are not zero, in the machine's order.
    let elements: UnsafePointer<Int16>
    /// Where the weights of each one begin.
    let places: UnsafePointer<Int32>
    let count: Int
    let weights: UnsafePointer<Int16>

    @inline(__always) subscript(_ index: Int) -> Shorts {
      unsafe Shorts(repeating: elements[index]) &* Shorts(at: weights + Int(places[index]))
    }
  }

  /// Collects the elements of one window less the zero point that are not zero, in the order in which the machine adds,
  /// and where their weights begin in a panel; gives their number.
  @unsafe private func gather(
    _ arena: Arena, _ pixel: Int, _ group: Int, _ elements: UnsafeMutablePointer<Int16>,
    _ places: UnsafeMutablePointer<Int32>
  ) -> Int32 {
    let zero = Int16(truncatingIfNeeded: plan.kernel.inputZeroPoint + plan.input.bias)
    let start = plan.input.offset + Int(plan.inputOffsets[pixel]) + group * (plan.kernel.input[3] / plan.kernel.groups)
    let window = unsafe arena.pointer(start)
    var count = 0
    var place: Int32 = 0
    for tap in 0..<offsets.count {
      let element = unsafe Int16(window[Int(offsets[tap])]) &- zero
      // What is zero is overwritten by the next one.
      unsafe elements[count] = element
      unsafe places[count] = place
      count &+= element == 0 ? 0 : 1
      place &+= Int32(Shorts.scalarCount)
    }
    return Int32(count)
  }

  /// Saturating registers after one window; gives the number of overflows.
  @unsafe private func saturate(_ terms: Terms, _ panel: Int, _ sums: UnsafeMutablePointer<Int32>) -> Int {
    let register = register
    var content = register.start(panel)
    var kept = Shorts()
    var index = 0
    while unsafe index < terms.count {
      let sum = content &+ (unsafe terms[index])
      content = register.saturated(sum)
      kept.replace(with: kept &+ 1, where: sum .== content)
      index &+= 1
    }
    return unsafe register.finish(content, additions: terms.count, kept, panel, sums)
  }

  /// Wrapping registers after one window; gives the number of overflows.
  @unsafe private func wrap(_ terms: Terms, _ panel: Int, _ sums: UnsafeMutablePointer<Int32>) -> Int {
    let register = register
    var content = register.start(panel) &+ register.half
    var kept = Shorts()
    var index = 0
    while unsafe index < terms.count {
      let sum = content &+ (unsafe terms[index])
      content = sum & register.mask
      kept.replace(with: kept &+ 1, where: sum .== content)
      index &+= 1
    }
    return unsafe register.finish(content &- register.half, additions: terms.count, kept, panel, sums)
  }
}
