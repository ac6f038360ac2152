internal import Arrays
internal import Exploration
internal import FastEngine
internal import NetworkModel
internal import Simulation
internal import Verification
internal import Workflows

/// Computes exactly the integers that a machine gives for a model.
///
/// ```swift
/// let simulator = try Simulator(model, profile: Profile(named: "nna-int8-pow2"))
/// let scores = try simulator.run([simulator.quantize(pixels)])[0].realValues
/// ```
public struct Simulator: Sendable {
  /// What runs the program; results do not depend on it.
  public enum Engine: String, CaseIterable, Sendable, Hashable {
    /// SIMD kernels, equal to the specification bit for bit.
    case fast
    /// The specification, with plain loops; only it counts outputs that their format cuts.
    case reference
  }

  /// The model.
  public let model: Model
  /// The machine.
  public let profile: Profile
  let loaded: LoadedModel
  let engine: any Simulation.Engine

  /// Makes a program of a model for a machine.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - profile: The machine; `nil` for the one in the model, or else TensorFlow Lite's kernels.
  ///   - engine: What runs the program.
  ///   - threads: How many threads work on one sample.
  /// - Throws: ``BitexactError/conformance(_:)`` where the machine cannot run the model.
  public init(
    _ model: Model, profile: Profile? = nil, engine: Engine = .fast, threads: Int = 1
  ) throws(BitexactError) {
    self.model = model
    loaded = try model.on(profile)
    self.profile = Profile(loaded.profile)
    let program = try loaded.lowered()
    let choice = engine == .fast ? EngineChoice.fast : .reference
    self.engine = choice.engine(for: program, threadsInside: max(1, threads))
  }

  /// The SHA-256 of the program's canonical serialization in hexadecimal: equal digests are equal arithmetic.
  public var programDigest: String { engine.program.digest() }

  /// Runs one sample.
  ///
  /// - Parameter inputs: A tensor for each input, in order, of the input's shape; a leading extent of 1 may be left away.
  /// - Returns: A tensor for each output, in order.
  /// - Throws: ``BitexactError/data(_:)`` for tensors that do not fit, ``BitexactError/simulation(_:)`` where the run ends
  ///   early.
  public func run(_ inputs: [IntegerTensor]) throws(BitexactError) -> [IntegerTensor] {
    let outcome = try outcome(inputs, .none)
    return zip(outcome.outputs, loaded.network.outputs).map(tensor)
  }

  /// Runs one sample and keeps what every operator gave.
  ///
  /// - Parameter inputs: As for ``run(_:)-([IntegerTensor])``.
  /// - Returns: The outputs and every tensor.
  /// - Throws: As ``run(_:)-([IntegerTensor])``.
  public func trace(_ inputs: [IntegerTensor]) throws(BitexactError) -> Trace {
    let program = engine.program
    let outcome = try outcome(inputs, .all)
    let order = program.inputs + program.steps.map(\.output)
    return Trace(
      outputs: zip(outcome.outputs, loaded.network.outputs).map(tensor),
      tensors: order.compactMap { index in outcome.trace[index].map { tensor($0, index) } },
      events: zip(program.steps, outcome.events).map { step, events in
        Trace.Event(
          operatorIndex: step.node, operatorName: step.name, accumulatorOverflows: events.accumulatorOverflows,
          cutOutputs: engine.countsSaturations ? events.outputSaturations : nil)
      })
  }

  /// Runs samples, several at a time.
  ///
  /// - Parameters:
  ///   - samples: The samples.
  ///   - threads: How many samples run at a time; the result does not depend on it.
  /// - Returns: For each sample a tensor for each output.
  /// - Throws: As ``run(_:)-([IntegerTensor])``.
  public func run(_ samples: Samples, threads: Int = 1) async throws -> [[IntegerTensor]] {
    try await BitexactError.rethrowing(BitexactError.data) {
      let data = try samples.opened(for: loaded).set
      let engine = engine
      var results: [[IntegerTensor]] = []
      try await ParallelSamples.run(data.indices(of: samples.subset), threads: threads) {
        SampleRunner(engine, on: data)
      } compute: { runner, index in
        try runner.outcome(index).outputs
      } deliver: { _, outputs in
        results.append(zip(outputs, loaded.network.outputs).map(tensor))
      }
      return results
    }
  }

