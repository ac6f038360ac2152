package import Exploration
internal import FastEngine
internal import NetworkModel
internal import Simulation
internal import TFLite
package import Verification

/// What `verify` found of a graph beside the one that takes the data.
package struct GraphCheck: Encodable {
  /// One of the parts of a verification.
  package struct Part: Encodable {
    package let name: VerificationReport.Name
    package let status: VerificationReport.Status
    package let summary: String
    package let details: [String]
  }

  package let subgraph: Int
  package let name: String
  package let signatures: [String]
  package let passed: Bool
  package let parts: [Part]
  package let verdict: String
  package let programDigest: String?
  package let label: String

  private enum CodingKeys: String, CodingKey {
    case subgraph, name, signatures, passed, parts, verdict, programDigest
  }

  /// Checks all other graphs of a model on made-up inputs; none where the user named one graph.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - source: The model that it was made from, to compare the graphs of the same places with.
  ///   - options: What is chosen.
  ///   - subset: How many samples are made up.
  /// - Returns: A check for each.
  package static func all(
    _ model: LoadedModel, source: LoadedModel?, _ options: Verifier.Options, _ subset: Subset
  ) -> [GraphCheck] {
    guard model.selection.worksOnAll else { return [] }
    return model.others.map { graph in
      do {
        let other = try model.at(graph)
        try other.requireSizes()
        let verifier = Verifier(
          network: other.network, profile: other.profile, options: options, engine: { FastEngine($0) })
        var reference: Verifier.Source?
        if let source, let twin = source.graphs.first(where: { $0.subgraph == graph.subgraph }) {
          let origin = try source.at(twin)
          reference = origin.asSource(samples: origin.network.madeUpSamples(subset), isMadeUp: true)
        }
        return GraphCheck(
          graph, verifier.verify(provenance: other.provenance, ownProfile: other.ownProfile, source: reference))
      } catch {
        return GraphCheck(graph, unreadable: "\(error)")
      }
    }
  }

  private init(_ graph: CallableGraph, _ report: VerificationReport) {
    (subgraph, name, signatures, label) = (graph.subgraph, graph.name, graph.signatures, graph.label)
    (passed, programDigest) = (report.passed && report.isVerified, report.programDigest)
    verdict = report.verdict
    parts = report.parts.map { Part(name: $0.name, status: $0.status, summary: $0.summary, details: $0.details) }
  }

  private init(_ graph: CallableGraph, unreadable reason: String) {
    (subgraph, name, signatures, label) = (graph.subgraph, graph.name, graph.signatures, graph.label)
    passed = false
    verdict = "NOT verified"
    parts = [
      Part(
        name: .conformance, status: .failed, summary: "The graph cannot be read, so nothing is known of it.",
        details: [reason])
    ]
    programDigest = nil
  }

  /// The verdict on the whole file, or on the chosen graph alone where the others are not checked.
  package static func verdict(_ chosen: VerificationReport, _ model: LoadedModel, _ others: [GraphCheck]) -> String {
    guard let graph = model.graph, model.graphs.count > 1 else { return chosen.verdict }
    if others.isEmpty {
      let rest = model.others.map(\.label).joined(separator: ", ")
      return "\(chosen.verdict): \(graph.label) alone; not checked: \(rest)"
    }
    let failed = others.filter { !$0.passed }
    if failed.isEmpty { return chosen.verdict }
    let own = chosen.isVerified ? [] : [(graph.label, chosen.verdict)]
    let reasons = (own + failed.map { ($0.label, $0.verdict) }).map { label, verdict in
      label + (verdict == "NOT verified" ? "" : ": \(verdict)")
    }
    return "NOT verified: " + reasons.joined(separator: "; ")
  }

  /// Whether everything that can be proved holds.
  package var isProved: Bool { !parts.contains { $0.name != .source && $0.status == .failed } }
}
