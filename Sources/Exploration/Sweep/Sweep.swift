internal import FixedPoint
internal import NetworkModel
internal import Simulation
internal import Verification

/// A model on many machines: what each decides, what it loses and what it costs.
///
/// Machines whose programs do the same are run once: an accumulator that is proved not to overflow is as good as a wider
/// one, so its width does not count.
package struct Sweep: Sendable {
  /// A machine that is ready to run.
  package struct Machine: Sendable {
    /// The model for this machine.
    package let model: ComparedModel
    /// What stands for the model's network: machines with the same text have the same network.
    package let network: String
    /// Whether it was re-quantized for this machine.
    package let isRequantized: Bool

    /// Describes a machine.
    package init(model: ComparedModel, network: String, isRequantized: Bool) {
      self.model = model
      self.network = network
      self.isRequantized = isRequantized
    }
  }

  /// What happens while a sweep runs.
  package enum Event: Sendable {
    /// The source has run one more sample: how many, and how many there are.
    case source(Int, Int)
    /// A point's machine has run one more sample: how many, and how many there are.
    case sample(Int, Int)
    /// A point is done: its place, and how many there are.
    case point(Int, Int)
  }

  private let source: ComparedModel
  private let labels: Labels?
  private let samples: SampleIndices
  private let threads: Int
  private let engine: ComparedModel.EngineMaker

  /// Prepares a sweep.
  ///
  /// - Parameters:
  ///   - source: The model as it was made to run: what all machines are measured against.
  ///   - labels: The class of each sample; `nil` where nobody knows.
  ///   - subset: Which samples are run.
  ///   - threads: How many samples are worked on at a time.
  ///   - engine: Makes the engines.
  /// - Throws: ``DataSetError`` for an empty subset or labels that do not fit.
  package init(
    source: ComparedModel, labels: Labels?, subset: Subset, threads: Int, engine: @escaping ComparedModel.EngineMaker
  ) throws {
    self.source = source
    self.labels = labels
    samples = try source.data.indices(of: subset)
    self.threads = threads
    self.engine = engine
    try labels?.check(
      against: source.data, scores: source.network.tensors[source.network.outputs[0]].shape.count)
  }

  /// Runs all points that the journal does not have yet.
  ///
  /// - Parameters:
  ///   - points: The machines' settings.
  ///   - journal: Where results are noted, and where those of an earlier run stand; `nil` for none.
  ///   - accumulatorBits: The width of a point's accumulators, for points that cannot run the model.
  ///   - machine: Makes a point's machine; a fault in words where the model cannot run on it.
  ///   - progress: Told what happens.
  /// - Returns: A result for each point, in order; the same whether the sweep was interrupted or not.
  /// - Throws: Whatever reading or running a sample throws.
  package func run(
    _ points: [SweepPoint], journal: SweepJournal?, accumulatorBits: (SweepPoint) -> Int,
    machine: (SweepPoint) async throws -> Result<Machine, SweepFault>, progress: @Sendable (Event) -> Void = { _ in }
  ) async throws -> [SweepResult] {
    var decisions: SourceDecisions?
    var measured: [Measured.Key: Measured] = [:]
    var results: [SweepResult] = []
    for (place, point) in points.enumerated() {
      if let known = journal?.results[point], known.samples == samples.count {
        results.append(known)
        progress(.point(place + 1, points.count))
        continue
      }
      var result = SweepResult(point: point, samples: samples.count, accumulatorBits: accumulatorBits(point))
      switch try await machine(point) {
      case .failure(let fault): result.fault = fault.description
      case .success(let machine):
        if decisions == nil {
          decisions = try await SourceDecisions(source, samples: samples, threads: threads, engine: engine) {
            progress(.source($0, samples.count))
          }
        }
        guard let decisions else { continue }
        let overflow = OverflowAnalysis(machine.model.program)
        let key = Measured.Key(
          network: machine.network, digest: machine.model.program.withoutSafeRegisters(overflow).digest())
        let found: Measured
        if let known = measured[key] {
          found = known
        } else {
          do {
            found = try await measure(machine.model, decisions) { progress(.sample($0, samples.count)) }
            measured[key] = found
          } catch let error as SimulationError {
            result.fault = error.description
            results.append(result)
            try journal?.add(result)
            progress(.point(place + 1, points.count))
            continue
          }
        }
        result.isRequantized = machine.isRequantized
        result.top1 = found.top1
        result.agreements = found.comparison.agreements
        result.sqnrDb = found.comparison.sqnrDb
        result.overflows = found.overflows
        result.program = machine.model.program.digest()
        result.accumulatorBits = overflow.steps.map(\.registerBits).max() ?? result.accumulatorBits
        result.accumulatorBitsNeeded = overflow.bitsNeeded
        result.parameterBytes = machine.model.network.parameterBytes
      }
      results.append(result)
      try journal?.add(result)
      progress(.point(place + 1, points.count))
    }
    return results
  }

  /// What a program does on the samples.
  private struct Measured {
    /// What decides it: the program, and what its integers mean.
    struct Key: Hashable {
      let network: String
      let digest: String
    }

    var comparison = Comparison()
    var top1: Int?
    var overflows = 0
  }

  private func measure(
    _ model: ComparedModel, _ decisions: SourceDecisions, progress: @Sendable (Int) -> Void
  ) async throws -> Measured {
    let tensor = model.network.logits(of: model.network.outputs[0])
    let dequantize = model.dequantizer(tensor)
    let output = model.program.outputs[0]
    // Labels count on the output itself, as `evaluate` does; everything else before SOFTMAX.
    let program = Program(
      profile: model.program.profile, values: model.program.values, steps: model.program.steps,
      inputs: model.program.inputs, outputs: labels == nil || output == tensor ? [tensor] : [tensor, output])
    let runner = engine(labels == nil ? program.giving(tensor) : program)
    let classes = labels?.classes
    let isFloat = model.program.values[output].kind == .float32Bits
    var result = Measured(top1: labels.map { _ in 0 })
    var done = 0
    try await ParallelSamples.run(samples, threads: threads) {
      SampleRunner(runner, on: model.data)
    } compute: { state, sample in
      try state.run(sample)
      var comparison = Comparison()
      state.withOutput(0) { comparison.add(dequantize($0), against: decisions.reals(samples.place(of: sample))) }
      let overflows = state.events.reduce(0) { $0 + $1.accumulatorOverflows }
      let isRight = classes.map { classes in
        state.withOutput(program.outputs.count - 1) { Ranking($0, isFloat: isFloat).rank(of: classes[sample]) == 0 }
      }
      return (comparison, overflows, isRight)
    } deliver: { _, found in
      result.comparison.merge(found.0)
      result.overflows += found.1
      if found.2 == true { result.top1? += 1 }
      done += 1
      progress(done)
    }
    return result
  }
}

