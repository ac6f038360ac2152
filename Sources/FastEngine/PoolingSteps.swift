internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// Calls `body` for each output pixel of a pool with the rows and columns of its window inside of the image.
@inline(__always)
private func forEachWindow(
  _ window: WindowGeometry, input: Layout, output: Layout, _ body: (Int, Range<Int>, Range<Int>, Int) -> Void
) {
  func inside(_ axis: Window, _ position: Int, _ padding: Int, _ extent: Int) -> Range<Int> {
    let start = position * axis.stride - padding
    return max(start, 0)..<min(start + axis.size, extent)
  }
  for image in 0..<output.images {
    for row in 0..<output.height {
      let rows = inside(window.rows, row, window.padTop, input.height)
      for column in 0..<output.width {
        let columns = inside(window.columns, column, window.padLeft, input.width)
        body(image, rows, columns, output.offset + output.byte(image: image, row: row, column: column))
      }
    }
  }
}

/// AVERAGE_POOL_2D, all channels of a pixel at once.
struct AveragePooling: PreparedStep {
  let definition: AveragePoolKernel
  let input: Layout
  let output: Layout

  var kernel: String { "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let channels = input.channels
    let stage = definition.outputStage
    var sums = [Int32](repeating: 0, count: channels)
    forEachWindow(definition.window, input: input, output: output) { image, rows, columns, target in
      for channel in 0..<channels { sums[channel] = 0 }
      for row in rows {
        for column in columns {
          let source = input.offset + input.byte(image: image, row: row, column: column)
          for channel in 0..<channels { sums[channel] &+= Int32(arena[source + channel]) }
        }
      }
      let count = Int64(rows.count * columns.count)
      for channel in 0..<channels {
        let sum = Int64(sums[channel]) - Int64(input.bias) * count
        var result: Int64
        switch definition.division {
        case .divide(let rounding): result = divide(sum, by: count, rounding)
        case .reciprocals(let table):
          result = table[Int(count) - 1].apply(sum - definition.inputZeroPoint * count)
        }
        result = stage.finish(result)
        arena[target + channel] = UInt8(truncatingIfNeeded: Int32(result) + output.bias)
      }
    }
  }
}

/// MAX_POOL_2D, all channels of a pixel at once.
struct MaxPooling: PreparedStep {
  let definition: MaxPoolKernel
  let input: Layout
  let output: Layout

  var kernel: String { "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let channels = input.channels
    // Bytes are ordered as the integers are, and input and output share their type.
    let low = UInt8(definition.low + Int64(output.bias))
    let high = UInt8(definition.high + Int64(output.bias))
    forEachWindow(definition.window, input: input, output: output) { image, rows, columns, target in
      for channel in 0..<channels { arena[target + channel] = low }
      for row in rows {
        for column in columns {
          let source = input.offset + input.byte(image: image, row: row, column: column)
          for channel in 0..<channels {
            arena[target + channel] = min(max(arena[target + channel], arena[source + channel]), high)
          }
        }
      }
    }
  }
}

/// MEAN over any axes.
struct MeanReduction: PreparedStep {
  let definition: MeanKernel
  let shape: Shape
  let input: Layout
  let output: Layout

  var kernel: String { "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let elements = Elements(layout: input).read(arena)
    var strides = [Int](repeating: 0, count: shape.rank)
    var kept = 1
    for axis in shape.extents.indices.reversed() where !definition.axes.contains(axis) {
      strides[axis] = kept
      kept *= shape[axis]
    }
    var sums = [Int64](repeating: 0, count: kept)
    var index = [Int](repeating: 0, count: shape.rank)
    var target = 0
    for x in elements {
      sums[target] += Int64(x) - definition.inputZeroPoint
      // The index counts on like an odometer, and the target with it.
      for axis in shape.extents.indices.reversed() {
        index[axis] += 1
        target += strides[axis]
        if index[axis] < shape[axis] { break }
        target -= strides[axis] * shape[axis]
        index[axis] = 0
      }
    }
    let stage = definition.outputStage
    let requantization = stage.requantization(0)
    let results = sums.map { Int32(stage.finish(requantization.apply($0))) }
    Elements(layout: output).write(results, arena)
  }
}
