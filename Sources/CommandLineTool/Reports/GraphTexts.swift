internal import Exploration
internal import HardwareProfile
internal import Reports
internal import Simulation
internal import TFLite
internal import Verification
internal import Workflows

extension GraphCheck {
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
