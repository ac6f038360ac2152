package import Simulation

/// Runs samples of a data set one after another on one thread, without new memory for each.
package final class SampleRunner {
  private let data: DataSet
  private let session: any EngineSession
  private let outputCount: Int
  private var scratch: [UInt8] = []
  private var elements: [Int32] = []

  /// Creates a runner with a session of its own.
  ///
  /// - Parameters:
  ///   - engine: The model.
  ///   - data: The samples.
  package init(_ engine: some Engine, on data: DataSet) {
    self.data = data
    session = engine.makeSession()
    outputCount = engine.program.outputs.count
  }

  /// Runs one sample.
  ///
  /// - Parameter index: The sample.
  /// - Throws: Whatever reading a sample or running it throws.
  package func run(_ index: Int) throws {
    try data.load(index, into: session, &scratch)
    try session.run()
  }

  /// Gives an output of the last run.
  ///
  /// - Parameters:
  ///   - position: Which of the program's outputs.
  ///   - body: Reads its elements.
  /// - Returns: What `body` gives.
  package func withOutput<Result>(_ position: Int, _ body: ([Int32]) throws -> Result) rethrows -> Result {
    session.readOutput(position, into: &elements)
    return try body(elements)
  }

  /// Runs one sample and copies its outputs.
  ///
  /// - Parameter index: The sample.
  /// - Returns: The outputs and what happened; events are empty where nothing did.
  /// - Throws: Whatever reading a sample or running it throws.
  package func outcome(_ index: Int) throws -> Outcome {
    try run(index)
    var outputs = [[Int32]](repeating: [], count: outputCount)
    for position in outputs.indices { session.readOutput(position, into: &outputs[position]) }
    return Outcome(outputs: outputs, trace: [:], events: events)
  }

  /// For each step what happened in the last run; empty where nothing did.
  package var events: [StepEvents] { session.events }
}
