internal import NetworkModel
internal import Reports
internal import TFLite

extension Option {
  /// The options that choose a graph of a model and sizes that its file leaves open.
  static let selection = [
    Option(
      name: "--signature", value: .word("NAME"),
      help: "the signature, or else the subgraph, of a model with several; default: the first subgraph"),
    Option(
      name: "--input-shape", value: .word("NAME=1,H,W,C"),
      help: "the shape of an input whose sizes are free; NAME= may be left away for a model with one input",
      isRepeatable: true),
  ]
}

/// Which graph of a model is meant, and the sizes that its file leaves open.
struct ModelSelection: Sendable {
  /// The signature that the user names.
  var signature: String?
  /// The shapes that the user gives, each for an input's name or for the only input.
  var shapes: [(name: String?, extents: [Int])] = []
  /// The data whose arrays tell sizes that nothing else tells.
  var data: String?
  /// The inputs of the model that this one is compared with, by position: what it takes, this one takes too.
  var leader: [[Int]]?
  /// Whether a name that the model does not have is another model's.
  var isShared = false
  /// Whether the command works on all graphs, and the chosen one only takes the data.
  var usesAll = false
  /// Whether placeholders are refused.
  private(set) var requiresSizes = false
  /// Whether it does so even where the user names a graph.
  private var rewritesAll = false
  /// Whether nothing is told.
  var isQuiet = true

  /// A subgraph that is named by its place; `nil` for none.
  private var subgraph: Int?

  /// The first subgraph with the file's own sizes.
  init() {}

  /// A subgraph by its place, with the file's own sizes.
  init(subgraph: Int) { self.subgraph = subgraph }

  /// What the command line says.
  ///
  /// - Throws: ``UsageError`` for a shape that is none.
  init(_ arguments: Arguments) throws(UsageError) {
    signature = arguments.text("--signature")
    for text in arguments.all("--input-shape") { shapes.append(try Self.shape(text)) }
    data = arguments.text("--inputs") ?? arguments.text("--input") ?? arguments.text("--calibrate")
    isQuiet = arguments.isSet("--quiet")
  }

  /// The selection for a command that works on all graphs unless one is named.
  func usingAll() -> ModelSelection {
    var result = self
    result.usesAll = true
    return result
  }

  /// The selection for a command that works on all graphs even where one is named, which takes the data.
  func rewritingAll() -> ModelSelection {
    var result = usingAll()
    result.rewritesAll = true
    return result
  }

  /// Whether all graphs are worked on.
  var worksOnAll: Bool { rewritesAll || (usesAll && signature == nil) }

  /// The selection for a command that cannot conclude anything from placeholders.
  func requiringSizes() -> ModelSelection {
    var result = self
    result.requiresSizes = true
    return result
  }

  /// The selection for a model beside another one.
  ///
  /// - Parameter leader: The other one; `nil` where the order in which they are read does not matter.
  /// - Returns: The selection.
  func shared(with leader: LoadedModel? = nil) -> ModelSelection {
    var result = self
    result.isShared = true
    result.leader = leader.map { model in model.network.inputs.map { model.network.tensors[$0].shape.extents } }
    return result
  }

  private static func shape(_ text: String) throws(UsageError) -> (name: String?, extents: [Int]) {
    let separator = text.lastIndex(of: "=")
    let name = separator.map { String(text[..<$0]) }
    let list = separator.map { text[text.index(after: $0)...] } ?? text[...]
    let extents = list.split(omittingEmptySubsequences: false) { ",x×".contains($0) }.map { Int($0) }
    guard !extents.isEmpty, extents.count <= Network.rankLimit, name != "",
      extents.allSatisfy({ ($0.map { (1...Int(Int32.max)).contains($0) }) ?? false })
    else {
      throw UsageError(
        "--input-shape is \"\(text)\"; write NAME=1,224,224,3 or, for a model with one input, 1,224,224,3")
    }
    return (name, extents.compactMap(\.self))
  }
}

// MARK: - Graphs

extension ModelSelection {
  /// The graph that is meant.
  ///
  /// - Throws: ``InputError`` with all names where the model does not have this one.
  func graph(of file: TFLiteFile, _ path: String) throws(InputError) -> CallableGraph? {
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
  func tell(_ graph: CallableGraph?, of graphs: [CallableGraph], _ path: String) {
    guard let graph, graphs.count > 1, !isQuiet else { return }
    let others = graphs.filter { $0 != graph }
    let list = others.prefix(8).map(\.label).joined(separator: ", ") + (others.count > 8 ? ", …" : "")
    let text =
      worksOnAll
      ? "\(path): has \(graphs.count) graphs, and all are worked on; data are for \(graph.label), others: \(list)"
      : "\(path): \(graph.label) is used; left out: \(list)" + (signature == nil ? "; --signature NAME chooses" : "")
    Console.note(text)
  }
}
