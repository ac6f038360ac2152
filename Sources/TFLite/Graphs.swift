package import NetworkModel

/// A graph of a file that a caller can run: a subgraph that no operator of another one runs.
package struct CallableGraph: Hashable, Sendable {
  /// Its place among the file's subgraphs.
  package let subgraph: Int
  /// The subgraph's own name.
  package let name: String
  /// The signatures that call it; none in a file without them.
  package let signatures: [String]

  /// How messages name it: `signature "encode" (subgraph 0)`.
  package var label: String {
    let quoted = signatures.prefix(4).map { "\"\(String($0.unicodeScalars.prefix(80)))\"" }.joined(separator: ", ")
    if !quoted.isEmpty { return "signature \(quoted) (subgraph \(subgraph))" }
    return "subgraph \(subgraph)" + (name.isEmpty ? "" : " \"\(String(name.unicodeScalars.prefix(80)))\"")
  }
}

extension TFLiteFile {
  /// The graphs that a caller can run, in the order of the file; the first subgraph is always among them.
  package var callableGraphs: [CallableGraph] {
    let graphs = model.tables("subgraphs")
    let called = graphs.map(\.calledSubgraphs)
    // Whatever a graph reaches that a caller can run is a part of it; what only runs itself is nobody's part.
    var parts: Set<Int> = []
    var roots: [Int] = []
    func reach(_ start: Int) {
      roots.append(start)
      var rest = [start]
      while let graph = rest.popLast() {
        for other in called[graph] where called.indices.contains(other) && other != start {
          if parts.insert(other).inserted { rest.append(other) }
        }
      }
    }
    let everCalled = Set(called.enumerated().flatMap { index, others in others.filter { $0 != index } })
    for index in graphs.indices where index == 0 || !everCalled.contains(index) { reach(index) }
    for index in graphs.indices where !parts.contains(index) && everCalled.contains(index) && index != 0 {
      reach(index)
    }
    var signatures: [Int: [String]] = [:]
    for signature in model.tables("signatureDefs") {
      signatures[Int(signature.integer("subgraphIndex")), default: []].append(signature.text("signatureKey"))
    }
    return Set(roots).sorted().map {
      CallableGraph(subgraph: $0, name: graphs[$0].text("name"), signatures: signatures[$0] ?? [])
    }
  }

  /// The inputs of a subgraph as the file describes them, before anything is checked, with the names that signatures
  /// give them; without those that do not exist.
  ///
  /// - Parameter subgraph: The subgraph's place.
  /// - Returns: For each input its tensor's index, the tensor and its other names.
  package func inputs(of subgraph: Int) -> [(index: Int, tensor: Tensor, aliases: [String])] {
    let graphs = model.tables("subgraphs")
    guard graphs.indices.contains(subgraph) else { return [] }
    let tensors = graphs[subgraph].tables("tensors")
    var aliases: [Int64: [String]] = [:]
    for signature in model.tables("signatureDefs") where signature.integer("subgraphIndex") == Int64(subgraph) {
      for entry in signature.tables("inputs") {
        aliases[entry.integer("tensorIndex"), default: []].append(entry.text("name"))
      }
    }
    return graphs[subgraph].integers("inputs").compactMap { index in
      guard let place = Int(exactly: index), tensors.indices.contains(place) else { return nil }
      let table = tensors[place]
      let tensor = Tensor(
        name: table.text("name"), type: elementTypes.value(ofCode: table.integer("type")) ?? .variant,
        shape: Shape(table.integers("shape").map { Int($0) }),
        shapeSignature: table.integers("shapeSignature").map { Int($0) })
      return (place, tensor, aliases[index] ?? [])
    }
  }
}

extension Table {
  /// The subgraphs that operators of this one, a table `SubGraph`, run.
  fileprivate var calledSubgraphs: Set<Int> {
    var found: Set<Int> = []
    for node in tables("operators") {
      for options in [node.table("builtinOptions"), node.table("builtinOptions2")].compactMap(\.self) {
        for field in options.schema.fields {
          if field.name == "subgraph" || field.name.hasSuffix("SubgraphIndex") {
            found.insert(Int(options.integer(field.name)))
          } else if field.name == "branchSubgraphIndices" {
            found.formUnion(options.integers(field.name).map { Int($0) })
          }
        }
      }
    }
    return found
  }
}