/// Why a machine cannot run a model.
package struct SweepFault: Error, Hashable, CustomStringConvertible {
  /// Why, in words.
  package let description: String

  /// Creates a fault.
  package init(_ description: String) { self.description = description }
}

extension Program {
  /// The same program with registers of 64 bits where a bound proves that they cannot overflow, and without its profile's
  /// name: programs that do the same become equal.
  fileprivate func withoutSafeRegisters(_ overflow: OverflowAnalysis) -> Program {
    let safe = Set(overflow.steps.filter(\.overflowing.isEmpty).map(\.node))
    let steps = steps.map { step in
      guard safe.contains(step.node) else { return step }
      var kernel = step.kernel
      switch kernel {
      case .convolution(var changed):
        changed.accumulator = .unlimited
        kernel = .convolution(changed)
      case .add(var changed):
        changed.accumulator = .unlimited
        kernel = .add(changed)
      default: break
      }
      return Step(
        node: step.node, name: step.name, placement: step.placement, inputs: step.inputs, output: step.output,
        kernel: kernel)
    }
    return Program(profile: "", values: values, steps: steps, inputs: inputs, outputs: outputs)
  }
}

extension AccumulatorRule {
  fileprivate static let unlimited = AccumulatorRule(
    format: .int(64), overflow: .wrap, productsPerCheck: nil, startsFromBias: true)
}

extension Network {
  /// The bytes of all constants that an operator reads.
  fileprivate var parameterBytes: Int { usedTensors().reduce(0) { $0 + (tensors[$1].data?.count ?? 0) } }
}
