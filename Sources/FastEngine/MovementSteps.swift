internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// The same elements in the same order at another place.
struct Copying: PreparedStep {
  let input: Layout
  let output: Layout

  var kernel: String { "copy" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    input.forEachRun(with: output) { source, target, count in
      arena.copy(from: source, to: target, count: count * input.elementBytes)
    }
  }
}

/// PAD: rows are copied into a value that was filled before.
struct Padding: PreparedStep {
  private let rows: RowWalk
  private let value: Int32
  private let output: Layout

  var kernel: String { "portable" }

  init(_ definition: PadKernel, shape: Shape, outputShape: Shape, input: Layout, output: Layout) {
    self.output = output
    value = definition.value
    var target = output.strides(outputShape)
    target.start += zip(definition.before, target.steps).reduce(0) { $0 + $1.0 * $1.1 }
    rows = RowWalk(shape.extents, input.strides(shape), to: target, elementBytes: output.elementBytes)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let size = output.elementBytes
    output.forEachRow { start, count in
      if size == 1 {
        arena.fill(start, count: count, UInt8(truncatingIfNeeded: value + output.bias))
      } else {
        for index in 0..<count { arena.setWord(start + index * size, value) }
      }
    }
    rows.forEach { source, _, target in arena.copy(from: source, to: target, count: rows.count * size) }
  }
}

/// CONCATENATION: rows are copied side by side, through a table where an input has another scale.
struct Joining: PreparedStep {
  private struct Part: Sendable {
    let rows: RowWalk
    let map: ByteMap
    /// The bytes of a constant, which are not in the arena.
    let constant: Table<UInt8>?
  }

  private let parts: [Part]

  var kernel: String { "portable" }

  init(
    _ definition: ConcatenationKernel, shapes: [Shape], outputShape: Shape, constants: [[Int32]?], inputs: [Layout],
    output: Layout
  ) {
    precondition((inputs + [output]).allSatisfy { $0.elementBytes == 1 }, "lowering joins integers of 8 bits only")
    var target = output.strides(outputShape)
    var parts: [Part] = []
    for (number, shape) in shapes.enumerated() {
      let input = inputs[number]
      let first = -input.bias
      let table = definition.tables[number]
      let constant = constants[number].map { elements in
        Table(elements.map { UInt8(truncatingIfNeeded: $0 + input.bias) }, zero: 0)
      }
      let source = constant == nil ? input.strides(shape) : Strides(start: 0, steps: Layout.packed(shape, 1))
      parts.append(
        Part(
          rows: RowWalk(shape.extents, source, to: target, elementBytes: 1),
          map: ByteMap(
            first: table?.first ?? first, entries: table?.entries ?? (first..<first + 256).map(\.self), input: input,
            output: output, low: definition.low, high: definition.high),
          constant: constant))
      target.start += shape[definition.axis] * target.steps[definition.axis]
    }
    self.parts = parts
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    for part in parts {
      let base = unsafe part.constant?.pointer ?? UnsafePointer(arena.pointer(0))
      unsafe part.map.withFunction { function in
        part.rows.forEach { source, _, target in
          unsafe function.apply(base + source, arena.pointer(target), part.rows.count)
        }
      }
    }
  }
}
