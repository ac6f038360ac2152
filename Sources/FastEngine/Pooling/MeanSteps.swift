internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// MEAN over axes that stand side by side, such as the rows and columns of images: sums of runs of bytes.
struct MeanOfRuns: PreparedStep {
  private let first: ByteSums
  /// How often runs are summed, and the bytes from one time to the next.
  private let repeats: Int
  private let sourceStride: Int
  private let target: Int
  private let sum: SumOutput

  var kernel: String { "portable" }

  /// Prepares a step; `nil` where it has another shape.
  init?(_ definition: MeanKernel, shape: Shape, input: Layout, output: Layout, _ tableRoom: inout Int) {
    guard input.elementBytes == 1, output.elementBytes == 1, output.isDense else { return nil }
    // Axes of one element can be counted on either side.
    let axes = definition.axes.filter { shape[$0] > 1 }
    guard let from = axes.first, let to = axes.last, (from...to).allSatisfy({ axes.contains($0) || shape[$0] == 1 })
    else { return nil }
    let inner = shape.extents[(to + 1)...].reduce(1, *)
    let terms = shape.extents[from...to].reduce(1, *)
    repeats = shape.extents[..<from].reduce(1, *)
    if input.isDense {
      first = ByteSums(
        start: input.offset, rows: 1, rowStride: 0, columns: terms, columnStride: inner, count: inner)
      sourceStride = terms * inner
    } else if (from, to) == (1, 2) || ((from, to) == (1, 1) && shape[2] == 1) || ((from, to) == (2, 2) && shape[1] == 1)
    {
      first = ByteSums(
        start: input.offset + input.byte(image: 0, row: 0, column: 0), rows: shape[1], rowStride: input.rowStride,
        columns: shape[2], columnStride: shape[3], count: shape[3])
      sourceStride = input.imageStride
    } else {
      return nil
    }
    target = output.offset
    sum = SumOutput(
      .requantize(zeroPoint: definition.inputZeroPoint), definition.outputStage, count: terms, input: input,
      output: output, uses: repeats * inner, &tableRoom)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    var sums = first
    for number in 0..<repeats {
      sum.write(sums, arena, target + number * sums.count)
      sums.start += sourceStride
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
