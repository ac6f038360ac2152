internal import FixedPoint
internal import NetworkModel
internal import Simulation

/// A movement between values without margins: runs of elements that lie side by side are copied at once.
struct Viewing: PreparedStep {
  private let source: Layout
  private let target: Layout
  /// For each axis around a run what its positions add, in elements of the input.
  private let outer: [[Int32]]
  /// The elements of a run, less its start.
  private let run: [Int32]
  private let isContiguous: Bool

  var kernel: String { isContiguous ? "copy" : "portable" }

  init(_ definition: ViewKernel, input: Layout, output: Layout) {
    (source, target) = (input, output)
    var axes = definition.offsets.filter { $0 != [0] }
    var run = axes.popLast() ?? [0]
    // Axes that follow each other without a gap are one.
    while let last = axes.last, run.isSteady(1), last.isSteady(Int32(run.count)) {
      axes.removeLast()
      run = last.flatMap { start in run.map { start + $0 } }
    }
    outer = axes
    self.run = run
    isContiguous = run.isSteady(1)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let size = source.elementBytes
    let count = run.count
    var place = target.offset
    var index = [Int](repeating: 0, count: outer.count)
    for _ in 0..<outer.reduce(1, { $0 * $1.count }) {
      var base = 0
      for axis in index.indices { base += Int(outer[axis][index[axis]]) }
      let start = source.offset + base * size
      if isContiguous {
        arena.copy(from: start + Int(run[0]) * size, to: place, count: count * size)
      } else if size == 1 {
        for element in 0..<count { arena[place + element] = arena[start + Int(run[element])] }
      } else {
        for element in 0..<count { arena.setWord(place + element * 4, arena.word(start + Int(run[element]) * 4)) }
      }
      place += count * size
      for axis in index.indices.reversed() {
        index[axis] += 1
        if index[axis] < outer[axis].count { break }
        index[axis] = 0
      }
    }
  }
}

extension [Int32] {
  /// Whether each element is so much more than the one before.
  fileprivate func isSteady(_ step: Int32) -> Bool {
    indices.dropFirst().allSatisfy { self[$0] - self[$0 - 1] == step }
  }
}

/// Slices at computed positions, between values without margins.
struct LookingUp: PreparedStep {
  let definition: LookupKernel
  let step: Step
  let input: Layout
  let positions: Layout
  let output: Layout

  var kernel: String { "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    let depth = definition.extents.count
    let tuples = Elements(layout: positions).count / depth / definition.batches
    let size = input.elementBytes
    var place = output.offset
    for block in 0..<definition.batches * definition.blocks {
      let first = block / definition.blocks * tuples
      for tuple in first..<first + tuples {
        var start = block * definition.blockStride
        for axis in 0..<depth {
          let element = positions.offset + (tuple * depth + axis) * positions.elementBytes
          let position =
            positions.elementBytes == 1 ? Int(arena[element]) - Int(positions.bias) : Int(arena.word(element))
          guard position >= 0 && position < definition.extents[axis] else {
            throw .position(node: step.node, name: step.name, position: position, extent: definition.extents[axis])
          }
          start += position * definition.strides[axis]
        }
        arena.copy(from: input.offset + start * size, to: place, count: definition.slice * size)
        place += definition.slice * size
      }
    }
  }
}

/// ARG_MAX and ARG_MIN between values without margins.
struct ExtremePosition: PreparedStep {
  private let input: Layout
  private let output: Layout
  private let extent: Int
  private let inner: Int
  private let blocks: Int
  private let findsMinimum: Bool

  var kernel: String { "portable" }

  init(_ definition: ArgMaxKernel, shape: Shape, input: Layout, output: Layout) {
    (self.input, self.output) = (input, output)
    extent = shape[definition.axis]
    inner = shape.extents[(definition.axis + 1)...].reduce(1, *)
    blocks = shape.extents[..<definition.axis].reduce(1, *)
    findsMinimum = definition.findsMinimum
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    if input.elementBytes == 1 && extent < 1 << 23 { return bytes(arena) }
    for block in 0..<blocks {
      for element in 0..<inner {
        let start = block * extent * inner + element
        var best = (value: value(arena, start), position: 0)
        for position in 1..<max(extent, 1) {
          let value = value(arena, start + position * inner)
          if findsMinimum ? value < best.value : value > best.value { best = (value, position) }
        }
        arena.setWord(output.offset + (block * inner + element) * 4, Int32(best.position))
      }
    }
  }

  private func value(_ arena: Arena, _ element: Int) -> Int32 {
    let place = input.offset + element * input.elementBytes
    return input.elementBytes == 1 ? Int32(arena[place]) : arena.word(place)
  }

  /// Bytes and positions in one number, so that the largest number is the first of the largest bytes.
  private func bytes(_ arena: Arena) {
    let flip: UInt32 = findsMinimum ? 255 : 0
    var target = output.offset
    for block in 0..<blocks {
      let source = unsafe arena.pointer(input.offset + block * extent * inner)
      for element in 0..<inner {
        var best: UInt32 = 0
        for position in 0..<extent {
          let byte = unsafe UInt32(source[position * inner + element]) ^ flip
          best = max(best, byte << 23 | (1 << 23 - 1 - UInt32(position)))
        }
        arena.setWord(target, Int32((1 << 23 - 1) - (best & (1 << 23 - 1))))
        target += 4
      }
    }
  }
}
