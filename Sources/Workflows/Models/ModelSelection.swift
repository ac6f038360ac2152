internal import NetworkModel
internal import Reports
package import TFLite

/// Which graph of a model is meant, and the sizes that its file leaves open.
package struct ModelSelection: Sendable {
  /// The signature that the user names.
  package var signature: String?
  /// The shapes that the user gives, each for an input's name or for the only input.
  package var shapes: [(name: String?, extents: [Int])] = []
  /// The data whose arrays tell sizes that nothing else tells.
  package var data: String?
  /// The inputs of the model that this one is compared with, by position: what it takes, this one takes too.
  package var leader: [[Int]]?
  /// Whether a name that the model does not have is another model's.
  package var isShared = false
  /// Whether the command works on all graphs, and the chosen one only takes the data.
  package var usesAll = false
  /// Whether placeholders are refused.
  package private(set) var requiresSizes = false
  /// Whether it does so even where the user names a graph.
  private var rewritesAll = false
  /// Whether only what is left out of a graph is told.
  package var isQuiet = true
  /// Who is told.
  package var notices = Notices.none

  /// A subgraph that is named by its place; `nil` for none.
  private var subgraph: Int?

  /// The first subgraph with the file's own sizes.
  package init() {}

  /// A subgraph by its place, with the file's own sizes.
  package init(subgraph: Int, notices: Notices = .none) { (self.subgraph, self.notices) = (subgraph, notices) }

  /// The selection for a command that works on all graphs unless one is named.
  package func usingAll() -> ModelSelection {
    var result = self
    result.usesAll = true
    return result
  }

  /// The selection for a command that works on all graphs even where one is named, which takes the data.
  package func rewritingAll() -> ModelSelection {
    var result = usingAll()
    result.rewritesAll = true
    return result
  }

  /// Whether all graphs are worked on.
  package var worksOnAll: Bool { rewritesAll || (usesAll && signature == nil) }

  /// The selection for a command that cannot conclude anything from placeholders.
  package func requiringSizes() -> ModelSelection {
    var result = self
    result.requiresSizes = true
    return result
  }

  /// The selection for a model beside another one.
  ///
  /// - Parameter leader: The other one; `nil` where the order in which they are read does not matter.
  /// - Returns: The selection.
  package func shared(with leader: LoadedModel? = nil) -> ModelSelection {
    var result = self
    result.isShared = true
    result.leader = leader.map { model in model.network.inputs.map { model.network.tensors[$0].shape.extents } }
    return result
  }
}

// MARK: - Graphs

extension ModelSelection {
  /// The graph that is meant.
  ///
  /// - Throws: ``InputError`` with all names where the model does not have this one.
  package func graph(of file: TFLiteFile, _ path: String) throws(InputError) -> CallableGraph? {
    let graphs = file.callableGraphs
    guard let signature else { return subgraph.map { place in graphs.first { $0.subgraph == place } } ?? graphs.first }
    let found =
      graphs.first { $0.signatures.contains(signature) } ?? graphs.first { !signature.isEmpty && $0.name == signature }
      ?? graphs.first { "\($0.subgraph)" == signature }
    if let found { return found }
    if isShared && graphs.count == 1 { return graphs[0] }
    let names = graphs.flatMap {
      $0.signatures.isEmpty ? [$0.name.isEmpty ? "\($0.subgraph)" : $0.name] : $0.signatures
    }
    let guess = didYouMean(signature, among: names).map { ", did you mean \"\($0)\"?" } ?? ";"
    let list = names.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    throw InputError("\(path): has no signature \"\(signature)\"\(guess) it has \(list.isEmpty ? "none" : list)")
  }

  /// Tells which of several graphs is used, and which are not.
  package func tell(_ graph: CallableGraph?, of graphs: [CallableGraph], _ path: String) {
    guard let graph, graphs.count > 1, !isQuiet else { return }
    let others = graphs.filter { $0 != graph }
    let list = others.prefix(8).map(\.label).joined(separator: ", ") + (others.count > 8 ? ", …" : "")
    let text =
      worksOnAll
      ? "\(path): has \(graphs.count) graphs, and all are worked on; data are for \(graph.label), others: \(list)"
      : "\(path): \(graph.label) is used; left out: \(list)" + (signature == nil ? "; --signature NAME chooses" : "")
    notices.note(text)
  }
}
