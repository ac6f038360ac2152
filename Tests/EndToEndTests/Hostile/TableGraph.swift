import NetworkModel
import TFLite

/// Builds a file table by table, without the checks that a network must pass before it is written.
struct TableGraph {
  private var tensors: [Table] = []
  private var nodes: [Table] = []
  private var codes: [Table] = []
  private var buffers = [Table(.buffer)]

  /// Adds an int8 activation of scale 1; gives its index.
  mutating func activation(_ shape: [Int64]) -> Int64 { add(shape, type: 9, scales: [1], buffer: 0) }

  /// Adds an int8 constant of ones.
  mutating func ones(_ shape: [Int64], scales: [Float] = [1]) -> Int64 {
    add(shape, type: 9, scales: scales, buffer: store(Array(repeating: 1, count: Int(shape.reduce(1, *)))))
  }

  /// Adds an int32 constant.
  mutating func numbers(_ values: [Int64], _ shape: [Int64]) -> Int64 {
    add(shape, type: 2, scales: [], buffer: store(Tensor.bytes(values, as: .int32) ?? []))
  }

  /// Adds an operator by its code in the schema.
  mutating func node(_ code: Int64, _ inputs: [Int64], _ output: Int64, options: Table? = nil) {
    var entry = Table(.operatorCode)
    entry.set("builtinCode", code)
    entry.set("deprecatedBuiltinCode", code)
    if !codes.contains(entry) { codes.append(entry) }
    var node = Table(.operator)
    node.set("opcodeIndex", Int64(codes.firstIndex(of: entry) ?? 0))
    node.set("inputs", inputs)
    node.set("outputs", [output])
    node.set("builtinOptions", options)
    nodes.append(node)
  }

  /// The file whose input is tensor 0.
  func file(output: Int64) -> TFLiteFile {
    var graph = Table(.subGraph)
    graph.set("tensors", tensors)
    graph.set("operators", nodes)
    graph.set("inputs", [0])
    graph.set("outputs", [output])
    var file = TFLiteFile()
    file.model.set("operatorCodes", codes)
    file.model.set("buffers", buffers)
    file.model.set("subgraphs", [graph])
    return file
  }

  private mutating func store(_ bytes: [UInt8]) -> Int64 {
    var buffer = Table(.buffer)
    buffer.set("data", bytes: bytes[...])
    buffers.append(buffer)
    return Int64(buffers.count - 1)
  }

  private mutating func add(_ shape: [Int64], type: Int64, scales: [Float], buffer: Int64) -> Int64 {
    var tensor = Table(.tensor)
    tensor.set("name", "t\(tensors.count)")
    tensor.set("shape", shape)
    tensor.set("type", type)
    tensor.set("buffer", buffer)
    if !scales.isEmpty {
      var quantization = Table(.quantizationParameters)
      quantization.set("scale", floats: scales)
      quantization.set("zeroPoint", scales.map { _ in 0 })
      tensor.set("quantization", quantization)
    }
    tensors.append(tensor)
    return Int64(tensors.count - 1)
  }
}
