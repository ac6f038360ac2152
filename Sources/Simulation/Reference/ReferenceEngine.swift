internal import FixedPoint
internal import NetworkModel

/// The specification: scalar, obvious, checked.
///
/// It computes what a ``Program`` says and notices each overflow.
/// Whatever another engine computes must equal this one bit for bit. It is written to be read: one loop for each
/// operator, one function for each rounding, no shortcut that needs a proof.
package struct ReferenceEngine: Engine {
  /// The program that the engine runs.
  package let program: Program
  /// For each value the last step that reads it, so that memory is freed on the way.
  private let lastUse: [Int?]

  /// Creates an engine for a program.
  package init(_ program: Program) {
    self.program = program
    lastUse = program.lastUses()
  }

  /// Runs one sample, step by step.
  ///
  /// - Parameters:
  ///   - inputs: For each input of the program its elements in row-major order, as stored (float32 as bit patterns).
  ///   - trace: Which values to keep.
  /// - Returns: The outputs, the kept values and what happened on the way.
  /// - Throws: ``SimulationError``.
  package func run(_ inputs: [[Int32]], trace: TraceSelection = .none) throws(SimulationError) -> Outcome {
    try program.check(inputs)
    var held = [[Int32]?](repeating: nil, count: program.values.count)
    var outcome = Outcome(outputs: [], trace: program.constantOutputs(in: trace), events: [])
    outcome.events.reserveCapacity(program.steps.count)
    for (index, elements) in zip(program.inputs, inputs) {
      held[index] = elements
      if trace.contains(index) { outcome.trace[index] = elements }
    }
    let outputs = Set(program.outputs)
    for (position, step) in program.steps.enumerated() {
      let operands = step.inputs.map { program.values[$0].constant ?? held[$0] ?? [] }
      var events = StepEvents()
      let result = try perform(step, operands, &events)
      outcome.events.append(events)
      held[step.output] = result
      if trace.contains(step.output) { outcome.trace[step.output] = result }
      for input in step.inputs where lastUse[input] == position && !outputs.contains(input) { held[input] = nil }
    }
    outcome.outputs = program.outputs.map { held[$0] ?? program.values[$0].constant ?? [] }
    return outcome
  }

  /// Runs one step by itself, which need not be one of the program's own: a re-quantizer tries variants this way.
  ///
  /// - Parameters:
  ///   - step: The step; its value indices are the program's.
  ///   - operands: The elements of each value that it reads; constants may be left empty.
  /// - Returns: The elements of its output, and what happened.
  /// - Throws: ``SimulationError``.
  package func run(step: Step, operands: [[Int32]]) throws(SimulationError) -> (elements: [Int32], events: StepEvents) {
    var events = StepEvents()
    let operands = zip(step.inputs, operands).map { program.values[$0].constant ?? $1 }
    return (try perform(step, operands, &events), events)
  }

  private func perform(
    _ step: Step, _ operands: [[Int32]], _ events: inout StepEvents
  ) throws(SimulationError) -> [Int32] {
    let shapes = step.inputs.map { program.values[$0].shape }
    let output = program.values[step.output].shape
    switch step.kernel {
    case .convolution(let kernel): return try Reference.convolution(kernel, operands[0], step, &events)
    case .add(let kernel): return try Reference.add(kernel, operands, shapes, output, step, &events)
    case .averagePool(let kernel): return Reference.averagePool(kernel, operands[0], shapes[0], output, &events)
    case .maxPool(let kernel): return Reference.maxPool(kernel, operands[0], shapes[0], output)
    case .mean(let kernel): return Reference.mean(kernel, operands[0], shapes[0], &events)
    case .rescale(let kernel): return Reference.rescale(kernel, operands[0], &events)
    case .table(let kernel): return Reference.table(kernel, operands[0])
    case .copy: return operands[0]
    case .pad(let kernel): return Reference.pad(kernel, operands[0], shapes[0], output)
    case .concatenation(let kernel): return Reference.concatenation(kernel, operands, shapes)
    case .softmax(let kernel): return Reference.softmax(kernel, operands[0], shapes[0])
    case .softmax16(let kernel): return Reference.softmax16(kernel, operands[0], shapes[0])
    case .floatSoftmax(let kernel): return Reference.floatSoftmax(kernel, operands[0], shapes[0])
    case .quantizeFloat(let kernel): return Reference.quantizeFloat(kernel, operands[0])
    case .binary(let kernel): return Reference.binary(kernel, operands, shapes, output, &events)
    case .hostBinary(let kernel): return try Reference.hostBinary(kernel, operands, shapes, output, step)
    case .hostUnary(let kernel): return Reference.hostUnary(kernel, operands[0])
    case .view(let kernel): return Reference.view(kernel, operands[0])
    case .lookup(let kernel): return try Reference.lookup(kernel, operands[0], operands[1], step)
    case .argMax(let kernel): return Reference.argMax(kernel, operands[0], shapes[0])
    case .l2Normalization(let kernel): return Reference.l2Normalization(kernel, operands[0], shapes[0])
    case .matrixProduct(let kernel): return try Reference.matrixProduct(kernel, operands, step, &events)
    case .svdf(let kernel): return Reference.svdf(kernel, operands[0], &events)
    case .sequenceLSTM(let kernel): return Reference.sequenceLSTM(kernel, operands[0], &events)
    case .bilinear(let kernel): return Reference.bilinear(kernel, operands[0], shapes[0], output)
    }
  }
}

/// The reference engine's operators, one function each.
enum Reference {
  /// The end of a step for one value: requantize, zero point, clamp; a value that the format cuts is counted.
  static func finish(
    _ accumulator: Int64, _ stage: OutputStage, _ requantization: Requantization, _ events: inout StepEvents
  ) -> Int32 {
    // Compared before the zero point is added: a requantization that saturates at 64 bits leaves no room for it.
    let scaled = requantization.apply(accumulator)
    if scaled < stage.low - stage.zeroPoint {
      if stage.lowIsFormat { events.outputSaturations += 1 }
      return Int32(stage.low)
    }
    if scaled > stage.high - stage.zeroPoint {
      if stage.highIsFormat { events.outputSaturations += 1 }
      return Int32(stage.high)
    }
    return Int32(scaled + stage.zeroPoint)
  }

  /// Ends a run whose register overflowed although the machine has no answer to that.
  static func endIfTrapped(_ accumulator: Accumulator, _ step: Step) throws(SimulationError) {
    if accumulator.overflow == .trap && accumulator.overflowCount > 0 {
      throw .accumulatorTrap(node: step.node, name: step.name)
    }
  }
}
