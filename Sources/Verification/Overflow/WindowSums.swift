internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// The sums of a convolution, product by product in the machine's order, eight channels side by side.
struct WindowSums: Sendable {
  private typealias Lanes = SIMD8<Int32>
  private let kernel: ConvolutionKernel
  /// `[block][tap]`: the weights of eight output channels.
  private let weights: [SIMD8<Int32>]
  /// Output channels of one group.
  private let perGroup: Int
  /// For each block of eight lanes the output channels.
  private let blocks: [[Int]]
  /// Whether eight lanes are eight groups of one output channel each, rather than eight channels of one group.
  private let isDepthwise: Bool
  /// The largest magnitude of inputs less the zero point for which no sum leaves 32 bits.
  private let room: Int64

  init(_ kernel: ConvolutionKernel) {
    self.kernel = kernel
    perGroup = kernel.output[3] / kernel.groups
    let isDepthwise = kernel.groups > 1 && perGroup == 1
    self.isDepthwise = isDepthwise
    let ranges =
      isDepthwise
      ? [0..<kernel.output[3]]
      : (0..<kernel.groups).map { [perGroup] in $0 * perGroup..<($0 + 1) * perGroup }
    let blocks = ranges.flatMap { range in
      stride(from: range.lowerBound, to: range.upperBound, by: 8).map { Array($0..<min($0 + 8, range.upperBound)) }
    }
    self.blocks = blocks
    let taps = kernel.taps
    room = WindowSums.room(kernel)
    weights = blocks.flatMap { channels in
      (0..<taps).map { tap in
        var lanes = Lanes()
        for (lane, channel) in channels.enumerated() { lanes[lane] = kernel.weights[channel * taps + tap] }
        return lanes
      }
    }
  }

  /// Follows all registers over one input.
  ///
  /// Lanes of 32 bits hold every sum unless a bound says otherwise; then it is followed in 64 bits.
  func observe(_ input: [Int32], into result: inout RegisterExtremes) {
    let zeroPoint = Int64(kernel.inputZeroPoint)
    let fits32Bits = input.allSatisfy { abs(Int64($0) - zeroPoint) <= room }
    let patchChannels = isDepthwise ? kernel.groups : 1
    var patch = [Int32](repeating: 0, count: kernel.taps * patchChannels + 8)
    for image in 0..<kernel.output[0] {
      for row in 0..<kernel.output[1] {
        for column in 0..<kernel.output[2] {
          if isDepthwise {
            for group in 0..<kernel.groups {
              gather(input, image, row, column, group, into: &patch, from: group, by: kernel.groups)
            }
            for block in blocks.indices { follow(block, patch, fits32Bits, into: &result) }
          } else {
            for group in 0..<kernel.groups {
              gather(input, image, row, column, group, into: &patch, from: 0, by: 1)
              let count = blocks.count / kernel.groups
              for block in group * count..<(group + 1) * count { follow(block, patch, fits32Bits, into: &result) }
            }
          }
        }
      }
    }
  }

  private static func room(_ kernel: ConvolutionKernel) -> Int64 {
    let taps = kernel.taps
    let rooms = (0..<kernel.output[3]).map { channel in
      let magnitudes = kernel.weights[channel * taps..<(channel + 1) * taps].reduce(Int64(0)) { $0 + Int64(abs($1)) }
      let left = Int64(Int32.max) - abs(kernel.bias[channel])
      return left < 0 ? -1 : left / max(magnitudes, 1)
    }
    return min(rooms.min() ?? 0, Int64(Int32.max))
  }

