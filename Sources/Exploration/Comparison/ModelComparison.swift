internal import NetworkModel
internal import Simulation
package import Verification

/// How far a model's tensors are from another's on a data set, where the difference is born and where it grows, and which
/// decisions flip.
package struct ModelComparison: Sendable {
  /// Two tensors that hold the same thing.
  package struct Tensor: Sendable {
    /// Where they stand in each model.
    package let pair: TensorPairs.Pair
    /// The name in the first model.
    package let name: String
    /// The first model's operator that writes it; `nil` for an input.
    package let node: Int?
    /// That operator's name, or `input`.
    package let operation: String
    /// The difference when each model runs by itself.
    package internal(set) var accumulated = TensorDifference()
    /// The difference that the operator makes by itself, when what it reads is what the second model has there; `nil` where
    /// some of what it reads has no counterpart.
    package internal(set) var born: TensorDifference?
  }

  /// A sample for which the two models decide otherwise.
  package struct Flip: Hashable, Sendable {
    /// The sample.
    package let sample: Int
    /// The place of the first model's largest element.
    package let first: Int
    /// The place of the second model's largest element.
    package let second: Int
  }

  /// An output; a classifier's is compared before its SOFTMAX.
  package struct Output: Sendable {
    /// Where it stands in each model.
    package let pair: TensorPairs.Pair
    /// The name in the first model.
    package let name: String
    /// Agreement, SQNR and errors.
    package internal(set) var comparison = Comparison()
    /// Where the largest elements are at different places.
    package internal(set) var flips: [Flip] = []
  }

  /// The compared samples.
  package internal(set) var samples: [Int] = []
  /// The pairs of tensors, in the order in which the first model writes them.
  package internal(set) var tensors: [Tensor]
  /// The outputs.
  package internal(set) var outputs: [Output]

  /// Whether nothing differs anywhere.
  package var isIdentical: Bool { tensors.allSatisfy(\.accumulated.isIdentical) }

  /// The first tensor that differs, if any: where the two part.
  package var firstDifference: Tensor? { tensors.first { !$0.accumulated.isIdentical } }

  init(_ first: Network, _ second: Network, _ pairs: TensorPairs) {
    let producers = first.producers()
    tensors = pairs.tensors.map { pair in
      let node = producers[pair.first]
      return Tensor(
        pair: pair, name: first.tensors[pair.first].name, node: node,
        operation: node.map { first.nodes[$0].operation.name } ?? "input")
    }
    outputs = pairs.outputs.map { Output(pair: $0, name: first.tensors[$0.first].name) }
  }

  /// Compares two models.
  ///
  /// Memory does not grow with the data set; the result does not depend on the number of threads.
  ///
  /// - Parameters:
  ///   - first: The model under test.
  ///   - second: The model that it is measured against; its data set has as many samples.
  ///   - pairs: Which tensors are compared.
  ///   - subset: Which samples are run.
  ///   - threads: How many samples are worked on at a time.
  ///   - engine: Makes the engines.
  ///   - progress: Called after each sample.
  /// - Returns: What differs.
  /// - Throws: ``DataSetError`` where the data sets do not belong together, and whatever reading or running a sample throws.
  package static func run(
    _ first: ComparedModel, against second: ComparedModel, _ pairs: TensorPairs, subset: Subset, threads: Int,
    engine: @escaping ComparedModel.EngineMaker, progress: @Sendable () -> Void = {}
  ) async throws -> ModelComparison {
    guard first.data.count == second.data.count else {
      throw DataSetError(
        file: first.data.name,
        message: "the models' data sets have \(first.data.count) and \(second.data.count) samples; give one for both")
    }
    return try await run(
      first, against: second, pairs, samples: try first.data.indices(of: subset), threads: threads, engine: engine,
      first: { try first.data.sample($0) }, second: { try second.data.sample($0) }, progress: progress)
  }

  /// Compares two models on samples from anywhere.
  ///
  /// - Parameters:
  ///   - first: The model under test; its data set is not read.
  ///   - second: The model that it is measured against; its data set is not read.
  ///   - pairs: Which tensors are compared.
  ///   - samples: Which samples are run.
  ///   - threads: How many samples are worked on at a time.
  ///   - engine: Makes the engines.
  ///   - firstSample: Gives a sample as the first model stores it.
  ///   - secondSample: Gives the same sample as the second model stores it.
  ///   - progress: Called after each sample.
  /// - Returns: What differs.
  /// - Throws: Whatever giving or running a sample throws.
  static func run(
    _ first: ComparedModel, against second: ComparedModel, _ pairs: TensorPairs, samples: SampleIndices, threads: Int,
    engine: @escaping ComparedModel.EngineMaker, first firstSample: @escaping @Sendable (Int) throws -> [[Int32]],
    second secondSample: @escaping @Sendable (Int) throws -> [[Int32]], progress: @Sendable () -> Void = {}
  ) async throws -> ModelComparison {
    var result = ModelComparison(first.network, second.network, pairs)
    let comparer = ModelComparer(first, second, result, engine)
    let engines = (engine(first.program), engine(second.program))
    try await ParallelSamples.run(samples, threads: threads) { sample in
      try comparer.compare(
        engines.0.run(firstSample(sample), trace: comparer.firstTrace).trace,
        engines.1.run(secondSample(sample), trace: comparer.secondTrace).trace)
    } deliver: { sample, found in
      result.merge(found, sample)
      progress()
    }
    return result
  }

  /// Adds what one sample gave.
  mutating func merge(_ found: ModelComparer.Found, _ sample: Int) {
    samples.append(sample)
    for (place, difference) in found.accumulated.enumerated() { tensors[place].accumulated.merge(difference) }
    for (place, difference) in found.born.enumerated() {
      guard let difference else { continue }
      var sum = tensors[place].born ?? TensorDifference()
      sum.merge(difference)
      tensors[place].born = sum
    }
    for (place, output) in found.outputs.enumerated() {
      outputs[place].comparison.merge(output.comparison)
      if output.first != output.second {
        outputs[place].flips.append(Flip(sample: sample, first: output.first, second: output.second))
      }
    }
  }
}
