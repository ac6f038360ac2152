internal import Exploration
internal import Verification
internal import Workflows

/// Says where two models part, tensor by tensor, and which decisions flip.
///
/// ```swift
/// let comparison = try await Comparer().compare(requantized, with: original, on: images)
/// for output in comparison.outputs { print(output.name, output.sqnr ?? .infinity, output.agreement) }
/// ```
public struct Comparer: Sendable {
  /// What runs the models; results do not depend on it.
  public var engine: Simulator.Engine
  /// How many samples run at a time; results do not depend on it.
  public var threads: Int

  /// Chooses how the models run.
  ///
  /// - Parameters:
  ///   - engine: What runs the models.
  ///   - threads: How many samples run at a time.
  public init(engine: Simulator.Engine = .fast, threads: Int = 1) { (self.engine, self.threads) = (engine, threads) }

  /// Compares a model with another one in real units.
  ///
  /// A tensor is compared with the one of the same name, or else with the
  /// one at the same place of the graph.
  ///
  /// - Parameters:
  ///   - model: The model under test.
  ///   - reference: The model that it is measured against.
  ///   - samples: The samples; both models get the same real numbers.
  ///   - profile: The machine of the model; `nil` for the one in it, or else TensorFlow Lite's kernels.
  ///   - referenceProfile: The same of the other model.
  /// - Returns: What differs.
  /// - Throws: ``BitexactError/comparison(_:)`` where inputs or outputs do not correspond, ``BitexactError/data(_:)`` for
  ///   samples that do not fit, ``BitexactError/conformance(_:)`` where a machine cannot run its model.
  public func compare(
    _ model: Model, with reference: Model, on samples: Samples, profile: Profile? = nil,
    referenceProfile: Profile? = nil
  ) async throws -> Comparison {
    try await BitexactError.rethrowing(BitexactError.data) {
      let (first, second) = (try model.on(profile), try reference.on(referenceProfile))
      let notes = Notes()
      var data = try ModelData(samples.source, for: first, against: second, samples.reading.choice, notes.notices)
      let sides = try data.sides.map { side in
        ComparedModel(
          network: side.model.network, program: try side.model.lowered(), meanings: side.model.provenance.meanings,
          data: side.set)
      }
      let pairs: TensorPairs
      do throws(TensorPairs.Mismatch) {
        pairs = try TensorPairs(first.network, second.network)
      } catch {
        throw BitexactError.comparison(["\(model.name) and \(reference.name): \(error.description)"])
      }
      try data.compareInputs(of: data.set.indices(of: samples.subset))
      let choice = engine == .fast ? EngineChoice.fast : .reference
      let allowed = min(first.threads(atMost: max(1, threads)), second.threads(atMost: max(1, threads)))
      let found = try await ModelComparison.run(
        sides[0], against: sides[1], pairs, subset: samples.subset, threads: allowed, engine: { choice.engine(for: $0) }
      )
      _ = data.report()
      return Comparison(found, warnings: notes.all)
    }
  }
}

/// How far a model's tensors are from another's on samples.
public struct Comparison: Sendable, Hashable {
  /// An output; a classifier's is compared before its SOFTMAX.
  public struct Output: Sendable, Hashable {
    /// The tensor's name in the model under test.
    public let name: String
    /// The ratio of signal to noise in decibels; `nil` where nothing differs.
    public let sqnr: Double?
    /// The part of samples whose largest element is at the same place, 0 to 1.
    public let agreement: Double
    /// The largest difference in real units.
    public let maximumError: Double
    /// The mean difference in real units.
    public let meanError: Double
    /// The indices of the samples whose largest element is at another place.
    public let flippedSamples: [Int]
  }

  /// A tensor that both models have.
  public struct Tensor: Sendable, Hashable {
    /// Its name in the model under test.
    public let name: String
    /// The file's index of the tensor.
    public let index: Int
    /// The name of the operator that writes it, or `input`.
    public let operatorName: String
    /// The ratio of signal to noise in decibels when each model runs by itself; `nil` where nothing differs.
    public let sqnr: Double?
    /// The same when the operator reads what the other model has there, so that only its own error counts; `nil` where
    /// nothing differs, or the other model has no counterpart of what it reads.
    public let ownSQNR: Double?
    /// The largest difference in real units.
    public let maximumError: Double
  }

  /// The outputs.
  public let outputs: [Output]
  /// The tensors, in the order in which the model under test writes them.
  public let tensors: [Tensor]
  /// Whether nothing differs anywhere.
  public let isIdentical: Bool
  /// What concerns every number, such as two models that get different inputs.
  public let warnings: [String]

  init(_ comparison: ModelComparison, warnings: [String]) {
    outputs = comparison.outputs.map { output in
      Output(
        name: output.name, sqnr: output.comparison.sqnrDb, agreement: output.comparison.agreement ?? 1,
        maximumError: output.comparison.maximumError, meanError: output.comparison.meanError ?? 0,
        flippedSamples: output.flips.map(\.sample))
    }
    tensors = comparison.tensors.map { tensor in
      Tensor(
        name: tensor.name, index: tensor.pair.first, operatorName: tensor.operation,
        sqnr: tensor.accumulated.sqnrDb, ownSQNR: tensor.born?.sqnrDb, maximumError: tensor.accumulated.maximumError)
    }
    isIdentical = comparison.isIdentical
    self.warnings = warnings
  }
}
