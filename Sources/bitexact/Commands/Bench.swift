internal import Exploration
internal import FastEngine
internal import HardwareProfile
internal import Network
internal import Reports
internal import Simulation

extension Command {
  static let bench = Command(
    name: "bench", summary: "measures how fast the fast engine runs a model",
    positionals: ["MODEL"],
    options: [
      .profile,
      Option(name: "--input", value: "X.npy", help: "the data whose first sample is run; default: random integers"),
      Option(name: "--runs", value: "N", help: "how many runs are timed; default 50"),
    ],
    notes: [
      "Latency is one sample on one thread. Throughput is many samples on --threads threads.",
      "BITEXACT_KERNELS=portable|avx512vnni chooses the kernels.",
    ],
    examples: ["bench model.tflite", "bench model.tflite --profile nna-int8-pow2 --json"],
    perform: performBench)

  private static func performBench(_ arguments: Arguments, _ console: Console) async throws -> ExitCode {
    let model = try LoadedModel(arguments.positionals[0], profile: arguments.text("--profile"))
    let runs = max(1, try arguments.integer("--runs", in: 1...1_000_000) ?? 50)
    let clock = ContinuousClock()
    var start = clock.now
    let program = try model.program()
    let lowering = (clock.now - start) / .seconds(1)
    start = clock.now
    let engine = FastEngine(program)
    let packing = (clock.now - start) / .seconds(1)
    let sample: [[Int32]]
    if let path = arguments.text("--input") {
      sample = try DataSet(contentsOf: path, for: model.inputSlots()).sample(0)
    } else {
      sample = BenchInput.random(program, seed: console.seed)
    }
    let repeated = RepeatedSample(sample, of: program)
    let session = engine.makeSession()
    var latencies: [Double] = []
    for _ in 0..<runs + 3 {
      let begin = clock.now
      try repeated.run(session)
      latencies.append((clock.now - begin) / .seconds(1))
    }
    latencies.removeFirst(3)
    var rates: [Double] = []
    for _ in 0..<5 {
      let count = runs * console.threads
      let begin = clock.now
      try await ParallelSamples.run(Array(0..<count), threads: console.threads) {
        engine.makeSession()
      } compute: { session, _ in
        try repeated.run(session)
      } deliver: { _, _ in
      }
      rates.append(Double(count) / ((clock.now - begin) / .seconds(1)))
    }
    let report = BenchReport(
      engine, model, latencies: latencies, rates: rates, stepTimes: try engine.stepTimes(sample, runs: runs),
      lowering: lowering, packing: packing, threads: console.threads)
    try console.report(report) { report.text }
    return .success
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
        guard let range = value.type.integerRange else { return 0 }
        return Int32(range.lowerBound + Int64(state >> 33) % Int64(range.count))
      }
    }
  }
}

/// The least, the middle and the greatest of several measurements.
private struct Spread: Encodable {
  let min: Double
  let median: Double
  let max: Double

  init(_ values: [Double]) {
    let sorted = values.sorted()
    min = sorted.first ?? 0
    median = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    max = sorted.last ?? 0
  }
}

/// What `bench` prints.
private struct BenchReport: Encodable {
  struct Step: Encodable {
    let `operator`: Int
    let name: String
    let kernel: String
    let milliseconds: Double
    let macs: Int
    let gigaMacsPerSecond: Double
  }

  let model: String
  let profile: String
  let kernels: String
  let threads: Int
  let latencyMs: Spread
  let throughputPerSecond: Spread
  let macs: Int
  let rooflineGigaMacsPerSecond: Double?
  let shareOfRoofline: Double?
  let loweringMs: Double
  let packingMs: Double
  let arenaBytes: Int
  let steps: [Step]

  init(
    _ engine: FastEngine, _ model: LoadedModel, latencies: [Double], rates: [Double], stepTimes: [Double],
    lowering: Double, packing: Double, threads: Int
  ) {
    self.model = model.path
    profile = model.profile.name
    kernels = engine.kernels.rawValue
    self.threads = threads
    latencyMs = Spread(latencies.map { $0 * 1000 })
    throughputPerSecond = Spread(rates)
    let names = engine.kernelNames
    steps = engine.program.steps.enumerated().map { index, step in
      var macs = 0
      if case .convolution(let kernel) = step.kernel { macs = kernel.output.count * kernel.taps }
      return Step(
        operator: step.node, name: step.name, kernel: names[index], milliseconds: stepTimes[index] * 1000, macs: macs,
        gigaMacsPerSecond: stepTimes[index] > 0 ? Double(macs) / stepTimes[index] / 1e9 : 0)
    }
    let total = steps.reduce(0) { $0 + $1.macs }
    let rate = Double(total) / (Spread(latencies).median * 1e9)
    let roofline = engine.kernels.measuredRoofline().map { $0 / 1e9 }
    macs = total
    rooflineGigaMacsPerSecond = roofline
    shareOfRoofline = roofline.map { rate / $0 }
    loweringMs = lowering * 1000
    packingMs = packing * 1000
    arenaBytes = engine.arenaBytes
  }

  var text: String {
    var table = TextTable([
      TextTable.Column("#", .right), TextTable.Column("operator"), TextTable.Column("kernel"),
      TextTable.Column("µs", .right), TextTable.Column("MACs", .right), TextTable.Column("GMAC/s", .right),
    ])
    for step in steps {
      table.add([
        "\(step.operator)", step.name, step.kernel, Format.number(step.milliseconds * 1000, decimals: 1),
        step.macs > 0 ? Format.engineering(Double(step.macs)) : "",
        step.macs > 0 ? Format.number(step.gigaMacsPerSecond, decimals: 0) : "",
      ])
    }
    var text = table.render()
    text += "latency: \(line(latencyMs, decimals: 3)) ms on 1 thread\n"
    text += "throughput: \(line(throughputPerSecond, decimals: 0)) a second on \(threads) threads\n"
    if let roofline = rooflineGigaMacsPerSecond, let share = shareOfRoofline {
      text += "\(kernels): \(Format.percent(share)) of the \(Format.number(roofline, decimals: 0)) GMAC/s that its "
      text += "instruction reaches on one thread\n"
    }
    text +=
      "lowering \(Format.number(loweringMs, decimals: 1)) ms, packing \(Format.number(packingMs, decimals: 1)) ms, "
    return text + "activations \(Format.bytes(arenaBytes)) for each sample under way\n"
  }

  private func line(_ spread: Spread, decimals: Int) -> String {
    "\(Format.number(spread.median, decimals: decimals)) (\(Format.number(spread.min, decimals: decimals)) to "
      + "\(Format.number(spread.max, decimals: decimals)))"
  }
}
