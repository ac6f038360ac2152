internal import Exploration
internal import FastEngine
internal import NetworkModel
internal import Requantizer
internal import Simulation
internal import Verification

/// The samples that guide a requantization and on which its summary is measured.
struct RequantizeSamples: Sendable {
  /// The samples.
  let calibration: CalibrationSet
  /// The data's file without its folder; `nil` for made-up samples.
  let file: String?
  /// The samples' places in the file; `nil` for made-up ones.
  let indices: SampleIndices?
  /// The class of each sample; `nil` without labels.
  let labels: [Int]?
  /// The file of the labels, of all samples.
  let labelFile: Labels?
  /// What the samples mean and how much of them the source's inputs cut; `nil` for made-up ones.
  let data: DataReport?

  /// The number of samples that are made up where there are none.
  static let syntheticCount = 32

  /// The number for a model: each pixel of a large image says as much as a small image's, so that fewer images do.
  static func syntheticCount(for network: Network) -> Int {
    min(syntheticCount, max(4, (1 << 26) / network.inputElements))
  }

  /// Reads what `--calibrate` and `--labels` name.
  init(_ arguments: Arguments, _ source: LoadedModel, _ subset: Subset) throws {
    guard let path = arguments.text("--calibrate") else {
      if arguments.isSet("--labels") { throw UsageError("--labels needs --calibrate X.npy, whose samples it labels") }
      calibration = .synthetic(for: source.network, count: Self.syntheticCount(for: source.network))
      (file, indices, labels, labelFile, data) = (nil, nil, nil, nil, nil)
      return
    }
    let modelData = try ModelData(path, for: source, arguments)
    let data = modelData.set
    let chosen = try data.indices(of: subset)
    calibration = CalibrationSet(count: chosen.count) { try data.sample(chosen[$0]) }
    file = data.name.split(separator: "/").last.map(String.init) ?? data.name
    indices = chosen
    // Before hours of work that cut samples would guide.
    if !data.clippings.isEmpty { for index in chosen { _ = try data.sample(index) } }
    self.data = modelData.report()
    labelFile = try arguments.text("--labels").map { try Labels(contentsOf: $0) }
    let logits = source.network.outputs.first.map(source.network.scores) ?? 0
    try labelFile?.check(against: data, scores: source.network.tensors[logits].shape.count)
    labels = labelFile.map { file in chosen.map { file.classes[$0] } }
  }

  /// Made-up samples for a model.
  init(madeUpFor source: LoadedModel) {
    calibration = .synthetic(for: source.network, count: Self.syntheticCount(for: source.network))
    (file, indices, labels, labelFile, data) = (nil, nil, nil, nil, nil)
  }

  private init(unlabelled samples: RequantizeSamples) {
    (calibration, file, indices) = (samples.calibration, samples.file, samples.indices)
    (labels, labelFile, data) = (nil, nil, samples.data)
  }

  /// The same samples, of whose classes nothing is known.
  var withoutLabels: RequantizeSamples { RequantizeSamples(unlabelled: self) }

  /// What the emitted model says of them.
  var provenance: [String: String] {
    ["file": file ?? "none, synthetic samples", "samples": "\(calibration.count)"]
  }

  /// Which samples they are, for people.
  var words: String {
    guard let file, let indices else { return "\(calibration.count) made-up samples" }
    let shown = indices.count > 4 ? Array(indices.prefix(3)) : Array(indices)
    let list = shown.map(String.init) + (indices.count > 4 ? ["…", "\(indices[indices.count - 1])"] : [])
    return "\(indices.count) samples of \(file) (\(list.joined(separator: " ")))"
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

extension Network {
  /// The elements of one sample, at least one.
  var inputElements: Int { max(1, inputs.reduce(0) { $0 + tensors[$1].shape.count }) }
}
