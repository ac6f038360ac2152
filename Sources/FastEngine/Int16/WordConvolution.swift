internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// A convolution of int16 activations whose register is exact.
///
/// A window is gathered as 16-bit integers; products of so many taps that 32 bits hold their sum are added in 32 bits,
/// such parts in 64.
struct WordConvolution: DivisibleStep {
  private let windows: WordWindows
  /// `[O][taps]`, taps by rows, columns, channels.
  private let weights: Table<Int16>
  private let bias: [Int64]
  private let form: WordOutput
  /// The taps whose products are added in 32 bits.
  private let block: Int

  let kernel = "portable"

  /// Prepares a step; `nil` where the register may overflow or weights are wider than 16 bits.
  init?(_ windows: WordWindows) {
    let kernel = windows.kernel
    guard windows.registerIsExact, windows.fits(products: 1) else { return nil }
    self.windows = windows
    let depth = windows.depth
    weights = Table(
      (0..<kernel.output[3] * kernel.taps).map { index in
        let tap = index % kernel.taps
        return Int16(windows.weight(channel: index / kernel.taps, tap: tap / depth, depth: tap % depth))
      }, zero: 0)
    bias = kernel.bias
    let bounds = windows.bounds
    form = WordOutput(kernel.outputStage, reaches: bounds)
    // Where the weights of every channel bound its whole sum there is one block.
    let isShort = zip(bounds, bias).allSatisfy { $0 - Int128($1.magnitude) <= Int128(Int32.max) }
    block = isShort ? kernel.taps : (1...9).last { windows.fits(products: 1 << $0) }.map { 1 << $0 } ?? 1
  }

  var pixels: Int { windows.pixels }

  var operations: Int { pixels * windows.kernel.output[3] * windows.kernel.taps }

  func run(_ arena: Arena, pixels: Range<Int>) {
    let (taps, depth, groups) = (windows.kernel.taps, windows.depth, windows.kernel.groups)
    let perGroup = windows.kernel.output[3] / groups
    unsafe withUnsafeTemporaryAllocation(of: Int16.self, capacity: taps) { buffer in
      guard let patch = buffer.baseAddress else { return }
      for pixel in pixels {
        let target = windows.target(pixel)
        for group in 0..<groups {
          windows.forEachTap(pixel) { tap, source in
            let place = unsafe patch + tap * depth
            if let source {
              let words = unsafe UnsafeRawPointer(arena.pointer(source + group * depth * 4))
                .assumingMemoryBound(to: Int32.self)
              for index in 0..<depth { unsafe place[index] = Int16(truncatingIfNeeded: words[index]) }
            } else {
              unsafe place.update(repeating: 0, count: depth)
            }
          }
          for channel in group * perGroup..<(group + 1) * perGroup {
            let sum = unsafe product(patch, weights.pointer + channel * taps, taps)
            arena.setWord(target + channel * 4, form(sum &+ bias[channel], channel))
          }
        }
      }
    }
  }

  /// The sum of all products; each part stays within 32 bits.
  @inline(__always) @unsafe private func product(
    _ patch: UnsafePointer<Int16>, _ weights: UnsafePointer<Int16>, _ taps: Int
  ) -> Int64 {
    var whole: Int64 = 0
    var start = 0
    while start < taps {
      let end = min(start &+ block, taps)
      var part: Int32 = 0
      for tap in start..<end { unsafe part &+= Int32(patch[tap]) &* Int32(weights[tap]) }
      whole &+= Int64(part)
      start = end
    }
    return whole
  }
}

/// A convolution of each int16 channel by itself, all channels of a pixel side by side.
struct WordDepthwise: DivisibleStep {
  private let windows: WordWindows
  /// `[taps][C]`.
  private let weights: Table<Int16>
  private let bias: [Int64]
  private let form: WordOutput

  let kernel = "portable"

