internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// L2_NORMALIZATION: a row has few different elements, so each result is found once.
struct RowNormalization: PreparedStep {
  let definition: L2NormalizationKernel
  let depth: Int
  let input: Layout
  let output: Layout

  var kernel: String { "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    var elements = Elements(layout: input).read(arena)
    for start in stride(from: 0, to: elements.count, by: depth) {
      var squares: Int32 = 0
      for index in start..<start + depth {
        elements[index] -= definition.inputZeroPoint
        squares &+= elements[index] &* elements[index]
      }
      let root = TFLiteInverseRoot(squares)
      for index in start..<start + depth { elements[index] = definition.result(elements[index], root) }
    }
    Elements(layout: output).write(elements, arena)
  }
}

/// BATCH_MATMUL: the second operand is laid by columns, less its zero point, once for each product.
struct MatrixProducts: PreparedStep {
  let definition: MatrixProductKernel
  let step: Step
  let inputs: [Layout]
  let output: Layout
  private let isExact: Bool

  var kernel: String { isExact ? "portable" : "checked" }

  init(_ definition: MatrixProductKernel, _ step: Step, inputs: [Layout], output: Layout) {
    (self.definition, self.step, self.inputs, self.output) = (definition, step, inputs, output)
    // Differences of 8-bit integers lie within 255, of wider ones within 2^17.
    let reach: Int128 = inputs.allSatisfy { $0.elementBytes == 1 } ? 255 * 255 : 1 << 34
    isExact = Int128(definition.depth) * reach <= definition.accumulator.format.maximum
  }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    let (first, second) = (Elements(layout: inputs[0]).read(arena), Elements(layout: inputs[1]).read(arena))
    let rule = definition.accumulator
    let group = isExact ? definition.depth : rule.productsPerCheck ?? definition.depth
    let (depth, stage) = (definition.depth, definition.outputStage)
    var register = Accumulator(format: rule.format, overflow: rule.overflow)
    var results: [Int32] = []
    results.reserveCapacity(Elements(layout: output).count)
    var columns = [Int32](repeating: 0, count: depth * definition.columns)
    var row = [Int32](repeating: 0, count: depth)
    for (a, b) in zip(definition.starts[0], definition.starts[1]) {
      for column in 0..<definition.columns {
        for term in 0..<depth {
          let place = Int(b) + term * definition.secondSteps[0] + column * definition.secondSteps[1]
          columns[column * depth + term] = second[place] - definition.zeroPoints[1]
        }
      }
      for line in 0..<definition.rows {
        for term in 0..<depth {
          let place = Int(a) + line * definition.firstSteps[0] + term * definition.firstSteps[1]
          row[term] = first[place] - definition.zeroPoints[0]
        }
        for column in 0..<definition.columns {
          register.clear()
          for start in stride(from: 0, to: depth, by: group) {
            var exact: Int64 = 0
            for term in start..<min(start + group, depth) {
              exact &+= Int64(row[term]) &* Int64(columns[column * depth + term])
            }
            register.add(exact)
          }
          results.append(Int32(stage.finish(stage.requantization(0).apply(register.value))))
        }
      }
    }
    try events.count(register.overflowCount, of: rule, at: step)
    Elements(layout: output).write(results, arena)
  }
}

/// Writes an image with zeros, which are its zero point, between its elements and around them.
struct Spreading: PreparedStep {
  let kernel = "copy"
  let rows: Int
  let columns: Int
  let value: UInt8
  let input: Layout
  let output: Layout

  func run(_ arena: Arena, _ events: inout StepEvents) {
    arena.fill(output.offset, count: output.byteCount, value)
    for image in 0..<input.images {
      for y in 0..<input.height {
        for x in 0..<input.width {
          arena.copy(
            from: input.offset + input.byte(image: image, row: y, column: x),
            to: output.offset + output.byte(image: image, row: y * rows, column: x * columns), count: input.channels)
        }
      }
    }
  }
}
