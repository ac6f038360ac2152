internal import FixedPoint
package import NetworkModel

extension Reference {
  /// Both operands come to one scale, are added in the register, and the sum is requantized.
  static func add(
    _ kernel: AddKernel, _ operands: [[Int32]], _ shapes: [Shape], _ output: Shape, _ step: Step,
    _ events: inout StepEvents
  ) throws(SimulationError) -> [Int32] {
    var register = Accumulator(format: kernel.accumulator.format, overflow: kernel.accumulator.overflow)
    let indices = shapes.map { BroadcastIndex(from: $0, to: output) }
    let stage = kernel.outputStage
    var result: [Int32] = []
    result.reserveCapacity(output.count)
    for position in 0..<output.count {
      let a = kernel.operands[0].align(operands[0][indices[0](position)])
      let b = kernel.operands[1].align(operands[1][indices[1](position)])
      register.clear()
      if kernel.accumulator.productsPerCheck == 1 {
        register.add(a)
        register.add(b)
      } else {
        // Two terms are one group.
        register.add(a + b)
      }
      result.append(finish(register.value, stage, stage.requantization(0), &events))
    }
    try endIfTrapped(register, step)
    events.accumulatorOverflows += register.overflowCount
    return result
  }

  /// Each element less the zero point, requantized.
  static func rescale(_ kernel: RescaleKernel, _ input: [Int32], _ events: inout StepEvents) -> [Int32] {
    let stage = kernel.outputStage
    var result: [Int32] = []
    result.reserveCapacity(input.count)
    for x in input { result.append(finish(Int64(x) - kernel.inputZeroPoint, stage, stage.requantization(0), &events)) }
    return result
  }

  /// Each element looked up.
  static func table(_ kernel: TableKernel, _ input: [Int32]) -> [Int32] {
    input.map { kernel.entries[Int($0 - kernel.first)] }
  }

  /// Softmax over the last axis.
  static func softmax(_ kernel: SoftmaxKernel, _ input: [Int32], _ shape: Shape) -> [Int32] {
    let depth = shape[shape.rank - 1]
    return stride(from: 0, to: input.count, by: depth).flatMap {
      kernel.parameters(input[$0..<$0 + depth], format: kernel.format)
    }
  }

  /// Softmax of 16-bit integers over the last axis.
  static func softmax16(_ kernel: Softmax16Kernel, _ input: [Int32], _ shape: Shape) -> [Int32] {
    let depth = shape[shape.rank - 1]
    return stride(from: 0, to: input.count, by: depth).flatMap { kernel.parameters(input[$0..<$0 + depth]) }
  }

  /// Softmax in float32 over the last axis.
  static func floatSoftmax(_ kernel: FloatSoftmaxKernel, _ input: [Int32], _ shape: Shape) -> [Int32] {
    let depth = shape[shape.rank - 1]
    return stride(from: 0, to: input.count, by: depth).flatMap {
      kernel.parameters(input[$0..<$0 + depth], format: kernel.format)
    }
  }

  /// Float32 bit patterns to integers: divides, rounds ties away from zero, adds the zero point, clamps.
  ///
  /// A quotient that 32 bits cannot hold, or that is no number, becomes −2^31 and the zero point is added modulo 2^32:
  /// what LiteRT does on x86-64, where C++ leaves it undefined.
  static func quantizeFloat(_ kernel: QuantizeFloatKernel, _ input: [Int32]) -> [Int32] {
    let scale = Float(bitPattern: kernel.scaleBits)
    return input.map { bits in
      let quotient = (Float(bitPattern: UInt32(bitPattern: bits)) / scale).rounded(.toNearestOrAwayFromZero)
      let stored = (Int32(exactly: quotient) ?? .min) &+ Int32(kernel.zeroPoint)
      return min(max(stored, Int32(kernel.low)), Int32(kernel.high))
    }
  }
}

extension AddKernel.Operand {
  /// A stored integer on the common scale.
  package func align(_ x: Int32) -> Int64 { alignment.apply(Int64(x) - zeroPoint) }
}

/// Where the element of an operand stands that belongs to an element of a broadcast result.
package struct BroadcastIndex: Sendable {
  private let extents: [Int]
  private let strides: [Int]
  private let isIdentity: Bool

  package init(from shape: Shape, to output: Shape) {
    extents = output.extents
    isIdentity = shape == output
    var strides = [Int](repeating: 0, count: output.rank)
    var step = 1
    for axis in shape.extents.indices.reversed() {
      if shape[axis] != 1 { strides[axis + output.rank - shape.rank] = step }
      step *= shape[axis]
    }
    self.strides = strides
  }

  package func callAsFunction(_ position: Int) -> Int {
    if isIdentity { return position }
    var rest = position
    var index = 0
    for axis in extents.indices.reversed() {
      index += rest % extents[axis] * strides[axis]
      rest /= extents[axis]
    }
    return index
  }
}