  /// Prepares a step; `nil` where it is another kind of convolution, or sums may leave 32 bits.
  init?(_ windows: WordWindows) {
    let kernel = windows.kernel
    let channels = kernel.input[3]
    guard kernel.groups == channels, kernel.output[3] == channels, windows.registerIsExact,
      windows.fits(products: kernel.taps)
    else { return nil }
    self.windows = windows
    weights = Table(
      (0..<kernel.taps * channels).map {
        Int16(windows.weight(channel: $0 % channels, tap: $0 / channels, depth: 0))
      }, zero: 0)
    bias = kernel.bias
    form = WordOutput(kernel.outputStage, reaches: windows.bounds)
  }

  var pixels: Int { windows.pixels }

  var operations: Int { pixels * windows.kernel.output[3] * windows.kernel.taps }

  func run(_ arena: Arena, pixels: Range<Int>) {
    let channels = windows.kernel.output[3]
    unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: channels) { buffer in
      guard let sums = buffer.baseAddress else { return }
      for pixel in pixels {
        unsafe sums.update(repeating: 0, count: channels)
        windows.forEachTap(pixel) { tap, source in
          guard let source else { return }
          let words = unsafe UnsafeRawPointer(arena.pointer(source)).assumingMemoryBound(to: Int32.self)
          let factors = unsafe weights.pointer + tap * channels
          for channel in 0..<channels {
            // An activation of 16 bits as such, so that short multiplications do.
            let x = unsafe Int16(truncatingIfNeeded: words[channel])
            unsafe sums[channel] &+= Int32(x) &* Int32(factors[channel])
          }
        }
        let target = windows.target(pixel)
        for channel in 0..<channels {
          arena.setWord(target + channel * 4, form(unsafe Int64(sums[channel]) &+ bias[channel], channel))
        }
      }
    }
  }
}

/// A convolution of int16 activations whose register may overflow: each addition of the machine, in its order.
struct CheckedWordConvolution: PreparedStep {
  let windows: WordWindows
  let step: Step

  let kernel = "checked"

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    let kernel = windows.kernel
    let (taps, depth, rule) = (kernel.taps, windows.depth, kernel.accumulator)
    let perGroup = kernel.output[3] / kernel.groups
    let stage = kernel.outputStage
    let chunk = rule.productsPerCheck ?? taps
    var register = Accumulator(format: rule.format, overflow: rule.overflow)
    var patch = [Int64](repeating: 0, count: taps)
    for pixel in 0..<windows.pixels {
      for channel in 0..<kernel.output[3] {
        if channel % perGroup == 0 { gather(arena, pixel, channel / perGroup, depth, into: &patch) }
        register.clear()
        var late = kernel.bias[channel]
        if rule.productsPerCheck != nil && rule.startsFromBias {
          register.add(late)
          late = 0
        }
        for start in stride(from: 0, to: taps, by: chunk) {
          var exact: Int64 = rule.productsPerCheck == nil ? late : 0
          for tap in start..<min(start + chunk, taps) {
            exact += patch[tap] * Int64(kernel.weights[channel * taps + tap])
          }
          register.add(exact)
        }
        if rule.productsPerCheck != nil && !rule.startsFromBias { register.add(late) }
        let stored = stage.finish(stage.requantization(channel).apply(register.value))
        arena.setWord(windows.target(pixel) + channel * 4, Int32(stored))
      }
    }
    try events.count(register.overflowCount, of: rule, at: step)
  }

  /// A window in the order in which the machine adds.
  private func gather(_ arena: Arena, _ pixel: Int, _ group: Int, _ depth: Int, into patch: inout [Int64]) {
    let kernel = windows.kernel
    let columns = kernel.window.columns.size
    windows.forEachTap(pixel) { tap, source in
      for index in 0..<depth {
        let place = kernel.order.position(
          row: tap / columns, column: tap % columns, channel: index, rows: kernel.window.rows.size, columns: columns,
          channels: depth)
        patch[place] = source.map { Int64(arena.word($0 + (group * depth + index) * 4) - kernel.inputZeroPoint) } ?? 0
      }
    }
  }
}
