internal import CKernels
internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// ADD of two operands of the output's shape on the kernels in C.
struct VectorAddition: PreparedStep {
  private let packed: PackedAddition
  private let row: KernelRow
  private let inputs: [Layout]
  private let output: Layout

  var kernel: String { row.name }

  /// Prepares a step; `nil` where the kernels do not serve it.
  init?(
    _ kernel: AddKernel, _ step: Step, values: [Value], inputs: [Layout], output: Layout, _ row: KernelRow
  ) {
    let shape = values[step.output].shape
    guard step.inputs.allSatisfy({ values[$0].shape == shape && values[$0].constant == nil }),
      let packed = PackedAddition(kernel, inputs: inputs, output: output, row.packing)
    else { return nil }
    self.packed = packed
    self.row = row
    self.inputs = inputs
    self.output = output
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    var addition = unsafe packed.value
    if output.isDense && inputs.allSatisfy(\.isDense) {
      unsafe row.add(
        &addition, arena.pointer(inputs[0].offset), arena.pointer(inputs[1].offset), arena.pointer(output.offset),
        Int64(output.byteCount))
      return
    }
    let count = Int64(output.width * output.channels)
    for image in 0..<output.images {
      var first = inputs[0].offset + inputs[0].byte(image: image, row: 0, column: 0)
      var second = inputs[1].offset + inputs[1].byte(image: image, row: 0, column: 0)
      var target = output.offset + output.byte(image: image, row: 0, column: 0)
      for _ in 0..<output.height {
        unsafe row.add(&addition, arena.pointer(first), arena.pointer(second), arena.pointer(target), count)
        first += inputs[0].rowStride
        second += inputs[1].rowStride
        target += output.rowStride
      }
    }
  }
}

/// What the kernels of a set read.
struct PackedAddition: Sendable {
  private let operands: [bx_operand]
  let tables: OutputTables
  private let add: Int32

  /// Packs a definition; `nil` where the set's kernels do not serve it.
  init?(_ kernel: AddKernel, inputs: [Layout], output: Layout, _ packing: KernelPacking) {
    let form = OutputForm(kernel.outputStage, channels: 1)
    guard packing.forms.contains(form.kind) else { return nil }
    var operands: [bx_operand] = []
    var reach: Int64 = 0
    for (operand, layout) in zip(kernel.operands, inputs) {
      guard let (prepared, largest) = PackedAddition.prepare(operand, layout) else { return nil }
      operands.append(prepared)
      reach += largest
    }
    guard Int128(reach) <= kernel.accumulator.format.maximum, reach <= form.safeMagnitude(0) else { return nil }
    self.operands = operands
    tables = OutputTables(form, LaneOrder(uniform: 64), outputBias: output.bias, bounds: [reach])
    add = Int32(tables.addedToBias(0))
  }

  /// An operand in the kernel's terms and the largest magnitude that it adds, or `nil` where it has no such terms.
  private static func prepare(_ operand: AddKernel.Operand, _ layout: Layout) -> (bx_operand, Int64)? {
    // A kernel relies on differences of nine bits.
    guard let zero = Int32(exactly: operand.zeroPoint + Int64(layout.bias)), (0...255).contains(zero) else {
      return nil
    }
    let values = (0..<256).map { operand.alignment.apply(Int64($0) - Int64(zero)) }
    let largest = values.map(abs).max() ?? 0
    guard largest <= Int64(Int32.max) else { return nil }
    var result = bx_operand(zero: zero, is_linear: true, multiplier: 1, left: 0, right: 0)
    let stages = operand.alignment.stages
    if stages.count == 1, case .multiply(let factor) = stages[0] {
      guard let multiplier = Int32(exactly: factor) else { return nil }
      result.multiplier = multiplier
    } else if stages.count == 1, case .shiftLeft(let count) = stages[0], count < 31 {
      result.multiplier = 1 << Int32(count)
    } else if !stages.isEmpty {
      guard let entry = DoubleEntry(alignment: stages) else { return nil }
      // The shifted difference must not leave 32 bits, where the stages are exact.
      let difference = Int64(max(zero, 255 - zero))
      guard difference << Int64(entry.left) <= Int64(Int32.max) else { return nil }
      let factor = entry.multiplier << Int64(entry.left)
      if entry.right == 0 && factor % (1 << 31) == 0 {
        // The product is exact: the operand with the larger scale has a half for its multiplier.
        result.multiplier = Int32(factor >> 31)
        return (result, largest)
      }
      result = bx_operand(
        zero: zero, is_linear: false, multiplier: Int32(entry.multiplier), left: Int32(entry.left),
        right: Int32(entry.right))
    }
    return (result, largest)
  }

  /// The tables' addresses; valid as long as this value lives.
  @unsafe var value: bx_addition {
    unsafe bx_addition(a: operands[0], b: operands[1], add: add, output: tables.value)
  }
}
