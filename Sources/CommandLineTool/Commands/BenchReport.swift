internal import FastEngine
internal import HardwareProfile
internal import NetworkModel
internal import Reports
internal import Simulation
internal import Workflows

/// The least, the middle and the greatest of several measurements.
struct Spread: Encodable {
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
struct BenchReport: Encodable {
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
  /// One sample on all threads.
  let parallelLatencyMs: Spread?
  let runs: Int
  let throughputPerSecond: Spread
  let singleThreadThroughputPerSecond: Spread
  let macs: Int
  let rooflineGigaMacsPerSecond: Double?
  let shareOfRoofline: Double?
  let loweringMs: Double
  let packingMs: Double
  let arenaBytes: Int
  let steps: [Step]
  let data: DataReport?
  let clippedInputShare: Double?

  init(
    _ engine: FastEngine, _ model: LoadedModel, _ measured: Measurement, stepTimes: [Double], lowering: Double,
    packing: Double, data: DataReport?
  ) {
    self.data = data
    clippedInputShare = data?.clippedShare
    self.model = model.path
    profile = model.profile.name
    kernels = engine.kernels.rawValue
    threads = measured.threads
    runs = measured.latencies.count
    latencyMs = Spread(measured.latencies.map { $0 * 1000 })
    parallelLatencyMs =
      measured.parallelLatencies.isEmpty ? nil : Spread(measured.parallelLatencies.map { $0 * 1000 })
    throughputPerSecond = Spread(measured.rates)
    singleThreadThroughputPerSecond = Spread(measured.singleRates)
    let names = engine.kernelNames
    steps = engine.program.steps.enumerated().map { index, step in
      var macs = 0
      if case .convolution(let kernel) = step.kernel { macs = kernel.output.count * kernel.taps }
      return Step(
        operator: step.node, name: step.name, kernel: names[index], milliseconds: stepTimes[index] * 1000, macs: macs,
        gigaMacsPerSecond: stepTimes[index] > 0 ? Double(macs) / stepTimes[index] / 1e9 : 0)
    }
    let total = steps.reduce(0) { $0 + $1.macs }
    let rate = Double(total) / (latencyMs.median * 1e6)
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
    if let parallel = parallelLatencyMs {
      text += "         \(line(parallel, decimals: 3)) ms on \(threads) threads\n"
    }
    text += "throughput: \(line(singleThreadThroughputPerSecond, decimals: 0)) a second on 1 thread\n"
    if threads > 1 {
      text += "            \(line(throughputPerSecond, decimals: 0)) a second on \(threads) threads\n"
    }
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
