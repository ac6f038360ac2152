internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
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

  /// Prepares a step; `nil` where elements are no bytes.
  init?(
    _ definition: ConcatenationKernel, shapes: [Shape], outputShape: Shape, constants: [[Int32]?], inputs: [Layout],
    output: Layout
  ) {
    guard (inputs + [output]).allSatisfy({ $0.elementBytes == 1 }) else { return nil }
    var target = output.strides(outputShape)
    var parts: [Part] = []
    // A model may join one value very often: what one part needs is made once.
    var last: (table: TableKernel?, bias: Int32, map: ByteMap)?
    for (number, shape) in shapes.enumerated() {
      let input = inputs[number]
      let first = -input.bias
      let table = definition.tables[number]
      let map =
        last.flatMap { $0.bias == input.bias && $0.table == table ? $0.map : nil }
        ?? ByteMap(
          first: table?.first ?? first, entries: table?.entries ?? (first..<first + 256).map(\.self), input: input,
          output: output, low: definition.low, high: definition.high)
      last = (table, input.bias, map)
      let constant = constants[number].map { elements in
        Table(elements.map { UInt8(truncatingIfNeeded: $0 + input.bias) }, zero: 0)
      }
      var source = constant == nil ? input.strides(shape) : Strides(start: 0, steps: Layout.packed(shape, 1))
      var extents = shape.extents
      if definition.addsAxis {
        extents.insert(1, at: definition.axis)
        source.steps.insert(0, at: definition.axis)
      }
      parts.append(Part(rows: RowWalk(extents, source, to: target, elementBytes: 1), map: map, constant: constant))
      target.start += extents[definition.axis] * target.steps[definition.axis]
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

/// CONCATENATION and PACK of elements that are no bytes.
struct JoiningElements: PreparedStep {
  let definition: ConcatenationKernel
  let shapes: [Shape]
  let constants: [[Int32]?]
  let inputs: [Layout]
  let output: Layout

  var kernel: String { "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let sources = zip(constants, inputs).map { $0 ?? Elements(layout: $1).read(arena) }
    let blocks = shapes[0].extents[..<definition.axis].reduce(1, *)
    var results: [Int32] = []
    results.reserveCapacity(Elements(layout: output).count)
    for block in 0..<blocks {
      for source in sources {
        let length = source.count / blocks
        results += source[block * length..<block * length + length]
      }
    }
    Elements(layout: output).write(results, arena)
  }
}
