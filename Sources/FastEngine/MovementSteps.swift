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
    if input.isDense && output.isDense {
      arena.copy(from: input.offset, to: output.offset, count: input.byteCount)
    } else {
      Elements(layout: output).write(Elements(layout: input).read(arena), arena)
    }
  }
}

/// PAD.
struct Padding: PreparedStep {
  let definition: PadKernel
  let shape: Shape
  let outputShape: Shape
  let input: Layout
  let output: Layout

  var kernel: String { "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    var result = [Int32](repeating: definition.value, count: outputShape.count)
    var index = [Int](repeating: 0, count: shape.rank)
    for x in Elements(layout: input).read(arena) {
      var position = 0
      for axis in index.indices { position = position * outputShape[axis] + index[axis] + definition.before[axis] }
      result[position] = x
      for axis in index.indices.reversed() {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
      }
    }
    Elements(layout: output).write(result, arena)
  }
}

/// CONCATENATION.
struct Joining: PreparedStep {
  let definition: ConcatenationKernel
  let shapes: [Shape]
  let constants: [[Int32]?]
  let inputs: [Layout]
  let output: Layout

  var kernel: String { "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let low = Int32(clamping: definition.low)
    let high = Int32(clamping: definition.high)
    let sources = inputs.indices.map { number in
      (constants[number] ?? Elements(layout: inputs[number]).read(arena)).map { x in
        let value = definition.tables[number].map { $0.entries[Int(x - $0.first)] } ?? x
        return min(max(value, low), high)
      }
    }
    let outer = shapes[0].extents[..<definition.axis].reduce(1, *)
    var result: [Int32] = []
    for block in 0..<outer {
      for source in sources {
        let length = source.count / outer
        result += source[block * length..<(block + 1) * length]
      }
    }
    Elements(layout: output).write(result, arena)
  }
}
