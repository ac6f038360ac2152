package import Exploration
internal import FastEngine
package import NetworkModel
package import Requantizer
internal import Simulation
internal import Verification

/// The samples that guide a requantization and on which its summary is measured.
package struct RequantizeSamples: Sendable {
  /// The samples.
  package let calibration: CalibrationSet
  /// The data's file without its folder; `nil` for made-up samples.
  package let file: String?
  /// The samples' places in the file; `nil` for made-up ones.
  package let indices: SampleIndices?
  /// The class of each sample; `nil` without labels.
  package let labels: [Int]?
  /// The file of the labels, of all samples.
  package let labelFile: Labels?
  /// What the samples mean and how much of them the source's inputs cut; `nil` for made-up ones.
  package let data: DataReport?

  /// The number of samples that are made up where there are none.
  package static let syntheticCount = 32

  /// The number for a model: each pixel of a large image says as much as a small image's, so that fewer images do.
  package static func syntheticCount(for network: Network) -> Int {
    min(syntheticCount, max(4, (1 << 26) / network.inputElements))
  }

  /// Chooses samples of data.
  ///
  /// - Parameters:
  ///   - modelData: The data, opened for the model.
  ///   - subset: Which of them.
  ///   - labels: The file with the class of each sample; `nil` without labels.
  ///   - source: The model.
  /// - Throws: Whatever reading a sample or the labels throws.
  package init(_ modelData: ModelData, _ subset: Subset, labels: String?, for source: LoadedModel) throws {
    let data = modelData.set
    let chosen = try data.indices(of: subset)
    calibration = CalibrationSet(count: chosen.count) { try data.sample(chosen[$0]) }
    file = data.name.split(separator: "/").last.map(String.init) ?? data.name
    indices = chosen
    // Before hours of work that cut samples would guide.
    if !data.clippings.isEmpty { for index in chosen { _ = try data.sample(index) } }
    self.data = modelData.report()
    labelFile = try labels.map { try Labels(contentsOf: $0) }
    let logits = source.network.outputs.first.map(source.network.scores) ?? 0
    try labelFile?.check(against: data, scores: source.network.tensors[logits].shape.count)
    self.labels = labelFile.map { file in chosen.map { file.classes[$0] } }
  }

  /// Made-up samples for a model.
  package init(madeUpFor source: LoadedModel) {
    calibration = .synthetic(for: source.network, count: Self.syntheticCount(for: source.network))
    (file, indices, labels, labelFile, data) = (nil, nil, nil, nil, nil)
  }

  private init(unlabelled samples: RequantizeSamples) {
    (calibration, file, indices) = (samples.calibration, samples.file, samples.indices)
    (labels, labelFile, data) = (nil, nil, samples.data)
  }

  /// The same samples, of whose classes nothing is known.
  package var withoutLabels: RequantizeSamples { RequantizeSamples(unlabelled: self) }

  /// What the emitted model says of them.
  package var provenance: [String: String] {
    ["file": file ?? "none, synthetic samples", "samples": "\(calibration.count)"]
  }

  /// Which samples they are, for people.
  package var words: String {
    guard let file, let indices else { return "\(calibration.count) made-up samples" }
    let shown = indices.count > 4 ? Array(indices.prefix(3)) : Array(indices)
    let list = shown.map(String.init) + (indices.count > 4 ? ["…", "\(indices[indices.count - 1])"] : [])
    return "\(indices.count) samples of \(file) (\(list.joined(separator: " ")))"
  }
}

extension Network {
  /// The elements of one sample, at least one.
  package var inputElements: Int { max(1, inputs.reduce(0) { $0 + tensors[$1].shape.count }) }

  /// Samples for a comparison without data, others than those that `requantize` makes up; `nil` where an input does not hold
  /// 8-bit integers, of which nothing is made up.
  package func madeUpSamples(_ subset: Subset) -> [[[Int32]]]? {
    guard !inputs.isEmpty, inputs.allSatisfy({ tensors[$0].type.bits == 8 && tensors[$0].type.integerRange != nil })
    else { return nil }
    let first = RequantizeSamples.syntheticCount
    // All of them are held at once: fewer where one sample has tens of millions of elements.
    let count = min(subset.limit ?? 16, 16, max(1, (1 << 25) / inputElements))
    let set = CalibrationSet.synthetic(for: self, count: first + count)
    return try? (first..<first + count).map { try set.sample($0) }
  }
}
