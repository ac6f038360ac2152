internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// The windows of a pool, cut off at the borders of the image.
struct PoolWindows: Sendable {
  let input: Layout
  let output: Layout
  /// For each output row, and for each output column, the part of its window inside of the image.
  let rows: [Range<Int>]
  let columns: [Range<Int>]

  init(_ window: WindowGeometry, input: Layout, output: Layout) {
    (self.input, self.output) = (input, output)
    func inside(_ axis: Window, _ position: Int, _ padding: Int, _ extent: Int) -> Range<Int> {
      let start = position * axis.stride - padding
      return max(start, 0)..<min(start + axis.size, extent)
    }
    rows = (0..<output.height).map { inside(window.rows, $0, window.padTop, input.height) }
    columns = (0..<output.width).map { inside(window.columns, $0, window.padLeft, input.width) }
  }

  /// Calls `body` for each output pixel with the bytes of its window and the place of its output.
  @inline(__always)
  func forEach(_ body: (ByteSums, Int) -> Void) {
    for image in 0..<output.images {
      for (row, rows) in rows.enumerated() {
        for (column, columns) in columns.enumerated() {
          let start = input.byte(image: image, row: rows.lowerBound, column: columns.lowerBound)
          body(
            ByteSums(
              start: input.offset + start, rows: rows.count, rowStride: input.rowStride, columns: columns.count,
              columnStride: input.channels, count: input.channels),
            output.offset + output.byte(image: image, row: row, column: column))
        }
      }
    }
  }
}

/// AVERAGE_POOL_2D, all channels of a pixel at once.
struct AveragePooling: PreparedStep {
  private let windows: PoolWindows
  /// For each number of elements that a window can have what becomes of their sum.
  private let outputs: [Int: SumOutput]

  var kernel: String { "portable" }

  init(_ definition: AveragePoolKernel, input: Layout, output: Layout, _ tableRoom: inout Int) {
    let windows = PoolWindows(definition.window, input: input, output: output)
    self.windows = windows
    let counts = Set(Set(windows.rows.map(\.count)).flatMap { rows in windows.columns.map { rows * $0.count } })
    let uses = output.images * output.height * output.width * output.channels / counts.count
    var outputs: [Int: SumOutput] = [:]
    for count in counts {
      var stage = definition.outputStage
      var rule = SumOutput.Rule.requantize(zeroPoint: definition.inputZeroPoint)
      switch definition.division {
      case .divide(let rounding): rule = .divide(rounding)
      case .reciprocals(let table): stage.requantizations = [table[count - 1]]
      }
      outputs[count] = SumOutput(
        rule, stage, count: count, input: input, output: output, uses: uses, &tableRoom)
    }
    self.outputs = outputs
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    var known: (count: Int, output: SumOutput)?
    windows.forEach { sums, target in
      let count = sums.rows * sums.columns
      if known?.count != count { known = outputs[count].map { (count, $0) } }
      guard let output = known?.output else { return }
      output.write(sums, arena, target)
    }
  }
}

extension SumOutput {
  /// Writes the outputs for sums one after another.
  func write(_ sums: ByteSums, _ arena: Arena, _ target: Int) {
    if let table {
      sums.forEach(arena) { arena[target + $0] = table[$1] }
    } else {
      sums.forEach(arena) { arena[target + $0] = self($1) }
    }
  }
}

/// MAX_POOL_2D, all channels of a pixel at once.
struct MaxPooling: PreparedStep {
  private let windows: PoolWindows
  private let low: UInt8
  private let high: UInt8

  var kernel: String { "portable" }

  init(_ definition: MaxPoolKernel, input: Layout, output: Layout) {
    windows = PoolWindows(definition.window, input: input, output: output)
    // Bytes are ordered as the integers are, and input and output share their type.
    low = UInt8(definition.low + Int64(output.bias))
    high = UInt8(definition.high + Int64(output.bias))
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    windows.forEach { window, target in
      arena.fill(target, count: window.count, low)
      let result = unsafe arena.pointer(target)
      for row in 0..<window.rows {
        for column in 0..<window.columns {
          let source = unsafe arena.pointer(window.start + row * window.rowStride + column * window.columnStride)
          for index in 0..<window.count { unsafe result[index] = max(result[index], source[index]) }
        }
      }
      for index in 0..<window.count { unsafe result[index] = min(result[index], high) }
    }
  }
}
