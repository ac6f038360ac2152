import TFLite

/// Small files that ask for much.
extension HostileModel {
  static let large: [HostileModel] = [
    HostileModel(made: "an image of 8 GB", "more than", .pad) { try padded(to: 92_682) },
    HostileModel(made: "an image of 67 million elements", "at a time", .pad) { try padded(to: 8193) },
    HostileModel(made: "a sum that broadcasts to 2^27 elements", "at a time", .add) {
      var graph = TableGraph()
      let image = graph.activation([1, 4, 4, 1])
      let column = graph.ones([1 << 20, 1, 1, 1])
      let row = graph.ones([8, 1, 1, 1, 1])
      let (first, second) = (graph.activation([1 << 20, 4, 4, 1]), graph.activation([8, 1 << 20, 4, 4, 1]))
      graph.node(0, [image, column], first, options: Table(.addOptions))
      graph.node(0, [first, row], second, options: Table(.addOptions))
      return try graph.file(output: second).bytes()
    },
    HostileModel(made: "20 images of 2048 × 2048 that are kept until the end", "at a time", .pad) {
      var graph = TableGraph()
      let image = graph.activation([1, 2, 2, 1])
      let amounts = graph.numbers([0, 0, 0, 2046, 0, 2046, 0, 0], [4, 2])
      let outputs = (0..<20).map { _ in graph.activation([1, 2048, 2048, 1]) }
      for output in outputs { graph.node(34, [image, amounts], output) }
      let all = graph.activation([1, 2048, 2048, 20])
      var options = Table(.concatenationOptions)
      options.set("axis", 3)
      graph.node(2, outputs, all, options: options)
      return try graph.file(output: all).bytes()
    },
    HostileModel(made: "a window of 4096 × 4096 at each of 4096 × 4096 places", "products", .pad) {
      var graph = TableGraph()
      let image = graph.activation([1, 2, 2, 1])
      let amounts = graph.numbers([0, 0, 0, 4094, 0, 4094, 0, 0], [4, 2])
      let (padded, pooled) = (graph.activation([1, 4096, 4096, 1]), graph.activation([1, 4096, 4096, 1]))
      var options = Table(.pool2DOptions)
      for (name, value) in [("filterHeight", 4096), ("filterWidth", 4096), ("strideH", 1), ("strideW", 1)] {
        options.set(name, Int64(value))
      }
      graph.node(34, [image, amounts], padded)
      graph.node(17, [padded], pooled, options: options)
      return try graph.file(output: pooled).bytes()
    },
    HostileModel(made: "20 000 layers that share 65 536 weights", "weights and scales in all", .add) {
      var graph = TableGraph()
      var last = graph.activation([1, 4, 4, 1])
      let (first, weights) = (graph.ones([256, 16]), graph.ones([256, 256]))
      for index in 0..<20_000 {
        let next = graph.activation([1, 256])
        graph.node(9, [last, index == 0 ? first : weights, -1], next, options: Table(.fullyConnectedOptions))
        last = next
      }
      return try graph.file(output: last).bytes()
    },
    HostileModel(made: "1000 layers that share 65 536 scales", "weights and scales in all", .add) {
      var graph = TableGraph()
      let image = graph.activation([1, 4, 4, 1])
      let weights = graph.ones([65_536, 16], scales: Array(repeating: 1, count: 65_536))
      var last: Int64 = 0
      for _ in 0..<1000 {
        last = graph.activation([1, 65_536])
        graph.node(9, [image, weights, -1], last, options: Table(.fullyConnectedOptions))
      }
      return try graph.file(output: last).bytes()
    },
    HostileModel(made: "20 000 operators in the wrong order", "and 19998 more", .add) {
      var file = chain(20_000)
      file.graph { $0.set("operators", $0.tables("operators").reversed()) }
      return try file.bytes()
    },
    HostileModel(made: "20 000 tensors of an unknown type", "and 19999 more", .add) {
      var file = chain(20_000)
      file.graph { graph in
        let damaged = graph.tables("tensors").dropFirst().map { tensor in
          var tensor = tensor
          tensor.set("type", 77)
          return tensor
        }
        graph.set("tensors", graph.tables("tensors").prefix(1) + damaged)
      }
      return try file.bytes()
    },
  ]

  static let largeStrangeModels: [HostileModel] = [
    HostileModel(made: "20 000 operators", "", .add) { try chain(20_000).bytes() },
    HostileModel("a concatenation that reads its input 2^18 times and rescales it", "", .concatenation) { file in
      file.scale(1, 2)
      file.tensor(1) { $0.set("shape", [1, 1, 1, 1 << 19]) }
      file.node(0) { $0.set("inputs", Array(repeating: 0, count: 1 << 18)) }
    },
  ]

  /// An image that is padded to so many rows and columns.
  private static func padded(to extent: Int64) throws -> [UInt8] {
    var file = try HostileBase.pad.file()
    file.numbers(1, [0, 0, 0, extent - 2, 0, extent - 2, 0, 0])
    file.tensor(2) { $0.set("shape", [1, extent, extent, 1]) }
    return try file.bytes()
  }

  /// So many operators RELU, one after another.
  private static func chain(_ count: Int) -> TFLiteFile {
    var graph = TableGraph()
    var last = graph.activation([1, 4, 4, 1])
    for _ in 0..<count {
      let next = graph.activation([1, 4, 4, 1])
      graph.node(19, [last], next)
      last = next
    }
    return graph.file(output: last)
  }
}
