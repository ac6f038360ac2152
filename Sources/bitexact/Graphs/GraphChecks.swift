internal import Exploration
internal import FastEngine
internal import NetworkModel
internal import Reports
internal import Simulation
internal import TFLite
internal import Verification

/// What `verify` found of a graph beside the one that takes the data.
struct GraphCheck: Encodable {
  /// One of the parts of a verification.
  struct Part: Encodable {
    let name: VerificationReport.Name
    let status: VerificationReport.Status
    let summary: String
    let details: [String]
  }

  let subgraph: Int
  let name: String
  let signatures: [String]
  let passed: Bool
  let parts: [Part]
  let verdict: String
  let programDigest: String?
  private let label: String

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
  static func all(
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
  static func verdict(_ chosen: VerificationReport, _ model: LoadedModel, _ others: [GraphCheck]) -> String {
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
  var isProved: Bool { !parts.contains { $0.name != .source && $0.status == .failed } }

  /// The findings for people.
  var text: String {
    var lines = [label]
    for part in parts where part.status != .skipped {
      let details = part.details.filter { !part.summary.contains($0) }.prefix(4)
      lines.append(
        "  \(part.name.rawValue.padded(to: 12)) \(part.status == .passed ? "pass" : "FAIL")  \(part.summary)")
      lines += details.map { "    \($0)" }
    }
    return lines.map(\.visible).joined(separator: "\n") + "\n"
  }
}

/// What `inspect` found of a graph beside the chosen one.
struct GraphViolations: Encodable {
  let subgraph: Int
  let name: String
  let signatures: [String]
  /// Why the graph cannot be read; null where it can.
  let fault: String?
  let violations: [ViolationRow]
  private let label: String

  private enum CodingKeys: String, CodingKey {
    case subgraph, name, signatures, fault, violations
  }

  /// Checks all other graphs of a model; none where the user named one graph.
  static func all(_ model: LoadedModel) -> [GraphViolations] {
    guard model.selection.worksOnAll else { return [] }
    return model.others.map { graph in
      do {
        let other = try model.at(graph)
        return GraphViolations(graph, nil, other.profile.conformanceFaults(of: other.network).map(ViolationRow.init))
      } catch {
        return GraphViolations(graph, "\(error)", [])
      }
    }
  }

  private init(_ graph: CallableGraph, _ fault: String?, _ violations: [ViolationRow]) {
    (subgraph, name, signatures, label) = (graph.subgraph, graph.name, graph.signatures, graph.label)
    (self.fault, self.violations) = (fault, violations)
  }

  /// Whether the graph fits the machine.
  var conforms: Bool { fault == nil && violations.isEmpty }

  /// The findings for people.
  var text: String {
    let label = label.visible
    if let fault = fault?.visible { return "\(label): cannot be read: \(fault)\n" }
    if violations.isEmpty { return "\(label): conforms, 0 violations\n" }
    let lines = violations.prefix(4).map { "    \($0.place.visible): \($0.rule.visible)\n" }.joined()
    let rest = violations.count > 4 ? "    and \(violations.count - 4) more; --json lists them\n" : ""
    return "\(label): \(violations.count) violations\n\(lines)\(rest)"
  }
}
