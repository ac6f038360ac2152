internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel

extension Reference {
  /// Each output is one sum of products over a window of the input, added in the order of the kernel's taps.
  static func convolution(
    _ kernel: ConvolutionKernel, _ input: [Int32], _ step: Step, _ events: inout StepEvents
  ) throws(SimulationError) -> [Int32] {
    let channels = kernel.output[3]
    let channelsPerGroup = channels / kernel.groups
    let stage = kernel.outputStage
    var register = Accumulator(format: kernel.accumulator.format, overflow: kernel.accumulator.overflow)
    var patch = [Int32](repeating: 0, count: kernel.taps)
    var result: [Int32] = []
    result.reserveCapacity(kernel.output.count)
    for image in 0..<kernel.output[0] {
      for row in 0..<kernel.output[1] {
        for column in 0..<kernel.output[2] {
          for group in 0..<kernel.groups {
            gather(kernel, input, image: image, row: row, column: column, group: group, into: &patch)
            for channel in group * channelsPerGroup..<(group + 1) * channelsPerGroup {
              accumulate(kernel, patch.span, channel, &register)
              result.append(finish(register.value, stage, stage.requantization(channel), &events))
            }
          }
        }
      }
    }
    try endIfTrapped(register, step)
    events.accumulatorOverflows += register.overflowCount
    return result
  }

  /// The elements of one window less the zero point, in the order in which the machine adds; zero in the padding.
  private static func gather(
    _ kernel: ConvolutionKernel, _ input: [Int32], image: Int, row: Int, column: Int, group: Int,
    into patch: inout [Int32]
  ) {
    let window = kernel.window
    let (height, width, channels) = (kernel.input[1], kernel.input[2], kernel.input[3])
    let depth = channels / kernel.groups
    let zeroPoint = kernel.inputZeroPoint
    // A tap's place is linear in its row, column and channel.
    let step = tapPosition(kernel, row: 0, column: 0, channel: 1, depth: depth)
    for tapRow in 0..<window.rows.size {
      let y = row * window.rows.stride + tapRow * window.rows.dilation - window.padTop
      for tapColumn in 0..<window.columns.size {
        let x = column * window.columns.stride + tapColumn * window.columns.dilation - window.padLeft
        // Between spread elements there are zeros.
        let isElement = y % kernel.spread[0] == 0 && x % kernel.spread[1] == 0
        let (elementRow, elementColumn) = (y / kernel.spread[0], x / kernel.spread[1])
        let isInside = isElement && y >= 0 && elementRow < height && x >= 0 && elementColumn < width
        let start = isInside ? ((image * height + elementRow) * width + elementColumn) * channels + group * depth : 0
        let place = tapPosition(kernel, row: tapRow, column: tapColumn, channel: 0, depth: depth)
        for channel in 0..<depth {
          patch[place + channel * step] = isInside ? input[start + channel] - zeroPoint : 0
        }
      }
    }
  }

  /// Where a tap stands in the order in which the machine adds.
  private static func tapPosition(
    _ kernel: ConvolutionKernel, row: Int, column: Int, channel: Int, depth: Int
  ) -> Int {
    kernel.order.position(
      row: row, column: column, channel: channel, rows: kernel.window.rows.size, columns: kernel.window.columns.size,
      channels: depth)
  }

  /// Adds the bias and the products of one output channel.
  private static func accumulate(
    _ kernel: ConvolutionKernel, _ patch: Span<Int32>, _ channel: Int, _ register: inout Accumulator
  ) {
    let taps = patch.count
    let weights = kernel.weights.span.extracting(channel * taps..<(channel + 1) * taps)
    let bias = kernel.bias[channel]
    let rule = kernel.accumulator
    register.clear()
    guard let group = rule.productsPerCheck else {
      // A machine that checks once, at the end, adds its bias exactly too.
      register.add(bias + sum(patch, weights, 0..<taps))
      return
    }
    if rule.startsFromBias { register.add(bias) }
    if group == 1 {
      for tap in 0..<taps { register.add(Int64(patch[tap]) * Int64(weights[tap])) }
    } else {
      for start in stride(from: 0, to: taps, by: group) {
        register.add(sum(patch, weights, start..<min(start + group, taps)))
      }
    }
    if !rule.startsFromBias { register.add(bias) }
  }

  /// The exact sum of the products of some taps.
  private static func sum(_ patch: Span<Int32>, _ weights: Span<Int32>, _ taps: Range<Int>) -> Int64 {
    var exact: Int64 = 0
    for tap in taps { exact += Int64(patch[tap]) * Int64(weights[tap]) }
    return exact
  }
}
