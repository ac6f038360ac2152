internal import NetworkModel
package import Simulation

/// How well a classifier does on a data set.
package struct Evaluation: Sendable, Hashable {
  /// The indices of the evaluated samples.
  package var samples: [Int] = []
  /// For each evaluated sample the class with the greatest score.
  package var predictions: [Int] = []
  /// For each evaluated sample how many scores come before its label's; `nil` without labels.
  package var ranks: [Int]?
  /// How many samples have their label's score first; `nil` without labels.
  package var top1: Int?
  /// How many samples have their label's score among the first five; `nil` without labels.
  package var top5: Int?
  /// For each step what happened in it, in all samples together.
  package var events: [StepEvents] = []
  /// The time from the first sample's start to the last one's end, in seconds.
  package var seconds: Double = 0

  /// The number of evaluated samples.
  package var count: Int { samples.count }
  /// The time for all samples divided by their number; with several threads less than one run takes.
  package var secondsPerSample: Double { count == 0 ? 0 : seconds / Double(count) }

  /// Runs a classifier over a data set.
  ///
  /// Memory does not grow with the data set, apart from one prediction for each sample. Nothing but the time depends on
  /// the number of threads.
  ///
  /// - Parameters:
  ///   - engine: The model; the classes' scores are its first output.
  ///   - data: The samples.
  ///   - labels: What the samples show.
  ///   - subset: Which samples to evaluate.
  ///   - threads: How many samples run at a time.
  ///   - progress: Called after each sample.
  /// - Returns: The evaluation.
  /// - Throws: ``DataSetError`` for labels that do not fit, outputs that are no scores or an empty subset; whatever
  ///   reading a sample or running it throws.
  package static func run(
    _ engine: some Engine, on data: DataSet, labels: Labels? = nil, subset: Subset = Subset(), threads: Int,
    progress: () throws -> Void = {}
  ) async throws -> Evaluation {
    let output = engine.program.values[engine.program.outputs[0]]
    guard output.shape.extents.dropLast().allSatisfy({ $0 == 1 }) else {
      throw DataSetError(
        file: data.name,
        message: "the model's output \"\(output.name)\" is \(output.shape), not one list of scores for each sample; "
          + "use run for a model that is no classifier")
    }
    try labels?.check(against: data, scores: output.shape.count)
    let indices = try data.indices(of: subset)
    var result = Evaluation()
    if labels != nil { (result.ranks, result.top1, result.top5) = ([], 0, 0) }
    result.events = [StepEvents](repeating: StepEvents(), count: engine.program.steps.count)
    let clock = ContinuousClock()
    let start = clock.now
    let isFloat = output.kind == .float32Bits
    try await ParallelSamples.run(indices, threads: threads) {
      SampleRunner(engine, on: data)
    } compute: { runner, index in
      try runner.run(index)
      return runner.withOutput(0) { scores in
        let ranking = Ranking(scores, isFloat: isFloat)
        return Scored(
          prediction: ranking.argMax ?? 0, rank: labels.map { ranking.rank(of: $0.classes[index]) },
          events: runner.events)
      }
    } deliver: { index, scored in
      result.add(scored, index)
      try progress()
    }
    let elapsed = (clock.now - start).components
    result.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    return result
  }

  /// What is kept of one run.
  private struct Scored: Sendable {
    let prediction: Int
    let rank: Int?
    let events: [StepEvents]
  }

  private mutating func add(_ scored: Scored, _ index: Int) {
    samples.append(index)
    predictions.append(scored.prediction)
    if let rank = scored.rank {
      ranks?.append(rank)
      top1 = (top1 ?? 0) + (rank == 0 ? 1 : 0)
      top5 = (top5 ?? 0) + (rank < 5 ? 1 : 0)
    }
    for (position, events) in scored.events.enumerated() { self.events[position] += events }
  }
}
