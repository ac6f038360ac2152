package import NetworkModel

extension TFLiteFile {
  /// The names of the operators that ``network()`` understands, sorted.
  package static var supportedOperators: [String] { OperatorCode.all.map(\.name).sorted() }

  /// What a subgraph says.
  ///
  /// - Parameters:
  ///   - subgraph: The subgraph's place; the first is what an interpreter runs that is not asked for a signature.
  ///   - inputShapes: Other extents for inputs, by tensor; whatever depends on them takes the shapes that follow.
  /// - Returns: A network that passed ``NetworkModel/Network/validate()``.
  /// - Throws: Everything that is wrong, each fault with its tensor or operator; all operators that are not supported.
  package func network(subgraph: Int = 0, inputShapes: [Int: [Int]] = [:]) throws(TFLiteError) -> Network {
    var reader = ModelReader(self, subgraph)
    let network = reader.network(inputShapes)
    if !reader.faults.isEmpty { throw TFLiteError(reader.faults) }
    let faults = network.validate()
    if !faults.isEmpty {
      throw TFLiteError(faults.map { TFLiteError.Fault(place: $0.place, message: $0.message) })
    }
    return network
  }
}

/// Gives the tables of a subgraph their meaning, and collects everything that has none.
private struct ModelReader {
  let model: Table
  let graph: Table
  let buffers: [Table]
  var faults: [TFLiteError.Fault] = []

  init(_ file: TFLiteFile, _ subgraph: Int) {
    model = file.model
    let graphs = file.model.tables("subgraphs")
    graph = graphs.indices.contains(subgraph) ? graphs[subgraph] : Table(.subGraph)
    buffers = file.model.tables("buffers")
  }

  mutating func network(_ inputShapes: [Int: [Int]]) -> Network {
    checkFrame()
    var network = Network(
      name: graph.text("name"), tensors: [], nodes: [], inputs: graph.integers("inputs").map { Int($0) },
      outputs: graph.integers("outputs").map { Int($0) })
    for (index, table) in graph.tables("tensors").enumerated() {
      let (tensor, messages) = tensor(table)
      network.tensors.append(tensor)
      for message in messages { fault(network.label(ofTensor: index), message) }
    }
    let operators = omitLast(&network)
    network.nodes = nodes(operators)
    if faults.isEmpty && !inputShapes.isEmpty {
      switch network.resized(inputShapes.mapValues { Shape($0) }) {
      case .success(let resized): network = resized
      case .failure(let found): fault(found.place, found.message)
      }
    }
    if faults.isEmpty { checkExtents(network) }
    return network
  }

  private mutating func fault(_ place: String, _ message: String) {
    faults.append(TFLiteError.Fault(place: place, message: message))
  }

  private mutating func checkFrame() {
    if model.integer("version") != 3 {
      fault("model", "has the schema version \(model.integer("version")); supported is 3")
    }
    if model.tables("subgraphs").isEmpty { fault("model", "has no subgraph, and so nothing to compute") }
    if let data = buffers.first?.vector("data"), data.count > 0 {
      fault("buffers[0]", "holds \(data.count) bytes; the first buffer is empty, it stands for \"no data\"")
    }
  }

  /// Extents below one in tensors that something names; the network's shape rules count on there being none.
  private mutating func checkExtents(_ network: Network) {
    for index in network.usedTensors() where network.tensors.indices.contains(index) {
      if let extent = network.tensors[index].shape.extents.first(where: { $0 < 1 }) {
        fault(
          network.label(ofTensor: index),
          "has the extent \(extent) in its shape \(network.tensors[index].shape); extents are one or more. "
            + "Give the inputs' shapes, or convert the model with fixed ones")
      }
    }
  }
}

// MARK: - Tensors

extension ModelReader {
  /// One tensor, and what is wrong with it.
  private func tensor(_ table: Table) -> (tensor: Tensor, faults: [String]) {
    var faults: [String] = []
    let code = table.integer("type")
    let type = elementTypes.value(ofCode: code)
    if type == nil { faults.append("has the type \(code); known are 0 to \(elementTypes.count - 1)") }
    if table.table("sparsity") != nil {
      faults.append("is stored sparsely, which is not supported; store it densely")
    }
    if table.integer("externalBuffer") != 0 {
      faults.append("has its data in another file, which is not supported; store it in the model")
    }
    if let details = table.table("quantization")?.table("details") {
      faults.append("is quantized by \(details.schema.name), which is not supported; use scales and zero points")
    }
    let buffer = Int(table.integer("buffer"))
    if buffer != 0, !buffers.indices.contains(buffer) {
      faults.append("has its data in buffer \(buffer), and the file has \(buffers.count) buffers")
    }
    let shape = Shape(table.integers("shape").map { Int($0) })
    let tensor = Tensor(
      name: table.text("name"), type: type ?? .variant, shape: shape,
      shapeSignature: table.integers("shapeSignature").map { Int($0) },
      quantization: table.table("quantization").flatMap { Quantization(table: $0, rank: shape.rank) },
      data: table.data(in: buffers), isVariable: table.flag("isVariable"))
    return (tensor, faults)
  }
}

