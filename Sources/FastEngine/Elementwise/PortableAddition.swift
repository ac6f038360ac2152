internal import FixedPoint
internal import Simulation

/// ADD of two operands of the output's shape, in plain Swift: each has 256 values, so its way to the common scale is a
/// table.
struct PortableAddition: PreparedStep {
  private let inputs: [Layout]
  private let output: Layout
  private let tables: [Table<Int32>]
  private let requantization: PortableRequantization

  var kernel: String { "portable" }

  /// Prepares a step; `nil` where an operand is broadcast or constant, or where a sum may leave the register or 32 bits.
  init?(_ kernel: AddKernel, _ step: Step, values: [Value], inputs: [Layout], output: Layout) {
    let shape = values[step.output].shape
    guard step.inputs.allSatisfy({ values[$0].shape == shape && values[$0].constant == nil }) else { return nil }
    let aligned = zip(kernel.operands, inputs).map { operand, layout in
      (0..<256).map { operand.alignment.apply(Int64($0) - Int64(layout.bias) - operand.zeroPoint) }
    }
    let limit = min(kernel.accumulator.format.maximum, Int128(Int32.max))
    let reach = aligned.reduce(Int128(0)) { $0 + ($1.map { Int128($0.magnitude) }.max() ?? 0) }
    guard reach <= limit else { return nil }
    self.inputs = inputs
    self.output = output
    tables = aligned.map { Table($0.map { Int32($0) }, zero: 0) }
    requantization = PortableRequantization(
      OutputForm(kernel.outputStage, channels: 1), bias: [0], bounds: [Int64(reach)], outputBias: output.bias)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    if output.isDense && inputs.allSatisfy(\.isDense) {
      return add(arena, inputs[0].offset, inputs[1].offset, output.offset, count: output.byteCount)
    }
    for image in 0..<output.images {
      for row in 0..<output.height {
        let places = (inputs + [output]).map { $0.offset + $0.byte(image: image, row: row, column: 0) }
        add(arena, places[0], places[1], places[2], count: output.width * output.channels)
      }
    }
  }

  /// Adds elements that follow each other, a block at a time so that its sums stay in the cache.
  private func add(_ arena: Arena, _ first: Int, _ second: Int, _ target: Int, count: Int) {
    let block = 512
    unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: block) { buffer in
      guard let sums = buffer.baseAddress else { return }
      for start in stride(from: 0, to: count, by: block) {
        let length = min(block, count - start)
        let (a, b) = unsafe (arena.pointer(first + start), arena.pointer(second + start))
        for index in 0..<length { unsafe sums[index] = tables[0][Int(a[index])] &+ tables[1][Int(b[index])] }
        unsafe requantization.run(sums, length, to: arena.pointer(target + start))
      }
    }
  }
}
