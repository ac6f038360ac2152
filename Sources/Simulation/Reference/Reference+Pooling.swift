internal import FixedPoint
internal import NetworkModel

extension Reference {
  /// The mean of the elements of each window that lie inside of the image.
  static func averagePool(
    _ kernel: AveragePoolKernel, _ input: [Int32], _ shape: Shape, _ output: Shape, _ events: inout StepEvents
  ) -> [Int32] {
    let stage = kernel.outputStage
    return pool(kernel.window, shape, output) { window in
      var sum: Int64 = 0
      switch kernel.division {
      case .divide(let rounding):
        window.forEach { sum += Int64(input[$0]) }
        let mean = divide(sum, by: Int64(window.count), rounding)
        return finish(mean, stage, .identity, &events)
      case .reciprocals(let reciprocals):
        window.forEach { sum += Int64(input[$0]) - kernel.inputZeroPoint }
        return finish(sum, stage, reciprocals[window.count - 1], &events)
      }
    }
  }

  /// The largest element of each window that lies inside of the image.
  static func maxPool(_ kernel: MaxPoolKernel, _ input: [Int32], _ shape: Shape, _ output: Shape) -> [Int32] {
    pool(kernel.window, shape, output) { window in
      var largest = Int64.min
      window.forEach { largest = max(largest, Int64(input[$0])) }
      return Int32(min(max(largest, kernel.low), kernel.high))
    }
  }

  /// Calls `reduce` for each output with the indices of its window's elements inside of the image.
  private static func pool(
    _ window: WindowGeometry, _ input: Shape, _ output: Shape, _ reduce: (PooledElements) -> Int32
  ) -> [Int32] {
    var result: [Int32] = []
    result.reserveCapacity(output.count)
    for image in 0..<output[0] {
      for row in 0..<output[1] {
        for column in 0..<output[2] {
          for channel in 0..<output[3] {
            let elements = PooledElements(
              rows: window.rows.inside(row, padding: window.padTop, extent: input[1]),
              columns: window.columns.inside(column, padding: window.padLeft, extent: input[2]),
              first: image * input[1] * input[2] * input[3] + channel, width: input[2], channels: input[3])
            result.append(reduce(elements))
          }
        }
      }
    }
    return result
  }

  /// The mean over whole axes.
  static func mean(_ kernel: MeanKernel, _ input: [Int32], _ shape: Shape, _ events: inout StepEvents) -> [Int32] {
    // Reduced axes have stride zero in the output, so equal output indices collect one sum.
    let kept = Shape(shape.extents.enumerated().map { kernel.axes.contains($0.offset) ? 1 : $0.element })
    let target = BroadcastIndex(from: kept, to: shape)
    var sums = [Int64](repeating: 0, count: kept.count)
    for (position, x) in input.enumerated() { sums[target(position)] += Int64(x) - kernel.inputZeroPoint }
    let stage = kernel.outputStage
    return sums.map { finish($0, stage, stage.requantization(0), &events) }
  }
}

/// The elements of one channel in one window, inside of the image.
private struct PooledElements {
  let rows: Range<Int>
  let columns: Range<Int>
  /// The place of the channel's first pixel.
  let first: Int
  let width: Int
  let channels: Int

  var count: Int { rows.count * columns.count }

  func forEach(_ body: (Int) -> Void) {
    for y in rows {
      for x in columns { body(first + (y * width + x) * channels) }
    }
  }
}

extension Window {
  /// The elements of a window that lie inside of the image, for a window without dilation.
  func inside(_ output: Int, padding: Int, extent: Int) -> Range<Int> {
    let start = output * stride - padding
    return max(start, 0)..<min(start + size, extent)
  }
}
