internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// ADD and SUB of int16 activations.
struct WordAddition: PreparedStep {
  private let pairs: PairwiseElements?
  private let checked: AddKernel
  private let step: Step
  private let values: [Value]
  private let inputs: [Layout]
  private let output: Layout

  var kernel: String { pairs == nil ? "checked" : "portable" }

  init(_ kernel: AddKernel, _ step: Step, values: [Value], inputs: [Layout], output: Layout) {
    (checked, self.step, self.values, self.inputs, self.output) = (kernel, step, values, inputs, output)
    let reach = kernel.operands.map { Int128(1) << 15 + Int128($0.zeroPoint.magnitude) }
    let alignments = zip(kernel.operands, reach).map { WordScale($0.alignment, reach: $1) }
    // The form's reach of a result, found by its largest inputs, since its stages are monotonic unless one wraps.
    var sums: Int128 = 0
    for (operand, reach) in zip(kernel.operands, reach) {
      let ends = [Int64(reach), -Int64(reach)].map { Int128(operand.alignment.apply($0).magnitude) }
      sums += max(ends[0], ends[1]) + 1
    }
    guard let first = alignments[0], let second = alignments[1], sums <= kernel.accumulator.format.maximum else {
      pairs = nil
      return
    }
    let zeros = kernel.operands.map(\.zeroPoint)
    let form = WordOutput(kernel.outputStage, reaches: [sums])
    pairs = PairwiseElements(step: step, values: values, inputs: inputs, output: output) {
      form(first(Int64($0) - zeros[0]) &+ second(Int64($1) - zeros[1]), 0)
    }
  }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    if let pairs { return try pairs.run(arena, &events) }
    let rule = checked.accumulator
    let shape = values[step.output].shape
    let sources = zip(step.inputs, inputs).map { values[$0].constant ?? Elements(layout: $1).read(arena) }
    let steps = step.inputs.map { input in
      Strides(start: 0, steps: Layout.packed(values[input].shape, 1)).broadcast(from: values[input].shape, to: shape)
    }
    let rows = RowWalk(shape.extents, steps[0], steps[1], to: Strides(start: 0, steps: Layout.packed(shape, 1)))
    var results = [Int32](repeating: 0, count: shape.count)
    var register = Accumulator(format: rule.format, overflow: rule.overflow)
    let stage = checked.outputStage
    rows.forEach { first, second, target in
      for index in 0..<rows.count {
        let a = aligned(0, sources[0][first + index * rows.steps.x])
        let b = aligned(1, sources[1][second + index * rows.steps.y])
        register.clear()
        register.add(rule.productsPerCheck == 1 ? a : a + b)
        if rule.productsPerCheck == 1 { register.add(b) }
        results[target + index * rows.steps.z] = Int32(stage.finish(stage.requantization(0).apply(register.value)))
      }
    }
    try events.count(register.overflowCount, of: rule, at: step)
    Elements(layout: output).write(results, arena)
  }

  private func aligned(_ number: Int, _ x: Int32) -> Int64 {
    checked.operands[number].alignment.apply(Int64(x) - checked.operands[number].zeroPoint)
  }
}

/// Int16 activations requantized one by one.
struct WordRescaling: PreparedStep {
  private let zeroPoint: Int64
  private let form: WordOutput
  private let input: Layout
  private let output: Layout

  let kernel = "portable"

  init(_ definition: RescaleKernel, input: Layout, output: Layout) {
    zeroPoint = definition.inputZeroPoint
    form = WordOutput(definition.outputStage, reaches: [Int128(1) << 15 + Int128(zeroPoint.magnitude)])
    (self.input, self.output) = (input, output)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    input.forEachElement(with: output, arena) { form(Int64($0) - zeroPoint, 0) }
  }
}

/// AVERAGE_POOL_2D and MAX_POOL_2D of int16 activations, all channels of a pixel at once.
struct WordPooling: PreparedStep {
  /// What becomes of a window.
  enum Rule: Sendable {
    case average(AveragePoolKernel)
    case largest(MaxPoolKernel)
  }

  private let rule: Rule
  private let windows: PoolWindows

  let kernel = "portable"

  init(_ rule: Rule, input: Layout, output: Layout) {
    self.rule = rule
    switch rule {
    case .average(let kernel): windows = PoolWindows(kernel.window, input: input, output: output)
    case .largest(let kernel): windows = PoolWindows(kernel.window, input: input, output: output)
    }
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let channels = windows.output.channels
    var sums = [Int64](repeating: 0, count: channels)
    for image in 0..<windows.output.images {
      for (row, rows) in windows.rows.enumerated() {
        for (column, columns) in windows.columns.enumerated() {
          let target = windows.output.offset + windows.output.byte(image: image, row: row, column: column)
          for index in 0..<channels { sums[index] = start }
          for y in rows {
            for x in columns {
              let source = windows.input.offset + windows.input.byte(image: image, row: y, column: x)
              for index in 0..<channels { add(Int64(arena.word(source + index * 4)), to: &sums[index]) }
            }
          }
          let count = rows.count * columns.count
          for index in 0..<channels { arena.setWord(target + index * 4, result(sums[index], count)) }
        }
      }
    }
  }

  private var start: Int64 { if case .largest = rule { .min } else { 0 } }

  @inline(__always)
  private func add(_ x: Int64, to sum: inout Int64) {
    switch rule {
    case .average: sum += x
    case .largest: sum = max(sum, x)
    }
  }

  /// The output for the sum, or the largest, of so many elements.
  private func result(_ sum: Int64, _ count: Int) -> Int32 {
    switch rule {
    case .largest(let kernel): return Int32(min(max(sum, kernel.low), kernel.high))
    case .average(let kernel):
      switch kernel.division {
      case .divide(let rounding): return Int32(kernel.outputStage.finish(divide(sum, by: Int64(count), rounding)))
      case .reciprocals(let table):
        let scaled = table[count - 1].apply(sum - Int64(count) * kernel.inputZeroPoint)
        return Int32(kernel.outputStage.finish(scaled))
      }
    }
  }
}

/// SOFTMAX of int16 activations, row by row.
struct WordSoftmax: PreparedStep {
  let parameters: TFLiteSoftmax16
  let depth: Int
  let input: Layout
  let output: Layout

  let kernel = "portable"

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let count = Elements(layout: input).count
    var powers = [Int32](repeating: 0, count: depth)
    for row in stride(from: 0, to: count, by: max(depth, 1)) {
      var largest = Int32.min
      for index in 0..<depth { largest = max(largest, arena.word(input.offset + (row + index) * 4)) }
      var sum: Int64 = 0
      for index in 0..<depth {
        powers[index] = parameters.exponential(arena.word(input.offset + (row + index) * 4) - largest)
        sum += Int64(powers[index])
      }
      let scale = TFLiteSoftmax16.Scale(parameters, sum: sum)
      for index in 0..<depth { arena.setWord(output.offset + (row + index) * 4, scale.result(powers[index])) }
    }
  }
}
