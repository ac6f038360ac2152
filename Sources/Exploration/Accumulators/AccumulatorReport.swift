internal import FixedPoint
package import Simulation
package import Verification

/// How wide the accumulators of a program must be: proved from the weights, and observed on data.
package struct AccumulatorReport: Sendable {
  /// One operator with registers.
  package struct Row: Sendable {
    /// The file's index of the operator.
    package let node: Int
    /// The operator's name in TensorFlow Lite.
    package let name: String
    /// The machine's register.
    package let register: AccumulatorRule
    /// How many products a register adds; 2 terms for ADD and SUB.
    package let terms: Int
    /// The width that suffices if the input held any integer of its format.
    package let formatBits: Int
    /// The width that suffices for all that can reach the operator through the network: for every sum at which the register
    /// checks.
    package let provedBits: Int
    /// The width that suffices for the whole sums: what a register that wraps needs to be right at the end.
    package let provedSumBits: Int
    /// For each output channel what its register can hold.
    package let channels: [OverflowAnalysis.Bound]
    /// The channels that can leave the machine's register.
    package let atRisk: [Int]
    /// What the registers held on the data; `nil` without data.
    package internal(set) var observed: RegisterExtremes?
    /// Whether an input that was constructed for the layer alone overflows a register one bit below ``provedBits``, and
    /// none of that width, on the reference engine; `nil` for an operator that is no convolution.
    package let isReached: Bool?
  }

  /// The operators, in the order in which they run.
  package internal(set) var rows: [Row]
  /// How many samples were observed.
  package internal(set) var samples = 0

  /// Proves what a program needs.
  ///
  /// - Parameter program: The program.
  package init(_ program: Program) {
    let proved = OverflowAnalysis(program)
    let formats = OverflowAnalysis(program, assumingWholeFormats: true)
    let ranges = program.valueRanges()
    var places: [Int: Int] = [:]
    for (place, step) in program.steps.enumerated() { places[step.node] = place }
    rows = zip(proved.steps, formats.steps).compactMap { step, widest in
      places[step.node].flatMap { Row(program, $0, step, widest, ranges[program.steps[$0].inputs[0]]) }
    }
  }

  /// Proves what a program needs, and observes its registers on data.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - data: The samples.
  ///   - subset: Which samples are run.
  ///   - threads: How many samples are worked on at a time.
  ///   - engine: Makes the engine that computes what the operators read.
  ///   - progress: Called after each sample.
  /// - Returns: The report; it does not depend on the number of threads.
  /// - Throws: Whatever reading or running a sample throws.
  package static func run(
    _ program: Program, data: DataSet, subset: Subset, threads: Int, engine: @escaping ComparedModel.EngineMaker,
    progress: @Sendable () -> Void = {}
  ) async throws -> AccumulatorReport {
    try await run(
      program, samples: try data.indices(of: subset), threads: threads, engine: engine,
      sample: { try data.sample($0) }, progress: progress)
  }

  /// The same for samples from anywhere.
  static func run(
    _ program: Program, samples: SampleIndices, threads: Int, engine: @escaping ComparedModel.EngineMaker,
    sample: @escaping @Sendable (Int) throws -> [[Int32]], progress: @Sendable () -> Void = {}
  ) async throws -> AccumulatorReport {
    var report = AccumulatorReport(program)
    let nodes = Set(report.rows.map(\.node))
    let observers = program.steps.indices.filter { nodes.contains(program.steps[$0].node) }.compactMap {
      RegisterObserver(program, step: $0)
    }
    let reads = TraceSelection.only(Set(observers.flatMap(\.step.inputs)))
    let engine = engine(program)
    try await ParallelSamples.run(samples, threads: threads) { index in
      let trace = try engine.run(sample(index), trace: reads).trace
      return observers.map { observer in
        observer.extremes(observer.step.inputs.map { trace[$0] ?? program.values[$0].constant ?? [] })
      }
    } deliver: { _, extremes in
      for (row, found) in extremes.enumerated() {
        var sum = report.rows[row].observed ?? RegisterExtremes(channels: found.sum.count)
        sum.merge(found)
        report.rows[row].observed = sum
      }
      report.samples += 1
      progress()
    }
    return report
  }
}

extension AccumulatorReport.Row {
  /// The row of a step; `nil` for one without a register.
  fileprivate init?(
    _ program: Program, _ place: Int, _ step: OverflowAnalysis.Step, _ widest: OverflowAnalysis.Step,
    _ range: ClosedRange<Int64>?
  ) {
    let kernel = program.steps[place].kernel
    guard let use = kernel.registerUse else { return nil }
    (register, terms) = (use.rule, use.terms)
    isReached =
      if case .convolution = kernel { AccumulatorReport.isReached(program, place, step, range) } else { nil }
    node = step.node
    name = step.name
    formatBits = widest.bitsNeeded
    provedBits = step.bitsNeeded
    provedSumBits = step.sums.map(\.bitsNeeded).max() ?? 0
    channels = step.channels
    atRisk = step.overflowing
  }
}

extension AccumulatorReport {
  /// Tries the channel with the widest bound on the reference engine.
  private static func isReached(
    _ program: Program, _ place: Int, _ step: OverflowAnalysis.Step, _ range: ClosedRange<Int64>?
  ) -> Bool {
    guard let range, step.bitsNeeded > 1,
      let channel = step.channels.firstIndex(where: { $0.bitsNeeded == step.bitsNeeded })
    else { return false }
    func overflows(_ bits: Int) -> [Int] {
      [true, false].compactMap { isHighest in
        AccumulatorWitness(program, step: place, channel: channel, range: range, isHighest: isHighest, bits: bits)?
          .overflows()
      }
    }
    return overflows(step.bitsNeeded).allSatisfy { $0 == 0 } && overflows(step.bitsNeeded - 1).contains { $0 > 0 }
  }
}