extension Table {
  /// The bytes of a constant, of a table `Tensor`; a buffer without any belongs to an activation.
  func data(in buffers: [Table]) -> ArraySlice<UInt8>? {
    let index = Int(integer("buffer"))
    guard index > 0, buffers.indices.contains(index), let bytes = buffers[index].vector("data")?.bytes, !bytes.isEmpty
    else { return nil }
    return bytes
  }
}

extension Quantization {
  /// The parameters that a table states for a tensor of so many axes, or `nil` when it has no scales.
  ///
  /// One scale needs no axis: one that the tensor does not have means nothing then, and becomes 0.
  init?(table: Table, rank: Int) {
    guard let scales = table.vector("scale")?.floats, !scales.isEmpty else { return nil }
    let axis = Int(table.integer("quantizedDimension"))
    self.init(
      scales: scales, zeroPoints: table.integers("zeroPoint"),
      axis: scales.count > 1 || (0..<rank).contains(axis) ? axis : 0)
  }
}

// MARK: - Operators

extension ModelReader {
  /// The operators that can be understood: custom ones at the end are left out, and what they read becomes outputs.
  private func omitLast(_ network: inout Network) -> ArraySlice<Table> {
    let codes = model.tables("operatorCodes")
    var operators = graph.tables("operators")[...]
    let tensors = network.tensors
    while operators.count > 1, let last = operators.last {
      let position = Int(last.integer("opcodeIndex"))
      guard codes.indices.contains(position), codes[position].isCustom else { break }
      operators.removeLast()
      let made = Set(last.integers("outputs").map { Int($0) })
      let read = last.integers("inputs").map { Int($0) }.filter {
        tensors.indices.contains($0) && !tensors[$0].isConstant
      }
      let place = network.outputs.firstIndex(where: made.contains) ?? network.outputs.count
      network.outputs.removeAll(where: made.contains)
      let new = read.filter { !network.outputs.contains($0) }
      network.outputs.insert(contentsOf: new, at: min(place, network.outputs.count))
      network.omissions.append(
        Omission(node: operators.endIndex, name: codes[position].operatorName, outputs: new))
    }
    network.omissions.reverse()
    return operators
  }

  private mutating func nodes(_ operators: ArraySlice<Table>) -> [Node] {
    let codes = model.tables("operatorCodes")
    var unsupported: [String: Int] = [:]
    var nodes: [Node] = []
    for (index, table) in operators.enumerated() {
      let position = Int(table.integer("opcodeIndex"))
      guard codes.indices.contains(position) else {
        fault("operator \(index)", "has the operator code \(position), and the file has \(codes.count) of them")
        continue
      }
      guard let row = OperatorCode.row(code: codes[position].builtinCode) else {
        unsupported[codes[position].operatorName, default: 0] += 1
        continue
      }
      if let node = node(table, row, "operator \(index) (\(row.name))", version: codes[position].integer("version")) {
        nodes.append(node)
      }
    }
    if !unsupported.isEmpty {
      let names = unsupported.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }
      let rest = names.count > 12 ? " and \(names.count - 12) more" : ""
      let list = names.prefix(12).joined(separator: ", ") + rest
      fault(
        "the graph",
        "has operators that are not supported: \(list). Supported are: "
          + TFLiteFile.supportedOperators.joined(separator: ", "))
    }
    return nodes
  }

  private mutating func node(_ table: Table, _ row: OperatorCode, _ place: String, version: Int64) -> Node? {
    let inputs = table.integers("inputs").map { Int($0) }
    if let input = inputs.first(where: { $0 < -1 }) {
      fault(place, "reads tensor \(input); allowed are tensors of the file, and -1 for an operand that is absent")
      return nil
    }
    let given = table.table("builtinOptions") ?? table.table("builtinOptions2")
    if let given, let options = row.options, given.schema != options {
      fault(place, "has options of the type \(given.schema.name) instead of \(options.name)")
      return nil
    }
    do {
      let options = Options(table: row.options.map { given ?? Table($0) } ?? Table(OperatorCode.noOptions))
      return Node(
        try row.decode(options), inputs: inputs.map { $0 < 0 ? nil : $0 },
        outputs: table.integers("outputs").map { Int($0) },
        intermediates: table.integers("intermediates").map { Int($0) }, sourceVersion: Int(version))
    } catch {
      fault(place, error.message)
      return nil
    }
  }
}

extension Table {
  /// The code of an operator, of a table `OperatorCode`: codes that fit stand in the older field too.
  var builtinCode: Int { Int(max(integer("deprecatedBuiltinCode"), integer("builtinCode"))) }

  /// Whether an operator, of a table `OperatorCode`, is none of the file format's own.
  var isCustom: Bool {
    let code = builtinCode
    return builtinOperatorNames.indices.contains(code) && builtinOperatorNames[code] == "CUSTOM"
  }

  /// The name of an operator, of a table `OperatorCode`.
  var operatorName: String {
    let code = builtinCode
    guard builtinOperatorNames.indices.contains(code) else { return "number \(code)" }
    let custom = text("customCode")
    return custom.isEmpty
      ? String(builtinOperatorNames[code])
      : "\(builtinOperatorNames[code]) \"\(String(custom.unicodeScalars.prefix(80)))\""
  }
}
