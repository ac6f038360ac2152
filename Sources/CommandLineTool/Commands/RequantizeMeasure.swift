internal import Exploration
internal import FastEngine
internal import NetworkModel
internal import Requantizer
internal import Simulation
internal import Verification
internal import Workflows

extension RequantizeSamples {
  /// Reads what `--calibrate` and `--labels` name.
  init(_ arguments: Arguments, _ source: LoadedModel, _ subset: Subset) throws {
    guard let path = arguments.text("--calibrate") else {
      if arguments.isSet("--labels") { throw UsageError("--labels needs --calibrate X.npy, whose samples it labels") }
      self.init(madeUpFor: source)
      return
    }
    try self.init(
      ModelData(path, for: source, arguments), subset, labels: arguments.text("--labels"), for: source)
  }
}

/// How far the result is from its source on the samples that guided the work.
struct RequantizeMeasure: Sendable {
  /// The distances.
  let distance: SourceDistance
  /// What the samples' labels say; `nil` without labels.
  let classes: Classes?
  /// How long measuring took.
  let seconds: Double

  /// What is right.
  struct Classes: Encodable, Sendable {
    let sourceCorrect: Int
    let resultCorrect: Int
    /// Samples that only the source gets right.
    let lost: Int
    /// Samples that only the result gets right.
    let won: Int
  }

  /// On how many samples every tensor is compared: more say little else.
  private static let tracedSamples = 32

  /// Runs source and result on the samples.
  init(
    _ result: Requantized, _ emission: Emission, _ source: LoadedModel, _ samples: RequantizeSamples, allTensors: Bool,
    _ threads: Int, _ meters: PassMeters
  ) async throws {
    let clock = ContinuousClock()
    let start = clock.now
    let pair = SourceDistance.Pair(
      source: (source.network, FastEngine(try source.program())), sourceMeanings: source.provenance.meanings,
      target: (result.network, FastEngine(emission.program)), meanings: emission.provenance.meanings ?? [])
    let calibration = samples.calibration
    distance = try await SourceDistance(
      of: pair, samples: calibration.count, traced: allTensors ? Self.tracedSamples : 0, threads: threads,
      sample: calibration.sample
    ) { done in meters.report("measure", done: done, total: calibration.count) }
    seconds = (clock.now - start) / .seconds(1)
    let (before, after) = (distance.sourceClasses, distance.classes)
    classes = samples.labels.map { labels in
      let rows = zip(labels, zip(before, after)).map { (source: $0 == $1.0, result: $0 == $1.1) }
      return Classes(
        sourceCorrect: rows.count { $0.source }, resultCorrect: rows.count { $0.result },
        lost: rows.count { $0.source && !$0.result }, won: rows.count { $0.result && !$0.source })
    }
  }
}
