internal import Requantizer
internal import FastEngine
internal import Reports
internal import Simulation
internal import TFLite
internal import Verification
internal import Workflows

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
