internal import FixedPoint
internal import NetworkModel

/// Something that runs programs: the reference engine, which is the specification, or one that must equal it.
package protocol Engine: Sendable {
  /// The program that the engine was made for.
  var program: Program { get }

  /// Whether ``StepEvents/outputSaturations`` is counted; accumulator overflows always are.
  var countsSaturations: Bool { get }

  /// Runs one sample.
  ///
  /// - Parameters:
  ///   - inputs: For each input of the program its elements in row-major order, as stored (float32 as bit patterns).
  ///   - trace: Which values to keep.
  /// - Returns: The outputs, the kept values and what happened on the way.
  /// - Throws: ``SimulationError``.
  func run(_ inputs: [[Int32]], trace: TraceSelection) throws(SimulationError) -> Outcome

  /// Makes a place where one thread runs many samples.
  func makeSession() -> any EngineSession
}

extension Engine {
  /// Saturations are counted unless an engine says otherwise.
  package var countsSaturations: Bool { true }

  /// A session that keeps nothing from run to run, unless an engine has a better one.
  package func makeSession() -> any EngineSession { ArraySession(self) }
}

/// Which values a run keeps beside the outputs.
package enum TraceSelection: Sendable, Hashable {
  /// None.
  case none
  /// All that a step writes or the caller sets.
  case all
  /// Those with the given indices.
  case only(Set<Int>)

  /// Whether a value is kept.
  package func contains(_ value: Int) -> Bool {
    switch self {
    case .none: false
    case .all: true
    case .only(let values): values.contains(value)
    }
  }
}

/// What a run gave.
package struct Outcome: Sendable, Hashable {
  /// For each output of the program its elements in row-major order.
  package var outputs: [[Int32]]
  /// The kept values, by index.
  package var trace: [Int: [Int32]]
  /// For each step what happened in it.
  package var events: [StepEvents]

  /// Creates an outcome.
  package init(outputs: [[Int32]], trace: [Int: [Int32]], events: [StepEvents]) {
    self.outputs = outputs
    self.trace = trace
    self.events = events
  }
}

/// What happened in a step that a user wants to know of.
package struct StepEvents: Sendable, Hashable {
  /// Additions that left the accumulator's range.
  package var accumulatorOverflows: Int
  /// Results that the output's format could not hold; what a fused activation cuts is not counted.
  package var outputSaturations: Int

  /// Creates a count.
  package init(accumulatorOverflows: Int = 0, outputSaturations: Int = 0) {
    self.accumulatorOverflows = accumulatorOverflows
    self.outputSaturations = outputSaturations
  }

  /// Adds another run's counts.
  package static func += (left: inout StepEvents, right: StepEvents) {
    left.accumulatorOverflows += right.accumulatorOverflows
    left.outputSaturations += right.outputSaturations
  }
}

/// Why a run ended early.
package enum SimulationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The caller gave another number of inputs than the program has.
  case inputCount(given: Int, expected: Int)
  /// An input has another number of elements than its shape.
  case inputSize(name: String, given: Int, expected: Int)
  /// An input's element is not one that its format can hold.
  case inputValue(name: String, value: Int32, format: String)
  /// A trapping accumulator overflowed.
  case accumulatorTrap(node: Int, name: String)
  /// An integer was divided by zero on the host.
  case divisionByZero(node: Int, name: String)
  /// A computed position is not one that the input has.
  case position(node: Int, name: String, position: Int, extent: Int)

  /// What happened, where, and what to do.
  package var description: String {
    switch self {
    case .inputCount(let given, let expected): "the model has \(expected) inputs, and \(given) were given"
    case .inputSize(let name, let given, let expected):
      "input \"\(name)\" has \(expected) elements, and \(given) were given"
    case .inputValue(let name, let value, let format):
      "input \"\(name)\" holds \(value), which \(format) cannot hold"
    case .accumulatorTrap(let node, let name):
      "operator \(node) (\(name)): the accumulator overflowed, and the profile says trap; "
        + "widen accumulator.bits or choose wrap or saturate"
    case .divisionByZero(let node, let name): "operator \(node) (\(name)): divides an integer by zero"
    case .position(let node, let name, let position, let extent):
      "operator \(node) (\(name)): looks up position \(position) of an axis that has \(extent)"
    }
  }
}

extension Program {
  /// The outputs that are constants of the model, as far as a trace is asked for them: no step writes them.
  package func constantOutputs(in trace: TraceSelection) -> [Int: [Int32]] {
    var result: [Int: [Int32]] = [:]
    for output in outputs where trace.contains(output) { result[output] = values[output].constant }
    return result
  }

  /// Refuses inputs that the program cannot take: a wrong number of them, a wrong size, integers beyond their format.
  ///
  /// - Throws: ``SimulationError``.
  package func check(_ inputs: [[Int32]]) throws(SimulationError) {
    guard inputs.count == self.inputs.count else {
      throw .inputCount(given: inputs.count, expected: self.inputs.count)
    }
    for (position, elements) in inputs.enumerated() { try check(elements, input: position) }
  }

  /// Refuses elements that an input cannot take.
  ///
  /// - Parameters:
  ///   - elements: The elements.
  ///   - position: Which of the program's inputs.
  /// - Throws: ``SimulationError``.
  package func check(_ elements: [Int32], input position: Int) throws(SimulationError) {
    try checkCount(elements.count, input: position)
    let value = values[inputs[position]]
    guard case .integer(let format) = value.kind else { return }
    // The clamped ends are exact: no element of 32 bits lies between an end and its clamp.
    let low = Int32(clamping: format.minimum)
    let high = Int32(clamping: format.maximum)
    // One pass without exits first, which can be vectorized.
    var (smallest, largest) = (Int32.max, Int32.min)
    for element in elements { (smallest, largest) = (min(smallest, element), max(largest, element)) }
    if smallest < low || largest > high, let bad = elements.first(where: { $0 < low || $0 > high }) {
      throw .inputValue(name: value.name, value: bad, format: format.name)
    }
  }

  /// Refuses a number of elements that an input does not have.
  ///
  /// - Parameters:
  ///   - count: The number.
  ///   - position: Which of the program's inputs.
  /// - Throws: ``SimulationError``.
  package func checkCount(_ count: Int, input position: Int) throws(SimulationError) {
    let value = values[inputs[position]]
    guard count == value.shape.count else {
      throw .inputSize(name: value.name, given: count, expected: value.shape.count)
    }
  }
}
