internal import Exploration
internal import Simulation
internal import Workflows

/// Runs a classifier over samples and counts what it gets right.
///
/// ```swift
/// let evaluation = try await Evaluator().evaluate(model, on: images, labels: digits)
/// print(evaluation.accuracy(top: 1) ?? 0)
/// ```
public struct Evaluator: Sendable {
  /// The machine; `nil` for the one in the model, or else TensorFlow Lite's kernels.
  public var profile: Profile?
  /// What runs the model; results do not depend on it.
  public var engine: Simulator.Engine
  /// How many samples run at a time; results do not depend on it.
  public var threads: Int

  /// Chooses a machine.
  ///
  /// - Parameters:
  ///   - profile: The machine; `nil` for the one in the model, or else TensorFlow Lite's kernels.
  ///   - engine: What runs the model.
  ///   - threads: How many samples run at a time.
  public init(profile: Profile? = nil, engine: Simulator.Engine = .fast, threads: Int = 1) {
    (self.profile, self.engine, self.threads) = (profile, engine, threads)
  }

  /// Runs a classifier over samples.
  ///
  /// - Parameters:
  ///   - model: The model; the classes' scores are its first output.
  ///   - samples: The samples.
  ///   - labels: The class of each sample of the whole file or array, also of those that are not chosen; `nil` where nobody
  ///     knows.
  /// - Returns: What the model decides, and how much of it is right.
  /// - Throws: ``BitexactError/data(_:)`` for samples or labels that do not fit and for a model that is no classifier,
  ///   ``BitexactError/conformance(_:)`` where the machine cannot run the model.
  public func evaluate(_ model: Model, on samples: Samples, labels: [Int]? = nil) async throws -> Evaluation {
    try await BitexactError.rethrowing(BitexactError.data) {
      let simulator = try Simulator(model, profile: profile, engine: engine)
      let data = try samples.opened(for: simulator.loaded).set
      return Evaluation(
        try await evaluate(simulator.engine, data, labels.map { Labels($0, name: "labels") }, samples.subset))
    }
  }

  /// Opens the existential, so that the evaluation is compiled for the engine.
  private func evaluate(
    _ engine: some Simulation.Engine, _ data: DataSet, _ labels: Labels?, _ subset: Subset
  ) async throws -> Exploration.Evaluation {
    try await Exploration.Evaluation.run(engine, on: data, labels: labels, subset: subset, threads: max(1, threads))
  }
}

/// What a classifier decides on samples.
public struct Evaluation: Sendable, Hashable {
  /// The indices of the samples in their file or array.
  public let samples: [Int]
  /// For each sample the class with the greatest score; of equal ones the first.
  public let predictions: [Int]
  /// For each sample how many scores come before its label's, 0 where it is right; `nil` without labels.
  public let ranks: [Int]?
  /// Additions that left the accumulators' ranges, in all samples together.
  public let accumulatorOverflows: Int

  init(_ evaluation: Exploration.Evaluation) {
    samples = evaluation.samples
    predictions = evaluation.predictions
    ranks = evaluation.ranks
    accumulatorOverflows = evaluation.events.reduce(0) { $0 + $1.accumulatorOverflows }
  }

  /// The part of samples whose label is among the first scores, 0 to 1.
  ///
  /// - Parameter count: How many scores count.
  /// - Returns: The part; `nil` without labels.
  public func accuracy(top count: Int) -> Double? {
    ranks.map { ranks in Double(ranks.count { $0 < count }) / Double(max(1, ranks.count)) }
  }
}
