internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// ADD: each operand has 256 values, so its way to the common scale is a table.
struct TableAddition: PreparedStep {
  private let rows: RowWalk
  /// For each operand the bytes of a constant, which are not in the arena.
  private let constants: [Table<UInt8>?]
  /// For each operand its 256 values on the common scale.
  private let tables: [Table<Int64>]
  private let outputBias: Int32
  /// Whether outputs have four bytes.
  private let isWide: Bool
  private let form: OutputForm
  private let register: AccumulatorRule
  private let isExact: Bool
  private let step: Step

  var kernel: String { isExact ? "portable" : "checked" }

  init(_ kernel: AddKernel, _ step: Step, values: [Value], inputs: [Layout], output: Layout) {
    self.step = step
    outputBias = output.bias
    isWide = output.elementBytes > 1
    register = kernel.accumulator
    let target = values[step.output].shape
    let constants = zip(step.inputs, inputs).map { index, layout in
      values[index].constant.map { Table($0.map { UInt8(truncatingIfNeeded: $0 + layout.bias) }, zero: 0) }
    }
    self.constants = constants
    let places = step.inputs.indices.map { number in
      let shape = values[step.inputs[number]].shape
      let isConstant = constants[number] != nil
      let own = isConstant ? Strides(start: 0, steps: Layout.packed(shape, 1)) : inputs[number].strides(shape)
      return own.broadcast(from: shape, to: target)
    }
    rows = RowWalk(target.extents, places[0], places[1], to: output.strides(target))
    let aligned = zip(kernel.operands, inputs).map { operand, layout in
      (0..<256).map { operand.alignment.apply(Int64($0) - Int64(layout.bias) - operand.zeroPoint) }
    }
    let reach = aligned.reduce(Int64(0)) { $0 + ($1.map(abs).max() ?? 0) }
    isExact = Int128(reach) <= kernel.accumulator.format.maximum
    var form = OutputForm(kernel.outputStage, channels: 1)
    // The short forms stand for their stages only for sums of 32 bits.
    if reach > Int64(Int32.max) { form.kind = .general }
    self.form = form
    tables = aligned.map { Table($0, zero: 0) }
  }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    if isExact {
      walk(arena) { form.apply($0 + $1, 0) }
      return
    }
    var accumulator = Accumulator(format: register.format, overflow: register.overflow)
    walk(arena) { x, y in
      accumulator.clear()
      if register.productsPerCheck == 1 {
        accumulator.add(x)
        accumulator.add(y)
      } else {
        accumulator.add(x + y)
      }
      return form.apply(accumulator.value, 0)
    }
    try events.count(accumulator.overflowCount, of: register, at: step)
  }

  /// Stores for each element of the result what `body` makes of its operands on the common scale.
  @inline(__always)
  private func walk(_ arena: Arena, _ body: (Int64, Int64) -> Int64) {
    let a = unsafe constants[0]?.pointer ?? UnsafePointer(arena.pointer(0))
    let b = unsafe constants[1]?.pointer ?? UnsafePointer(arena.pointer(0))
    let (ofA, ofB) = unsafe (tables[0].pointer, tables[1].pointer)
    let (count, steps) = (rows.count, rows.steps)
    rows.forEach { first, second, target in
      for index in 0..<count {
        let x = unsafe ofA[Int(a[first + index * steps.x])]
        let y = unsafe ofB[Int(b[second + index * steps.y])]
        let place = target + index * steps.z
        if isWide {
          arena.setWord(place, Int32(truncatingIfNeeded: body(x, y)))
        } else {
          arena[place] = UInt8(truncatingIfNeeded: body(x, y) + Int64(outputBias))
        }
      }
    }
  }
}

extension Strides {
  /// The same elements as the operand of a larger result: along axes that it has not, or has one element of, it stands.
  func broadcast(from shape: Shape, to output: Shape) -> Strides {
    var result = Strides(start: start, steps: [Int](repeating: 0, count: output.rank))
    for axis in shape.extents.indices where shape[axis] != 1 {
      result.steps[axis + output.rank - shape.rank] = steps[axis]
    }
    return result
  }
}
