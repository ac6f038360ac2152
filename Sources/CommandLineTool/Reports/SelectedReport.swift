internal import NetworkModel
internal import TFLite
internal import Workflows

/// A graph as JSON names it.
struct GraphName: Encodable {
  let subgraph: Int
  let name: String
  let signatures: [String]

  init(_ graph: CallableGraph) {
    (subgraph, name, signatures) = (graph.subgraph, graph.name, graph.signatures)
  }
}

private enum SelectionKeys: String, CodingKey {
  case graph, leftOut, inputShapes, openInputs, otherGraphs, graphB, leftOutB, inputShapesB
}

/// A result with what it is about: the graph of the model, and the shapes of its inputs.
struct SelectedReport<Report: Encodable, Other: Encodable>: Encodable {
  let report: Report
  let models: [LoadedModel]
  /// What was found of the other graphs, where the command works on all.
  let others: [Other]

  func encode(to encoder: any Encoder) throws {
    try report.encode(to: encoder)
    var container = encoder.container(keyedBy: SelectionKeys.self)
    for (place, model) in models.prefix(2).enumerated() {
      let isFirst = place == 0
      try container.encodeIfPresent(model.graph.map(GraphName.init), forKey: isFirst ? .graph : .graphB)
      let leftOut = model.selection.worksOnAll ? [] : model.others.map(GraphName.init)
      try container.encode(leftOut, forKey: isFirst ? .leftOut : .leftOutB)
      let shapes = model.network.inputs.map { model.network.tensors[$0].shape.extents }
      try container.encode(shapes, forKey: isFirst ? .inputShapes : .inputShapesB)
    }
    if let first = models.first { try container.encode(first.openInputs, forKey: .openInputs) }
    if !others.isEmpty { try container.encode(others, forKey: .otherGraphs) }
  }
}

extension Encodable {
  /// The result with the graphs and input shapes of its models.
  func about(_ models: LoadedModel...) -> SelectedReport<Self, Bool> {
    SelectedReport(report: self, models: models, others: [])
  }

  /// The result with the graph and input shapes of its model, and what was found of the model's other graphs.
  func about<Other: Encodable>(_ model: LoadedModel, others: [Other]) -> SelectedReport<Self, Other> {
    SelectedReport(report: self, models: [model], others: others)
  }
}
