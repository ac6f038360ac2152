internal import Exploration
internal import Verification
internal import Workflows

/// Proves that a model does on its machine what its file says, and measures how far it is from its source.
///
/// ```swift
/// let verdict = try await Verifier().verify(model, source: original, samples: images)
/// print(verdict.words)  // verified, close to its source
/// ```
public struct Verifier: Sendable {
  /// The machine; `nil` for the one in the model, or else TensorFlow Lite's kernels.
  public var profile: Profile?
  /// Whether accumulators that could overflow are stated without failing.
  public var allowsOverflow: Bool
  /// The least SQNR of each output in decibels, instead of the usual bound; `nil` for the usual one.
  public var minimumSQNR: Double?
  /// The least agreement of each output, 0 to 1, instead of the usual bound; `nil` for the usual one.
  public var minimumAgreement: Double?
  /// The start of random inputs.
  public var seed: UInt64

  /// Chooses what is held against a model.
  ///
  /// - Parameters:
  ///   - profile: The machine; `nil` for the one in the model, or else TensorFlow Lite's kernels.
  ///   - allowsOverflow: Whether accumulators that could overflow are stated without failing.
  ///   - minimumSQNR: The least SQNR of each output in decibels, instead of the usual bound.
  ///   - minimumAgreement: The least agreement of each output, 0 to 1, instead of the usual bound.
  ///   - seed: The start of random inputs.
  public init(
    profile: Profile? = nil, allowsOverflow: Bool = false, minimumSQNR: Double? = nil, minimumAgreement: Double? = nil,
    seed: UInt64 = 1
  ) {
    (self.profile, self.allowsOverflow, self.seed) = (profile, allowsOverflow, seed)
    (self.minimumSQNR, self.minimumAgreement) = (minimumSQNR, minimumAgreement)
  }

  /// Verifies a model: all graphs of its file, or the one whose signature was named.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - source: The model that it was made from; `nil` leaves the distance away.
  ///   - samples: Inputs beside adversarial and random ones, the first 16 unless a count is chosen; without them the distance
  ///     is measured on made-up samples.
  ///   - progress: Called with the part that is proved, the number of runs that are done and of all runs.
  /// - Returns: What was found; a failure is a finding and no error.
  /// - Throws: ``BitexactError/data(_:)`` for samples that do not fit, ``BitexactError/model(_:)`` for a model whose inputs'
  ///   sizes are open.
  public func verify(
    _ model: Model, source: Model? = nil, samples: Samples? = nil,
    progress: @escaping @Sendable (_ part: Verdict.Part.Name, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
  ) async throws -> Verdict {
    try BitexactError.rethrowing(BitexactError.data) {
      let loaded = try model.on(profile)
      try loaded.requireKnownSizes()
      try source?.loaded.requireKnownSizes()
      let notes = Notes()
      let data = try samples.map { samples in
        let choice = samples.reading.choice
        return try source.map { try ModelData(samples.source, for: loaded, madeFrom: $0.loaded, choice, notes.notices) }
          ?? ModelData(samples.source, for: loaded, choice, notes.notices)
      }
      var options = Verification.Verifier.Options()
      options.seed = seed
      options.allowsOverflow = allowsOverflow
      if source != nil {
        options.demand = DistanceVerdict.Demand(sqnrDb: minimumSQNR, agreement: minimumAgreement)
      }
      return try Verdict(
        CheckedFile(
          loaded, source: source?.loaded, data: data, samples?.subset ?? Subset(), options,
          progress: { run in
            if let part = Verdict.Part.Name(rawValue: run.part.rawValue) { progress(part, run.done, run.total) }
          }), told: notes)
    }
  }
}
