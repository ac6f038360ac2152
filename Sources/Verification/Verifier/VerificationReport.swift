/// What `verify` found: four parts that are proved, one that is measured, and the numbers behind them.
package struct VerificationReport: Sendable, Hashable, Codable {
  /// What came of a part.
  package enum Status: String, CaseIterable, Sendable, Hashable, Codable {
    case passed, failed, skipped
  }

  /// The parts; raw values stand in JSON and are stable.
  package enum Name: String, CaseIterable, Sendable, Hashable, Codable {
    /// The model conforms to the profile.
    case conformance
    /// No accumulator can overflow.
    case overflow
    /// The engines' results are what the program says.
    case engines
    /// The file's provenance is what is computed now.
    case provenance
    /// How far the outputs are from the source's.
    case source
  }

  /// One of the five parts.
  package struct Part: Sendable, Hashable, Codable {
    /// Which part.
    package var name: Name
    /// What came of it.
    package var status: Status
    /// One sentence for a reader.
    package var summary: String
    /// More lines, each for itself.
    package var details: [String]
  }

  /// How the engines were tried.
  package struct Engines: Sendable, Hashable, Codable {
    /// How many runs: given, adversarial and random inputs.
    package var runs: Int
    /// How many elements were computed a second time, by the spot check.
    package var spotCheck: SpotCheck
    /// How many tensors of the second engine were compared with the reference engine's, whole; 0 without one.
    package var tensorsCompared: Int
    /// Where the second engine differs first, in words.
    package var difference: String?
    /// Additions that left the accumulator's range in these runs.
    package var accumulatorOverflows: Int
    /// Results that the output's format could not hold.
    package var outputSaturations: Int
  }

  /// How far a tensor is from its counterpart in the source.
  package struct TensorComparison: Sendable, Hashable, Codable {
    /// The file's index of the tensor.
    package var index: Int
    /// Its name.
    package var name: String
    /// The number of compared samples.
    package var samples: Int
    /// The part of samples with the largest element at the same place.
    package var agreement: Double
    /// Samples in which a largest element occurs more than once.
    package var ties: Int
    /// The ratio of signal to noise in decibels (``NetworkModel/SignalToNoise``); `nil` where nothing differs, or where all that
    /// is expected is the same number.
    package var sqnrDb: Double?
    /// The largest difference in real units.
    package var maximumError: Double
    /// The mean difference in real units.
    package var meanError: Double
  }

  /// The five parts, in order.
  package var parts: [Part]
  /// The bounds of every accumulator; `nil` where the model does not lower.
  package var overflow: OverflowAnalysis?
  /// How the engines were tried; `nil` where the model does not lower.
  package var engines: Engines?
  /// The outputs against the source's, before SOFTMAX; empty without a source.
  package var outputs: [TensorComparison]
  /// Every tensor that the source has too, against the source's; empty without a source.
  package var tensors: [TensorComparison]
  /// How far the model is from its source, in a word; `nil` where nothing was compared.
  package var distance: Distance?
  /// The digest of the program; `nil` where the model does not lower.
  package var programDigest: String?

  /// Whether no part failed.
  package var passed: Bool { !parts.contains { $0.status == .failed } }

  /// One of the parts.
  package subscript(name: Name) -> Part? { parts.first { $0.name == name } }

  private enum CodingKeys: String, CodingKey {
    case passed, parts, overflow, engines, outputs, tensors, distance, programDigest
  }

  init(parts: [Part]) {
    self.parts = parts
    outputs = []
    tensors = []
  }

  /// Reads a report; `passed` follows from the parts.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    parts = try container.decode([Part].self, forKey: .parts)
    overflow = try container.decodeIfPresent(OverflowAnalysis.self, forKey: .overflow)
    engines = try container.decodeIfPresent(Engines.self, forKey: .engines)
    outputs = try container.decode([TensorComparison].self, forKey: .outputs)
    tensors = try container.decode([TensorComparison].self, forKey: .tensors)
    distance = try container.decodeIfPresent(Distance.self, forKey: .distance)
    programDigest = try container.decodeIfPresent(String.self, forKey: .programDigest)
  }

  /// Writes a report with `passed` beside its parts.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(passed, forKey: .passed)
    try container.encode(parts, forKey: .parts)
    try container.encodeIfPresent(overflow, forKey: .overflow)
    try container.encodeIfPresent(engines, forKey: .engines)
    try container.encode(outputs, forKey: .outputs)
    try container.encode(tensors, forKey: .tensors)
    try container.encodeIfPresent(distance, forKey: .distance)
    try container.encodeIfPresent(programDigest, forKey: .programDigest)
  }
}

extension VerificationReport.TensorComparison {
  /// The result of a comparison of one tensor.
  package init(index: Int, name: String, _ comparison: Comparison) {
    self.init(
      index: index, name: name, samples: comparison.samples, agreement: comparison.agreement ?? 0,
      ties: comparison.ties, sqnrDb: comparison.sqnrDb, maximumError: comparison.maximumError,
      meanError: comparison.meanError ?? 0)
  }
}
