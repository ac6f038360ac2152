internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// ADD: each operand has 256 values, so its way to the common scale is a table.
struct TableAddition: PreparedStep {
  private let operands: [(layout: Layout, index: [Int32]?)]
  private let constants: [[Int32]?]
  /// For each operand its 256 values on the common scale.
  private let tables: [[Int64]]
  private let output: Layout
  private let form: OutputForm
  private let register: AccumulatorRule
  private let isExact: Bool
  private let step: Step

  var kernel: String { isExact ? "portable" : "checked" }

  init(_ kernel: AddKernel, _ step: Step, values: [Value], inputs: [Layout], output: Layout) {
    self.step = step
    self.output = output
    register = kernel.accumulator
    let target = values[step.output].shape
    constants = step.inputs.map { values[$0].constant }
    operands = zip(step.inputs, inputs).map { index, layout in
      let shape = values[index].shape
      return (layout, shape == target ? nil : TableAddition.broadcast(from: shape, to: target))
    }
    let aligned = zip(kernel.operands, inputs).map { operand, layout in
      (0..<256).map { operand.alignment.apply(Int64($0) - Int64(layout.bias) - operand.zeroPoint) }
    }
    let reach = aligned.reduce(Int64(0)) { $0 + ($1.map(abs).max() ?? 0) }
    isExact = Int128(reach) <= kernel.accumulator.format.maximum
    var form = OutputForm(kernel.outputStage, channels: 1)
    // The short forms stand for their stages only for sums of 32 bits.
    if reach > Int64(Int32.max) { form.kind = .general }
    self.form = form
    tables = aligned
  }

  /// The element of an operand that belongs to each element of the result.
  private static func broadcast(from shape: Shape, to output: Shape) -> [Int32] {
    var strides = [Int](repeating: 0, count: output.rank)
    var step = 1
    for axis in shape.extents.indices.reversed() {
      if shape[axis] != 1 { strides[axis + output.rank - shape.rank] = step }
      step *= shape[axis]
    }
    return (0..<output.count).map { position in
      var (rest, index) = (position, 0)
      for axis in output.extents.indices.reversed() {
        index += rest % output[axis] * strides[axis]
        rest /= output[axis]
      }
      return Int32(index)
    }
  }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    let sources = operands.indices.map { number in
      constants[number] ?? Elements(layout: operands[number].layout).read(arena)
    }
    let biases = operands.map { Int($0.layout.bias) }
    let (a, b) = (sources[0], sources[1])
    let (first, second) = (operands[0].index, operands[1].index)
    var accumulator = Accumulator(format: register.format, overflow: register.overflow)
    let bias = output.bias
    Elements(layout: output).forEach { position, byte in
      let x = Int(a[first.map { Int($0[position]) } ?? position]) + biases[0]
      let y = Int(b[second.map { Int($0[position]) } ?? position]) + biases[1]
      let sum: Int64
      if isExact {
        sum = tables[0][x] + tables[1][y]
      } else {
        accumulator.clear()
        if register.productsPerCheck == 1 {
          accumulator.add(tables[0][x])
          accumulator.add(tables[1][y])
        } else {
          accumulator.add(tables[0][x] + tables[1][y])
        }
        sum = accumulator.value
      }
      arena[byte] = UInt8(truncatingIfNeeded: Int32(truncatingIfNeeded: form.apply(sum, 0)) + bias)
    }
    events.accumulatorOverflows += accumulator.overflowCount
    if register.overflow == .trap && accumulator.overflowCount > 0 {
      throw .accumulatorTrap(node: step.node, name: step.name)
    }
  }
}

/// Any function of one element: each stored integer looked up.
struct ElementTable: PreparedStep {
  let input: Layout
  let output: Layout
  /// The input that the first entry belongs to.
  let first: Int32
  let entries: [Int32]

  var kernel: String { "table" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let elements = Elements(layout: input).read(arena)
    Elements(layout: output).write(elements.map { entries[Int($0 - first)] }, arena)
  }
}

/// Elements requantized one by one, where there are fewer of them than a table has entries.
struct FewElements: PreparedStep {
  let definition: RescaleKernel
  let input: Layout
  let output: Layout

  var kernel: String { "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let stage = definition.outputStage
    let results = Elements(layout: input).read(arena).map { x in
      Int32(stage.finish(stage.requantization(0).apply(Int64(x) - definition.inputZeroPoint)))
    }
    Elements(layout: output).write(results, arena)
  }
}

/// Float32 bit patterns to integers on the host.
struct FloatQuantization: PreparedStep {
  let definition: QuantizeFloatKernel
  let input: Layout
  let output: Layout

  var kernel: String { "host" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let scale = Float(bitPattern: definition.scaleBits)
    let stored = Elements(layout: input).read(arena).map { bits -> Int32 in
      // What 32 bits cannot hold becomes −2^31, as LiteRT has it on x86-64.
      let quotient = (Float(bitPattern: UInt32(bitPattern: bits)) / scale).rounded(.toNearestOrAwayFromZero)
      let integer = (Int32(exactly: quotient) ?? .min) &+ Int32(definition.zeroPoint)
      return min(max(integer, Int32(definition.low)), Int32(definition.high))
    }
    Elements(layout: output).write(stored, arena)
  }
}

/// TensorFlow Lite's softmax, row by row.
struct SoftmaxRows: PreparedStep {
  let definition: SoftmaxKernel
  let depth: Int
  let input: Layout
  let output: Layout

  var kernel: String { "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let elements = Elements(layout: input).read(arena)
    let rows = stride(from: 0, to: elements.count, by: depth).flatMap {
      definition.parameters(elements[$0..<$0 + depth], format: definition.format)
    }
    Elements(layout: output).write(rows, arena)
  }
}
