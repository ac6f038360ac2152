import NetworkModel
import TFLite

/// Networks and files that are small enough to be read at a glance.
enum TinyModel {
  /// `softmax(fullyConnected(conv(image)))` in int8; tensors 0 to 7 in the order below.
  static func network() -> Network {
    func activation(_ name: String, _ shape: [Int], _ scale: Float, _ zero: Int64) -> Tensor {
      Tensor(name: name, type: .int8, shape: Shape(shape), quantization: Quantization(scale: scale, zeroPoint: zero))
    }
    func constant(_ name: String, _ type: ElementType, _ shape: [Int], _ quantization: Quantization) -> Tensor {
      let count = Shape(shape).count
      let values = (0..<count).map { Int64($0 % 7 - 3) }
      return Tensor(
        name: name, type: type, shape: Shape(shape), quantization: quantization,
        data: (Tensor.bytes(values, as: type) ?? [])[...])
    }
    let channels = Quantization(scales: [0.5, 0.25], zeroPoints: [0, 0], axis: 0)
    return Network(
      name: "main",
      tensors: [
        activation("image", [1, 4, 4, 1], 0.5, -1),
        constant("filter", .int8, [2, 3, 3, 1], channels),
        constant("bias", .int32, [2], Quantization(scales: [0.25, 0.125], zeroPoints: [0, 0], axis: 0)),
        activation("features", [1, 2, 2, 2], 0.125, 3),
        constant("weights", .int8, [3, 8], Quantization(scale: 0.5)),
        activation("logits", [1, 3], 0.25, 0),
        activation("probabilities", [1, 3], 1 / 256, -128),
      ],
      nodes: [
        Node(
          .conv2D(Conv2D(padding: .valid, activation: .relu6)), inputs: [0, 1, 2], outputs: [3], sourceVersion: 3),
        Node(.fullyConnected(FullyConnected()), inputs: [3, 4, nil], outputs: [5], sourceVersion: 6),
        Node(.softmax(Softmax(beta: 1)), inputs: [5], outputs: [6], sourceVersion: 2),
      ],
      inputs: [0], outputs: [6])
  }

  /// A file of ``network()`` with what a network does not hold: a second subgraph, a custom code, a signature, metadata,
  /// a range, an option that is kept.
  static func file() throws -> TFLiteFile {
    var file = try TFLiteFile(network(), metadata: [("notes", Array("first".utf8))])
    var graph = file.model.tables("subgraphs")[0]
    var tensors = graph.tables("tensors")
    var quantization = tensors[0].table("quantization") ?? Table(.quantizationParameters)
    quantization.set("min", floats: [-1])
    quantization.set("max", floats: [1])
    tensors[0].set("quantization", quantization)
    graph.set("tensors", tensors)
    var nodes = graph.tables("operators")
    var options = nodes[0].table("builtinOptions") ?? Table(.conv2DOptions)
    options.set("quantizedBiasType", 2)
    nodes[0].set("builtinOptions", options)
    graph.set("operators", nodes)

    var custom = Table(.operatorCode)
    custom.set("builtinCode", 32)
    custom.set("deprecatedBuiltinCode", 32)
    custom.set("customCode", "Mystery")
    file.model.set("operatorCodes", file.model.tables("operatorCodes") + [custom])
    var second = Table(.subGraph)
    second.set("name", "second")
    second.set("tensors", [tensors[1]])
    file.model.set("subgraphs", [graph, second])

    var input = Table(.tensorMap)
    input.set("name", "x")
    var output = Table(.tensorMap)
    output.set("name", "y")
    output.set("tensorIndex", 6)
    var signature = Table(.signatureDef)
    signature.set("inputs", [input])
    signature.set("outputs", [output])
    signature.set("signatureKey", "serve")
    file.model.set("signatureDefs", [signature])
    return file
  }

  /// Changes one table of the first subgraph.
  static func edit(
    _ file: TFLiteFile, _ list: String, _ index: Int, _ change: (inout Table) -> Void
  ) -> TFLiteFile {
    var file = file
    var graphs = file.model.tables("subgraphs")
    var tables = graphs[0].tables(list)
    change(&tables[index])
    graphs[0].set(list, tables)
    file.model.set("subgraphs", graphs)
    return file
  }
}
