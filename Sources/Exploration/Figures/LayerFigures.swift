internal import FixedPoint
internal import NetworkModel
internal import Simulation
internal import Verification

/// What a report draws of each operator: how far it is from the source, how it fills its formats, what its register needs.
package struct LayerFigures: Sendable, Encodable {
  /// The file's index of the operator.
  package let `operator`: Int
  /// The operator's name in TensorFlow Lite.
  package let name: String
  /// The file's index of the tensor that it writes.
  package let tensor: Int
  /// That tensor's name.
  package let output: String
  /// The extents of what it writes.
  package let shape: [Int]
  /// The number of its weights and biases.
  package let parameters: Int
  /// The SQNR of its output when the whole network runs, in decibels; `nil` where nothing differs or nothing is compared.
  package internal(set) var sqnrDb: Double?
  /// The SQNR of its output when it reads what the source has there.
  package internal(set) var bornSqnrDb: Double?
  /// How often each part of the format occurs in its output, from the lowest to the highest.
  package internal(set) var activations: [Int]?
  /// The same for the source's weights.
  package internal(set) var weightsBefore: [Int]?
  /// The same for its weights.
  package internal(set) var weightsAfter: [Int]?
  /// The width of its register; `nil` for an operator without one.
  package internal(set) var registerBits: Int?
  /// The width that its register needs: proved.
  package internal(set) var provedBits: Int?
  /// The width that its register needed on the samples.
  package internal(set) var observedBits: Int?

  /// The parts into which formats are divided.
  package static let bins = 64

  /// Looks at every operator of a model.
  ///
  /// - Parameters:
  ///   - model: The model; its data set is not read.
  ///   - source: The model that it was made from; `nil` for none, and then nothing is compared.
  ///   - samples: How many samples there are.
  ///   - threads: How many samples are worked on at a time.
  ///   - engine: Makes the engines.
  ///   - sample: A sample as the model stores it.
  ///   - sourceSample: The same sample as the source stores it.
  ///   - progress: Called after each sample.
  /// - Returns: One entry for each operator, in the order in which they run.
  /// - Throws: Whatever giving or running a sample throws.
  package static func all(
    of model: ComparedModel, source: ComparedModel?, samples: Int, threads: Int,
    engine: @escaping ComparedModel.EngineMaker, sample: @escaping @Sendable (Int) throws -> [[Int32]],
    sourceSample: @escaping @Sendable (Int) throws -> [[Int32]], progress: @Sendable () -> Void = {}
  ) async throws -> [LayerFigures] {
    let network = model.network
    var rows = network.nodes.enumerated().map { LayerFigures($0, $1, network) }
    let indices = SampleIndices(below: samples)
    if let source, let pairs = try? TensorPairs(network, source.network) {
      let comparison = try await ModelComparison.run(
        model, against: source, pairs, samples: indices, threads: threads, engine: engine, first: sample,
        second: sourceSample, progress: progress)
      for tensor in comparison.tensors {
        guard let node = tensor.node else { continue }
        rows[node].sqnrDb = tensor.accumulated.sqnrDb
        rows[node].bornSqnrDb = tensor.born?.sqnrDb
      }
      // Weights of the same operator: by the output that both write.
      let (producers, writers) = (network.producers(), source.network.producers())
      for pair in pairs.tensors {
        guard let node = producers[pair.first], let other = writers[pair.second] else { continue }
        rows[node].weightsBefore = FormatHistogram.weights(of: source.network.nodes[other], source.network)
      }
    }
    let report = try await AccumulatorReport.run(
      model.program, samples: indices, threads: threads, engine: engine, sample: sample, progress: progress)
    for row in report.rows {
      rows[row.node].registerBits = row.register.format.bits
      rows[row.node].provedBits = row.provedBits
      rows[row.node].observedBits = row.observed?.partialBits
    }
    let histograms = try await FormatHistogram.activations(
      model.program, samples: indices, threads: threads, engine: engine, sample: sample, progress: progress)
    for (place, node) in network.nodes.enumerated() {
      rows[place].weightsAfter = FormatHistogram.weights(of: node, network)
      guard let histogram = histograms[node.outputs[0]] else { continue }
      rows[place].activations = histogram.counts
    }
    return rows
  }

  private init(_ index: Int, _ node: Node, _ network: Network) {
    self.operator = index
    name = node.operation.name
    self.tensor = node.outputs[0]
    let tensor = network.tensors[node.outputs[0]]
    output = tensor.name
    shape = tensor.shape.extents
    parameters = network.operands(of: node).reduce(0) { $0 + ($1?.isConstant == true ? $1?.shape.count ?? 0 : 0) }
  }
}