  /// Real numbers as an input stores them: `clamp(round(x / scale) + zeroPoint)`, ties away from zero, the quotient in
  /// float32, as TensorFlow Lite's QUANTIZE computes it.
  ///
  /// - Parameters:
  ///   - values: The real numbers of one sample in row-major order.
  ///   - position: Which of the inputs.
  /// - Returns: The input's tensor.
  /// - Throws: ``BitexactError/data(_:)`` for a wrong number of values, and for NaN.
  public func quantize(_ values: [Float], input position: Int = 0) throws(BitexactError) -> IntegerTensor {
    guard model.inputs.indices.contains(position) else {
      throw .data(["the model has \(model.inputs.count) inputs; there is no input \(position)"])
    }
    let slot = loaded.network.inputSlots()[position]
    guard values.count == slot.shape.count else {
      throw .data(["input \"\(slot.name)\" has \(slot.shape.count) elements, and \(values.count) were given"])
    }
    return try BitexactError.rethrowing(BitexactError.data) {
      // The one statement of what real numbers become is that of data sets.
      let array = try SampleArray(values, shape: [1] + slot.shape.sampleExtents).array("input \"\(slot.name)\"")
      let set = try DataSet(arrays: [array], for: [slot], name: array.name)
      return tensor(try set.sample(0)[0], loaded.network.inputs[position])
    }
  }

  /// The real numbers that a tensor of this model stands for, also where its own scale does not say it.
  ///
  /// - Parameter tensor: What ``run(_:)-([IntegerTensor])`` or ``trace(_:)`` gave.
  /// - Returns: As many real numbers.
  public func dequantize(_ tensor: IntegerTensor) -> [Float] {
    guard let index = tensor.index, loaded.network.tensors.indices.contains(index),
      let meaning = loaded.provenance.meanings[index]
    else { return tensor.realValues }
    return Dequantizer(loaded.network.tensors[index], meaning)(tensor.elements).map { Float($0) }
  }

  private func tensor(_ elements: [Int32], _ index: Int) -> IntegerTensor {
    IntegerTensor(elements, TensorDescription(index, of: loaded.network))
  }

  private func outcome(_ inputs: [IntegerTensor], _ trace: TraceSelection) throws(BitexactError) -> Outcome {
    for (given, wanted) in zip(inputs, model.inputs) {
      let short = wanted.shape.first == 1 ? Array(wanted.shape.dropFirst()) : wanted.shape
      guard [wanted.shape, short].contains(given.shape) else {
        throw .data(["input \"\(wanted.name)\" is \(wanted.shape), and a tensor of \(given.shape) was given"])
      }
    }
    do throws(SimulationError) {
      return try engine.run(inputs.map(\.elements), trace: trace)
    } catch {
      switch error {
      case .inputCount, .inputSize, .inputValue: throw .data([error.description])
      case .accumulatorTrap, .divisionByZero, .position: throw .simulation([error.description])
      }
    }
  }
}

/// What a run gave, tensor by tensor.
public struct Trace: Sendable, Hashable {
  /// What happened in an operator that a user may want to know of.
  public struct Event: Sendable, Hashable {
    /// The file's index of the operator.
    public let operatorIndex: Int
    /// Its name in TensorFlow Lite.
    public let operatorName: String
    /// Additions that left the accumulator's range.
    public let accumulatorOverflows: Int
    /// Results that the output's format could not hold; `nil` from the fast engine, which does not count them.
    public let cutOutputs: Int?
  }

  /// A tensor for each output, in order.
  public let outputs: [IntegerTensor]
  /// The inputs, then what each operator gave, in the order in which they run.
  public let tensors: [IntegerTensor]
  /// What happened, operator by operator.
  public let events: [Event]

  /// A tensor by its name, the first of several; `nil` where there is none.
  public subscript(_ name: String) -> IntegerTensor? { tensors.first { $0.name == name } }
}
