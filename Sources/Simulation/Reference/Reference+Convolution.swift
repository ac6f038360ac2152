internal import FixedPoint
internal import HardwareProfile
internal import Network

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
              accumulate(kernel, patch, channel, &register)
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
    for tapRow in 0..<window.rows.size {
      let y = row * window.rows.stride + tapRow * window.rows.dilation - window.padTop
      for tapColumn in 0..<window.columns.size {
        let x = column * window.columns.stride + tapColumn * window.columns.dilation - window.padLeft
        let isInside = y >= 0 && y < height && x >= 0 && x < width
        let start = isInside ? ((image * height + y) * width + x) * channels + group * depth : 0
        for channel in 0..<depth {
          let position = tapPosition(kernel, row: tapRow, column: tapColumn, channel: channel, depth: depth)
          patch[position] = isInside ? input[start + channel] - kernel.inputZeroPoint : 0
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
    _ kernel: ConvolutionKernel, _ patch: [Int32], _ channel: Int, _ register: inout Accumulator
  ) {
    let rule = kernel.accumulator
    let taps = patch.count
    let start = channel * taps
    register.clear()
    if rule.startsFromBias && rule.productsPerCheck != nil { register.add(kernel.bias[channel]) }
    if rule.productsPerCheck == 1 {
      for tap in 0..<taps { register.add(Int64(patch[tap]) * Int64(kernel.weights[start + tap])) }
    } else {
      let group = rule.productsPerCheck ?? taps
      var tap = 0
      while tap < taps {
        let end = min(tap + group, taps)
        var exact: Int64 = 0
        while tap < end {
          exact += Int64(patch[tap]) * Int64(kernel.weights[start + tap])
          tap += 1
        }
        // A machine that checks once, at the end, adds its bias exactly too.
        if rule.productsPerCheck == nil { exact += kernel.bias[channel] }
        register.add(exact)
      }
    }
    if rule.productsPerCheck != nil && !rule.startsFromBias { register.add(kernel.bias[channel]) }
  }
}

extension AccumulationOrder {
  /// The place of a tap among all taps of a window when they are visited in this order.
  func position(row: Int, column: Int, channel: Int, rows: Int, columns: Int, channels: Int) -> Int {
    switch self {
    case .heightWidthChannel: (row * columns + column) * channels + channel
    case .channelHeightWidth: (channel * rows + row) * columns + column
    }
  }
}