  /// The elements of a window less the zero point, in the order in which the machine adds; zero in the padding.
  private func gather(
    _ input: [Int32], _ image: Int, _ row: Int, _ column: Int, _ group: Int, into patch: inout [Int32],
    from start: Int, by stride: Int
  ) {
    let window = kernel.window
    let (height, width, channels) = (kernel.input[1], kernel.input[2], kernel.input[3])
    let depth = channels / kernel.groups
    for tapRow in 0..<window.rows.size {
      let y = row * window.rows.stride + tapRow * window.rows.dilation - window.padTop
      for tapColumn in 0..<window.columns.size {
        let x = column * window.columns.stride + tapColumn * window.columns.dilation - window.padLeft
        // Between the elements of a spread input there are zeros.
        let (inputRow, inputColumn) = (y / kernel.spread[0], x / kernel.spread[1])
        let isElement = y % kernel.spread[0] == 0 && x % kernel.spread[1] == 0
        let isInside = isElement && y >= 0 && inputRow < height && x >= 0 && inputColumn < width
        let source = isInside ? ((image * height + inputRow) * width + inputColumn) * channels + group * depth : 0
        for channel in 0..<depth {
          let place = kernel.order.position(
            row: tapRow, column: tapColumn, channel: channel, rows: window.rows.size, columns: window.columns.size,
            channels: depth)
          patch[start + place * stride] = isInside ? input[source + channel] - kernel.inputZeroPoint : 0
        }
      }
    }
  }

  /// Follows the registers of one block over one window.
  private func follow(
    _ block: Int, _ patch: [Int32], _ fits32Bits: Bool, into result: inout RegisterExtremes
  ) {
    let channels = blocks[block]
    let first = block * kernel.taps
    guard fits32Bits else {
      for (lane, channel) in channels.enumerated() { followWide(lane, channel, first, patch, into: &result) }
      return
    }
    let rule = kernel.accumulator
    var bias = Lanes()
    for (lane, channel) in channels.enumerated() { bias[lane] = Int32(kernel.bias[channel]) }
    var sum = rule.startsFromBias && rule.productsPerCheck != nil ? bias : Lanes()
    let start = sum
    var (low, high) = (Lanes(repeating: .max), Lanes(repeating: .min))
    if rule.startsFromBias && rule.productsPerCheck != nil { (low, high) = (start, start) }
    let step = rule.productsPerCheck ?? kernel.taps
    var tap = 0
    while tap < kernel.taps {
      let end = min(tap + step, kernel.taps)
      while tap < end {
        sum &+= weights[first + tap] &* element(tap, channels[0], patch)
        tap += 1
      }
      if rule.productsPerCheck != nil {
        low.replace(with: sum, where: sum .< low)
        high.replace(with: sum, where: sum .> high)
      }
    }
    if !(rule.startsFromBias && rule.productsPerCheck != nil) { sum &+= bias }
    for (lane, channel) in channels.enumerated() {
      let whole = Int64(sum[lane])
      result.note(
        channel, partial: min(Int64(low[lane]), whole), max(Int64(high[lane]), whole), sum: whole, whole)
    }
  }

  @inline(__always)
  private func element(_ tap: Int, _ channel: Int, _ patch: [Int32]) -> SIMD8<Int32> {
    guard isDepthwise else { return Lanes(repeating: patch[tap]) }
    let start = tap * kernel.groups + channel
    return unsafe patch.withUnsafeBytes { bytes in
      unsafe bytes.loadUnaligned(fromByteOffset: 4 * start, as: Lanes.self)
    }
  }

  /// The same for one register in 64 bits.
  private func followWide(
    _ lane: Int, _ channel: Int, _ first: Int, _ patch: [Int32], into result: inout RegisterExtremes
  ) {
    let rule = kernel.accumulator
    let bias = kernel.bias[channel]
    let checks = rule.productsPerCheck != nil
    var sum = checks && rule.startsFromBias ? bias : 0
    var (low, high) = checks && rule.startsFromBias ? (bias, bias) : (Int64.max, Int64.min)
    let step = rule.productsPerCheck ?? kernel.taps
    for tap in 0..<kernel.taps {
      sum += Int64(weights[first + tap][lane]) * Int64(element(tap, blocks[first / kernel.taps][0], patch)[lane])
      if checks && ((tap + 1) % step == 0 || tap == kernel.taps - 1) { (low, high) = (min(low, sum), max(high, sum)) }
    }
    if !(checks && rule.startsFromBias) { sum += bias }
    result.note(channel, partial: min(low, sum), max(high, sum), sum: sum, sum)
  }
}
