package import NetworkModel
package import Simulation
package import Verification

/// One model on several machines: where each parts from the first one, and how many exact ties each meets.
package struct ProfileComparison: Sendable {
  /// How often a step's requantization met an exact tie, so that the machine's tie rule decided.
  package struct Ties: Hashable, Sendable {
    /// The file's index of the operator.
    package let node: Int
    /// The operator's name in TensorFlow Lite.
    package let name: String
    /// How many sums were requantized.
    package internal(set) var requantizations = 0
    /// How many of them met a tie.
    package internal(set) var ties = 0
  }

  /// One machine.
  package struct Machine: Sendable {
    /// The profile's name.
    package let profile: String
    /// The difference from the first machine; empty of differences for the first one itself.
    package internal(set) var comparison: ModelComparison
    /// For each step that requantizes a sum its ties, in the order in which they run.
    package internal(set) var ties: [Ties]
  }

  /// The machines; all are measured against the first.
  package internal(set) var machines: [Machine]

  /// Runs a model on several machines.
  ///
  /// - Parameters:
  ///   - network: The model.
  ///   - programs: What each machine does, with its profile's name; at least one.
  ///   - meanings: What the integers of tensors stand for where the file's own parameters do not say it, by tensor.
  ///   - data: The samples.
  ///   - subset: Which samples are run.
  ///   - threads: How many samples are worked on at a time.
  ///   - engine: Makes the engines.
  ///   - progress: Called after each sample on all machines.
  /// - Returns: What differs.
  /// - Throws: Whatever reading or running a sample throws.
  package static func run(
    _ network: Network, _ programs: [Program], meanings: [Int: Provenance.Meaning], data: DataSet, subset: Subset,
    threads: Int, engine: @escaping ComparedModel.EngineMaker, progress: @Sendable () -> Void = {}
  ) async throws -> ProfileComparison {
    let pairs = TensorPairs(of: network)
    let sides = programs.map { ComparedModel(network: network, program: $0, meanings: meanings, data: data) }
    let empty = ModelComparison(network, network, pairs)
    let comparers = sides.map { ModelComparer($0, sides[0], empty, engine) }
    let counters = programs.map { TieCounter($0, engine) }
    let engines = programs.map(engine)
    var result = ProfileComparison(
      machines: zip(programs, counters).map { Machine(profile: $0.profile, comparison: empty, ties: $1.empty) })
    let written = TraceSelection.only(Set((pairs.tensors + pairs.outputs).map(\.first)))
    try await ParallelSamples.run(try data.indices(of: subset), threads: threads) { sample in
      let inputs = try data.sample(sample)
      var base: [Int: [Int32]] = [:]
      return try engines.indices.map { machine in
        let trace = try engines[machine].run(inputs, trace: written).trace
        if machine == 0 { base = trace }
        return (try comparers[machine].compare(trace, base), try counters[machine].count(trace))
      }
    } deliver: { sample, found in
      for (machine, (differences, ties)) in found.enumerated() {
        result.machines[machine].comparison.merge(differences, sample)
        for (place, count) in ties.enumerated() {
          result.machines[machine].ties[place].requantizations += count.requantizations
          result.machines[machine].ties[place].ties += count.ties
        }
      }
      progress()
    }
    return result
  }
}
