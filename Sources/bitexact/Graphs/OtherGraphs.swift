internal import FastEngine
internal import HardwareProfile
internal import NetworkModel
internal import Reports
internal import Requantizer
internal import Simulation
internal import TFLite
internal import Verification

/// The graphs of a model that are re-quantized beside the one that takes the data.
struct OtherGraphs: Sendable {
  /// A graph, rewritten.
  struct Rewritten: Sendable {
    let graph: CallableGraph
    let source: LoadedModel
    let result: Requantized
    let samples: RequantizeSamples
  }

  let rewritten: [Rewritten]

  /// What the file's record wants to know.
  var forEmission: [(source: LoadedModel, result: Requantized, calibration: [String: String])] {
    rewritten.map { ($0.source, $0.result, $0.samples.provenance) }
  }

  /// Re-quantizes all graphs but the chosen one.
  ///
  /// A graph whose inputs are like the chosen one's in shape, type and scale is guided by the same samples, any other by
  /// made-up ones.
  ///
  /// - Throws: ``InputError`` that names the graph which cannot be rewritten: nothing must be written then.
  init(
    of source: LoadedModel, for profile: HardwareProfile, _ options: RequantizationOptions,
    like samples: RequantizeSamples, by plan: PlanFile?,
    _ threads: Int, _ meters: PassMeters
  ) async throws {
    var rewritten: [Rewritten] = []
    for graph in source.others {
      let other = try source.at(graph)
      try other.requireSizes()
      let own = other.takesDataLike(source) ? samples.withoutLabels : RequantizeSamples(madeUpFor: other)
      do {
        let result = try await Requantizer(
          profile: profile, options: options, threads: threads, engine: { FastEngine($0) }
        ).requantize(other.network, calibration: own.calibration, plan: plan?.plan(for: other)) {
          meters.report("subgraph \(graph.subgraph), \($0)", done: $1, total: $2)
        }
        rewritten.append(Rewritten(graph: graph, source: other, result: result, samples: own))
      } catch let error as RequantizationError {
        throw InputError(
          file: source.path,
          faults: error.reasons.map {
            "\(graph.label), \($0). All graphs of a file are rewritten; convert the model without this one to leave it out"
          })
      }
    }
    self.rewritten = rewritten
  }
}

extension LoadedModel {
  /// Whether data for another graph mean the same to this one.
  fileprivate func takesDataLike(_ other: LoadedModel) -> Bool {
    func inputs(_ model: LoadedModel) -> [Tensor] {
      model.network.inputs.map { index in
        let tensor = model.network.tensors[index]
        return Tensor(name: "", type: tensor.type, shape: tensor.shape, quantization: tensor.quantization)
      }
    }
    return inputs(self) == inputs(other)
  }
}

/// What `requantize` says of a graph beside the one that takes the data.
struct OtherGraphReport: Encodable {
  let subgraph: Int
  let name: String
  let signatures: [String]
  let isUnchanged: Bool
  let samples: Int
  /// Whether the samples were made up.
  let isMadeUp: Bool
  let logitsSqnrDb: Decibels
  let agreement: Double
  let programDigest: String
  private let label: String

  private enum CodingKeys: String, CodingKey {
    case subgraph, name, signatures, isUnchanged, samples, isMadeUp, logitsSqnrDb, agreement, programDigest
  }

  /// Measures each of the other graphs on the samples that guided it.
  static func all(_ graphs: OtherGraphs, _ emission: Emission, _ threads: Int) async throws -> [OtherGraphReport] {
    var reports: [OtherGraphReport] = []
    for (graph, part) in zip(graphs.rewritten, emission.others) {
      let pair = SourceDistance.Pair(
        source: (graph.source.network, FastEngine(try graph.source.program())),
        target: (graph.result.network, FastEngine(part.program)), meanings: part.meanings)
      let samples = graph.samples.calibration
      let distance = try await SourceDistance(
        of: pair, samples: samples.count, traced: 0, threads: threads, sample: samples.sample
      ) { _ in }
      reports.append(OtherGraphReport(graph, part, distance))
    }
    return reports
  }

  private init(_ graph: OtherGraphs.Rewritten, _ part: Emission.Part, _ distance: SourceDistance) {
    (subgraph, name, signatures) = (graph.graph.subgraph, graph.graph.name, graph.graph.signatures)
    label = graph.graph.label
    isUnchanged = graph.result.isUnchanged
    samples = graph.samples.calibration.count
    isMadeUp = graph.samples.file == nil
    logitsSqnrDb = Decibels(distance.logits.sqnrDb)
    agreement = distance.logits.agreement ?? 0
    programDigest = part.program.digest()
  }

  /// The line for people.
  var text: String {
    if isUnchanged { return "\(label): fits the profile already; unchanged\n" }
    let sqnr = logitsSqnrDb.value.map { Format.number($0, decimals: 1) + " dB" } ?? "equal"
    return
      "\(label): re-quantized with \(samples) \(isMadeUp ? "made-up " : "of the same ")samples: SQNR \(sqnr), same class "
      + "\(Format.percent(agreement))\n"
  }
}

extension OtherGraphs {
  /// Where an output of one graph could be given to an input of another as it is, and no longer can.
  func brokenLinks(_ source: LoadedModel, _ result: Requantized) -> [String] {
    let all = [(source, result)] + rewritten.map { ($0.source, $0.result) }
    var found: [String] = []
    for (a, first) in all.enumerated() {
      for (b, second) in all.enumerated() where a != b {
        for (place, output) in first.0.network.outputs.enumerated() {
          let made = first.0.network.tensors[output]
          for (position, input) in second.0.network.inputs.enumerated() where found.count < 4 {
            let taken = second.0.network.tensors[input]
            guard made.quantization != nil, made.hasNumbers(of: taken), made.shape == taken.shape,
              first.1.network.outputs.indices.contains(place), second.1.network.inputs.indices.contains(position)
            else { continue }
            let now = first.1.network.tensors[first.1.network.outputs[place]]
            if now.hasNumbers(of: second.1.network.tensors[second.1.network.inputs[position]]) { continue }
            found.append(
              "the output \"\(made.name)\" of \(first.0.graph?.label ?? "") and the input \"\(taken.name)\" of "
                + "\(second.0.graph?.label ?? "") had one scale in the source and have two now: convert what is handed on"
            )
          }
        }
      }
    }
    return found
  }
}

extension Tensor {
  /// Whether stored integers mean the same in both.
  fileprivate func hasNumbers(of other: Tensor) -> Bool {
    type == other.type && quantization?.scales == other.quantization?.scales
      && quantization?.zeroPoints == other.quantization?.zeroPoints
  }
}
