import NetworkModel
import TFLite
import Testing

@Suite("Files with several graphs")
struct GraphTests {
  /// ``TinyModel`` twice, with signatures and the same buffers.
  static func twice() throws -> TFLiteFile {
    var file = try TFLiteFile(TinyModel.network())
    let graph = file.model.tables("subgraphs")[0]
    file.model.set("subgraphs", [graph, graph])
    file.model.set(
      "signatureDefs",
      ["encode", "decode"].enumerated().map { place, name in
        var input = Table(.tensorMap)
        input.set("name", "picture")
        var signature = Table(.signatureDef)
        signature.set("inputs", [input])
        signature.set("signatureKey", name)
        signature.set("subgraphIndex", Int64(place))
        return signature
      })
    return try TFLiteFile(bytes: file.bytes())
  }

  @Test("graphs are named by their signatures, and each is read by its place")
  func graphs() throws {
    let file = try Self.twice()
    #expect(file.callableGraphs.map(\.signatures) == [["encode"], ["decode"]])
    #expect(file.callableGraphs[1].label == "signature \"decode\" (subgraph 1)")
    #expect(try file.network(subgraph: 1) == TinyModel.network())
    #expect(file.inputs(of: 1).map(\.aliases) == [["picture"]] && file.inputs(of: 1)[0].tensor.name == "image")
    #expect(throws: TFLiteError.self) { try file.network(subgraph: 2) }
  }

  @Test("what an operator runs is a part of its graph, not one of its own")
  func parts() throws {
    var file = try Self.twice()
    var loop = Table(.operator)
    var options = Table(.whileOptions)
    options.set("condSubgraphIndex", 2)
    options.set("bodySubgraphIndex", 3)
    loop.set("builtinOptions", options)
    var graphs = file.model.tables("subgraphs")
    graphs[1].set("operators", graphs[1].tables("operators") + [loop])
    file.model.set("subgraphs", graphs + [graphs[0], graphs[0]])
    #expect(file.callableGraphs.map(\.subgraph) == [0, 1])
    // A graph that only runs itself is nobody's part.
    graphs = file.model.tables("subgraphs")
    options.set("condSubgraphIndex", 4)
    options.set("bodySubgraphIndex", 4)
    loop.set("builtinOptions", options)
    graphs[3].set("operators", [loop])
    graphs[1] = graphs[0]
    file.model.set("subgraphs", graphs + [graphs[3]])
    #expect(file.callableGraphs.map(\.subgraph) == [0, 1, 2, 3])
  }

  @Test("each graph is replaced by its own network, and a shared constant that stays equal stays one")
  func writing() throws {
    let file = try Self.twice()
    func changed(_ scale: Float, _ weight: Int64) -> Network {
      var network = TinyModel.network()
      network.tensors[0].quantization = Quantization(scale: scale)
      network.tensors[4].data = (Tensor.bytes([Int64](repeating: weight, count: 24), as: .int8) ?? [])[...]
      return network
    }
    let (first, second) = (changed(2, 5), changed(4, 5))
    let written = try TFLiteFile(bytes: TFLiteFile([0: first, 1: second], replacing: file).bytes())
    #expect(try written.network() == first && written.network(subgraph: 1) == second)
    func buffers(_ file: TFLiteFile, _ tensor: Int) -> [Int64] {
      file.model.tables("subgraphs").map { $0.tables("tensors")[tensor].integer("buffer") }
    }
    #expect(Set(buffers(written, 4)).count == 1 && Set(buffers(written, 1)).count == 1)
    let apart = try TFLiteFile([0: changed(2, 5), 1: changed(2, 6)], replacing: file)
    #expect(Set(buffers(apart, 4)).count == 2)
    // One alone leaves the other, whose constant it shares.
    let alone = try TFLiteFile(bytes: TFLiteFile([1: second], replacing: file).bytes())
    #expect(try alone.network() == TinyModel.network() && alone.network(subgraph: 1) == second)
  }

  @Test("shapes of inputs decide all others, and signatures stay as they were")
  func inputShapes() throws {
    var network = TinyModel.network()
    // The convolution alone: what comes after it has constant sizes.
    network.nodes.removeLast(2)
    network.outputs = [3]
    network.tensors[0].shapeSignature = [1, -1, -1, 1]
    network.tensors[0].shape = Shape([1, 1, 1, 1])
    network.nodes[0].operation = .conv2D(Conv2D(padding: .same))
    network.tensors[3].shape = Shape([1, 1, 1, 2])
    let file = try TFLiteFile(network)
    let large = try file.network(inputShapes: [0: [1, 5, 7, 1]])
    #expect(large.tensors[3].shape == Shape([1, 5, 7, 2]) && large.tensors[0].shapeSignature == [1, -1, -1, 1])
    let written = try TFLiteFile(bytes: TFLiteFile(large, replacing: file).bytes())
    #expect(try written.network() == large)
  }
}
