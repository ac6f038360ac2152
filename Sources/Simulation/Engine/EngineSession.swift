internal import NetworkModel

/// A place where samples run one after another, so that memory is kept from one to the next.
///
/// For each sample all inputs are set, then ``run()`` is called, then outputs are read. A session belongs to one thread
/// at a time; an engine makes as many as there are threads.
package protocol EngineSession: AnyObject {
  /// Sets an input of the next run.
  ///
  /// - Parameters:
  ///   - position: Which of the program's inputs.
  ///   - elements: Its elements in row-major order, as stored (float32 as bit patterns).
  /// - Throws: ``SimulationError`` for a wrong number of elements and for integers beyond the input's format.
  func setInput(_ position: Int, to elements: [Int32]) throws(SimulationError)

  /// Sets an input of 8 bits of the next run.
  ///
  /// - Parameters:
  ///   - position: Which of the program's inputs.
  ///   - bytes: One byte for each element in row-major order.
  ///   - map: Makes of each byte the stored integer: as it is for unsigned formats, in two's complement for signed ones.
  /// - Throws: ``SimulationError`` for a wrong number of bytes.
  func setInput(_ position: Int, toBytes bytes: Span<UInt8>, through map: ByteMap) throws(SimulationError)

  /// Runs one sample.
  ///
  /// - Throws: ``SimulationError``; also where not all inputs were set since the last run.
  func run() throws(SimulationError)

  /// Reads an output of the last run.
  ///
  /// - Parameters:
  ///   - position: Which of the program's outputs.
  ///   - elements: Becomes its elements in row-major order, as stored; memory that it has already is used again.
  func readOutput(_ position: Int, into elements: inout [Int32])

  /// For each step what happened in the last run; empty where nothing did.
  var events: [StepEvents] { get }
}

extension Program {
  /// The stored integers that bytes stand for in an input.
  ///
  /// - Parameters:
  ///   - input: Which of the program's inputs.
  ///   - bytes: One byte for each element.
  ///   - map: Makes of each byte the stored integer's lowest eight bits.
  /// - Returns: One integer for each byte.
  package func elements(of input: Int, bytes: Span<UInt8>, through map: ByteMap) -> [Int32] {
    let isSigned = (values[inputs[input]].type.integerRange?.lowerBound ?? 0) < 0
    return bytes.indices.map { index in
      let byte = map(bytes[index])
      return isSigned ? Int32(Int8(bitPattern: byte)) : Int32(byte)
    }
  }
}

/// A session of an engine that keeps nothing from run to run.
final class ArraySession<E: Engine>: EngineSession {
  private let engine: E
  private var inputs: [[Int32]?]
  private var outputs: [[Int32]] = []
  private(set) var events: [StepEvents] = []

  init(_ engine: E) {
    self.engine = engine
    inputs = engine.program.inputs.map { _ in nil }
  }

  func setInput(_ position: Int, to elements: [Int32]) throws(SimulationError) {
    try engine.program.check(elements, input: position)
    inputs[position] = elements
  }

  func setInput(_ position: Int, toBytes bytes: Span<UInt8>, through map: ByteMap) throws(SimulationError) {
    try setInput(position, to: engine.program.elements(of: position, bytes: bytes, through: map))
  }

  func run() throws(SimulationError) {
    let given = inputs.compactMap(\.self)
    inputs = inputs.map { _ in nil }
    let outcome = try engine.run(given, trace: .none)
    outputs = outcome.outputs
    events = outcome.events.allSatisfy { $0 == StepEvents() } ? [] : outcome.events
  }

  func readOutput(_ position: Int, into elements: inout [Int32]) { elements = outputs[position] }
}
