internal import Exploration
internal import FastEngine
internal import HardwareProfile
internal import NetworkModel
internal import Reports
internal import Simulation
internal import Workflows

extension Command {
  static let bench = Command(
    name: "bench", summary: "measures how fast the fast engine runs a model",
    positionals: [.file("MODEL")],
    options: [
      .profile,
      Option(
        name: "--input", value: .array("X.npy"), help: "the data whose first sample is run; default: random integers"),
      Option(
        name: "--runs", value: .word("N"),
        help: "the runs of a measurement on each thread; default: half a second of them"),
    ] + Option.readers + Option.selection,
    notes: [
      "Latency is one sample on one thread, and on --threads threads, from setting the inputs to the last step; the median of all runs and their range.",
      "Throughput is many samples on --threads threads and, in turn, on one; the median of five times and their range.",
      "BITEXACT_KERNELS=\(KernelSet.supported.map(\.rawValue).joined(separator: "|")) chooses the kernels; "
        + "\"kernels\" in the output says which were used.",
    ],
    examples: ["bench model.tflite", "bench model.tflite --profile nna-int8-pow2 --json"],
    perform: performBench)

  private static func performBench(_ arguments: Arguments, _ console: Console) async throws -> ExitCode {
    let model = try LoadedModel(
      arguments.positionals[0], profile: arguments.text("--profile"), ModelSelection(arguments))
    let runs = try arguments.integer("--runs", in: 1...1_000_000)
    let (program, lowering) = try Stopwatch.time { try model.program() }
    let (engine, packing) = Stopwatch.time { FastEngine(program) }
    let data = try arguments.text("--input").map { try ModelData($0, for: model, arguments) }
    let sample = try data?.set.sample(0) ?? BenchInput.random(program, seed: console.seed)
    let measured = try await Measurement.take(engine, sample, runs: runs, threads: console.threads)
    let report = BenchReport(
      engine, model, measured, stepTimes: try engine.stepTimes(sample, runs: min(measured.latencies.count, 100)),
      lowering: lowering, packing: packing, data: data?.report())
    try console.report(report.about(model)) { report.text }
    return .success
  }
}

/// What `bench` measured, in seconds and samples a second.
struct Measurement {
  /// The time of each run on one thread.
  let latencies: [Double]
  /// The time of each run on all threads, where there are several.
  let parallelLatencies: [Double]
  /// Samples a second on one thread, several times.
  let singleRates: [Double]
  /// Samples a second on `threads` threads, several times.
  let rates: [Double]
  /// The threads of `rates`.
  let threads: Int

  /// Times runs one by one, and then many in a row, on one thread and on several in turn.
  ///
  /// - Parameters:
  ///   - engine: What runs.
  ///   - sample: The input of every run.
  ///   - runs: The runs of a measurement on each thread; `nil` takes half a second of them, at least 10.
  ///   - threads: How many samples are worked on at a time.
  /// - Returns: All times.
  /// - Throws: `SimulationError`.
  static func take(
    _ engine: FastEngine, _ sample: [[Int32]], runs: Int?, threads: Int
  ) async throws -> Measurement {
    let clock = ContinuousClock()
    let repeated = RepeatedSample(sample, of: engine.program)
    let session = engine.makeSession()
    // Caches, page tables and the clock frequency settle.
    let begin = clock.now
    var fastest = Double.infinity
    var warmUps = 0
    while warmUps < 3 || (clock.now - begin < .milliseconds(20) && warmUps < 1000) {
      fastest = min(fastest, try Stopwatch.time { try repeated.run(session) }.seconds)
      warmUps += 1
    }
    let count = runs ?? min(max(Int(0.5 / max(fastest, 1e-7)), 10), 1_000_000)
    var latencies: [Double] = []
    latencies.reserveCapacity(count)
    var parallelLatencies: [Double] = []
    for _ in 0..<count {
      latencies.append(try Stopwatch.time { try repeated.run(session) }.seconds)
    }
    // Not in turn with the others: each finds its own weights in the caches.
    if threads > 1 {
      let team = FastEngine(engine.program, kernels: engine.kernels, threads: threads).makeSession()
      for _ in 0..<count { parallelLatencies.append(try Stopwatch.time { try repeated.run(team) }.seconds) }
    }
    var single: [Double] = []
    var rates: [Double] = []
    for _ in 0..<5 {
      single.append(try await rate(engine, repeated, count: count, threads: 1))
      if threads > 1 { rates.append(try await rate(engine, repeated, count: count * threads, threads: threads)) }
    }
    return Measurement(
      latencies: latencies, parallelLatencies: parallelLatencies, singleRates: single,
      rates: threads > 1 ? rates : single, threads: threads)
  }

  private static func rate(
    _ engine: FastEngine, _ repeated: RepeatedSample, count: Int, threads: Int
  ) async throws -> Double {
    let clock = ContinuousClock()
    let begin = clock.now
    try await ParallelSamples.run(Array(0..<count), threads: threads) {
      engine.makeSession()
    } compute: { session, _ in
      try repeated.run(session)
    } deliver: { _, _ in
    }
    return Double(count) / ((clock.now - begin) / .seconds(1))
  }
}

/// How long something took.
private enum Stopwatch {
  static func time<Value, Fault: Error>(
    _ work: () throws(Fault) -> Value
  ) throws(Fault) -> (value: Value, seconds: Double) {
    let clock = ContinuousClock()
    let begin = clock.now
    let value = try work()
    return (value, (clock.now - begin) / .seconds(1))
  }
}

/// Inputs of the right shape for a model whose data is not at hand.
private enum BenchInput {
  static func random(_ program: Program, seed: UInt64) -> [[Int32]] {
    var state = seed
    return program.inputs.map { index in
      let value = program.values[index]
      return (0..<value.shape.count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        // A sample holds 32 bits for each element, whatever its type has.
        guard let range = value.type.integerRange?.clamped(to: Int64(Int32.min)...Int64(Int32.max)) else { return 0 }
        return Int32(range.lowerBound + Int64(state >> 33) % Int64(range.count))
      }
    }
  }
}
