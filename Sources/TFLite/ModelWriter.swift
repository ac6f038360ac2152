package import NetworkModel

extension TFLiteFile {
  /// A file that says what a network says.
  ///
  /// With a source, only what the network changes is replaced: tensors, operators, inputs and outputs of its
  /// subgraph and their buffers. Tensors keep their indices; an operator is taken for the source's when it writes the
  /// same tensor and has the same code, and then keeps options that ``Network`` does not know. Everything else stays:
  /// other subgraphs, signatures, metadata, the archive.
  ///
  /// - Parameters:
  ///   - network: The network, which must pass ``NetworkModel/Network/validate()``.
  ///   - source: The file that the network was read from.
  ///   - metadata: Entries to add, or to replace where one has the same name.
  /// - Throws: What is wrong with the network.
  package init(
    _ network: Network, replacing source: TFLiteFile? = nil, metadata: [(name: String, bytes: [UInt8])] = []
  ) throws(TFLiteError) {
    try self.init([0: network], replacing: source, metadata: metadata)
  }

  /// A file that says what several networks say, each in place of a subgraph of a source.
  ///
  /// A constant that subgraphs share stays one where it becomes the same in all of them.
  ///
  /// - Parameters:
  ///   - networks: The networks by their subgraphs' places.
  ///   - source: The file that the networks were read from; without one there is the first subgraph only.
  ///   - metadata: Entries to add, or to replace where one has the same name.
  /// - Throws: What is wrong with a network.
  package init(
    _ networks: [Int: Network], replacing source: TFLiteFile?, metadata: [(name: String, bytes: [UInt8])] = []
  ) throws(TFLiteError) {
    for network in networks.sorted(by: { $0.key < $1.key }).map(\.value) {
      let faults = network.validate()
      if !faults.isEmpty {
        throw TFLiteError(faults.map { TFLiteError.Fault(place: $0.place, message: $0.message) })
      }
    }
    self = source ?? TFLiteFile()
    if source == nil { model.set("description", "bitexact") }
    var writer = ModelWriter(model)
    model = writer.model(networks, metadata)
  }

  /// The bytes of a metadata entry, or `nil` when there is none of that name.
  package func metadata(named name: String) -> [UInt8]? {
    guard let entry = model.tables("metadata").first(where: { $0.text("name") == name }) else { return nil }
    return entry.data(in: model.tables("buffers")).map { Array($0) } ?? []
  }
}

/// Changes a model's tables so that they say what a network says.
private struct ModelWriter {
  private let source: Table
  /// The subgraph that is being replaced.
  private var graph = Table(.subGraph)
  private var sourceTensors: [Table] = []
  private var buffers: BufferPool
  private var codes: [Table]

  init(_ model: Table) {
    source = model
    buffers = BufferPool(model)
    codes = model.tables("operatorCodes")
  }

  mutating func model(_ networks: [Int: Network], _ metadata: [(name: String, bytes: [UInt8])]) -> Table {
    var model = source
    var graphs = model.tables("subgraphs")
    if graphs.isEmpty { graphs = [Table(.subGraph)] }
    for (place, network) in networks.sorted(by: { $0.key < $1.key }) where graphs.indices.contains(place) {
      graph = graphs[place]
      sourceTensors = graph.tables("tensors")
      graphs[place] = replaced(network)
      renameSignatures(&model, of: place, network)
    }
    model.set("subgraphs", graphs)
    model.set("operatorCodes", codes)
    for entry in metadata { set(entry, in: &model) }
    buffers.dropUnused()
    model.set("buffers", buffers.tables)
    return model
  }

  /// The current subgraph with what a network says.
  private mutating func replaced(_ network: Network) -> Table {
    var new = graph
    if new.text("name") != network.name { new.set("name", network.name) }
    new.set("tensors", tensors(network))
    new.set("operators", operators(network))
    new.update("inputs", network.inputs)
    new.update("outputs", network.outputs)
    return new
  }

  /// Lets signatures name the tensors that took the places of the graph's inputs and outputs.
  private func renameSignatures(_ model: inout Table, of place: Int, _ network: Network) {
    let old = [graph.integers("inputs"), graph.integers("outputs")]
    let new = [network.inputs, network.outputs]
    var signatures = model.tables("signatureDefs")
    for index in signatures.indices where signatures[index].integer("subgraphIndex") == Int64(place) {
      for (side, name) in ["inputs", "outputs"].enumerated() where signatures[index][name] != nil {
        var entries = signatures[index].tables(name)
        for entry in entries.indices {
          guard let place = old[side].firstIndex(of: entries[entry].integer("tensorIndex")),
            new[side].indices.contains(place)
          else { continue }
          entries[entry].update("tensorIndex", new[side][place])
        }
        signatures[index].set(name, entries)
      }
    }
    if !signatures.isEmpty { model.set("signatureDefs", signatures) }
  }

  private mutating func set(_ entry: (name: String, bytes: [UInt8]), in model: inout Table) {
    var entries = model.tables("metadata")
    let index = entries.firstIndex { $0.text("name") == entry.name } ?? entries.count
    if index == entries.count {
      entries.append(Table(.metadata))
      entries[index].set("name", entry.name)
    }
    let buffer = buffers.store(entry.bytes[...], insteadOf: Int(entries[index].integer("buffer")))
    entries[index].update("buffer", buffer)
    model.set("metadata", entries)
  }
}

// MARK: - Tensors

extension ModelWriter {
  private mutating func tensors(_ network: Network) -> [Table] {
    let old = sourceTensors
    for removed in old.dropFirst(network.tensors.count) { buffers.release(Int(removed.integer("buffer"))) }
    return network.tensors.enumerated().map { index, tensor in
      table(of: tensor, from: old.indices.contains(index) ? old[index] : Table(.tensor))
    }
  }

  private mutating func table(of tensor: Tensor, from old: Table) -> Table {
    var table = old
    if table.text("name") != tensor.name { table.set("name", tensor.name) }
    table.update("type", Int(elementTypes.code(of: tensor.type)))
    table.update("shape", tensor.shape.extents)
    table.update("shapeSignature", tensor.shapeSignature)
    table.update("isVariable", flag: tensor.isVariable)
    update(&table, tensor.quantization, rank: tensor.shape.rank)
    if old.data(in: buffers.tables) != tensor.data {
      let buffer = buffers.store(tensor.data ?? [], insteadOf: Int(old.integer("buffer")))
      table.update("buffer", buffer)
    }
    return table
  }

  /// Sets quantization parameters; the range that a converter noted holds for its own parameters only.
  private func update(_ table: inout Table, _ quantization: Quantization?, rank: Int) {
    var parameters = table.table("quantization") ?? Table(.quantizationParameters)
    guard Quantization(table: parameters, rank: rank) != quantization else { return }
    parameters["min"] = nil
    parameters["max"] = nil
    parameters["scale"] = nil
    parameters["zeroPoint"] = nil
    if let quantization {
      parameters.set("scale", floats: quantization.scales)
      parameters.set("zeroPoint", quantization.zeroPoints)
      parameters.update("quantizedDimension", quantization.axis)
    }
    table.set("quantization", parameters)
  }
}

// MARK: - Operators

extension ModelWriter {
  private mutating func operators(_ network: Network) -> [Table] {
    var sources: [Int64: Table] = [:]
    for table in graph.tables("operators") {
      if let output = table.integers("outputs").first { sources[output] = table }
    }
    return network.nodes.map { node in
      let row = OperatorCode.row(for: node.operation)
      let old = node.outputs.first.flatMap { sources[Int64($0)] }.flatMap {
        code(of: $0)?.builtinCode == row.code ? $0 : nil
      }
      var table = old ?? Table(.operator)
      table.update("inputs", node.inputs.map { $0 ?? -1 })
      table.update("outputs", node.outputs)
      table.update("intermediates", node.intermediates)
      setOptions(&table, node.operation, row, isNew: old == nil)
      let oldVersion = old.flatMap(code(of:)).map { Int($0.integer("version")) }
      if table != old || oldVersion != node.sourceVersion || !keepsTypes(node, network) {
        table.update("opcodeIndex", codeIndex(row, version(node, row, network)))
      }
      return table
    }
  }

  /// Whether the operands of an operator have the types and shapes that they have in the source.
  private func keepsTypes(_ node: Node, _ network: Network) -> Bool {
    (node.inputs.compactMap(\.self) + node.outputs).allSatisfy { index in
      guard sourceTensors.indices.contains(index) else { return false }
      let (old, new) = (sourceTensors[index], network.tensors[index])
      return elementTypes.value(ofCode: old.integer("type")) == new.type
        && old.integers("shape") == new.shape.extents.map { Int64($0) }
    }
  }

  /// The operator code of an operator of the source.
  private func code(of table: Table) -> Table? {
    let codes = source.tables("operatorCodes")
    let index = Int(table.integer("opcodeIndex"))
    return codes.indices.contains(index) ? codes[index] : nil
  }

  private func setOptions(_ table: inout Table, _ operation: Operation, _ row: OperatorCode, isNew: Bool) {
    guard let schema = row.options else { return }
    let old = table.table("builtinOptions").flatMap { $0.schema == schema ? $0 : nil }
    var options = old ?? Table(schema)
    row.encode(operation, &options)
    // An operator of the source without options keeps none while its options are the defaults.
    if old != nil || isNew || options != Table(schema) { table.set("builtinOptions", options) }
  }

  /// The lowest version whose definition covers the operator, but none below the source's.
  private func version(_ node: Node, _ row: OperatorCode, _ network: Network) -> Int {
    let facts = VersionFacts(
      operation: node.operation, inputs: network.operands(of: node), outputs: node.outputs.map { network.tensors[$0] })
    return max(row.version(facts), node.sourceVersion ?? 1)
  }

  /// The place of an operator code in the list, which grows when it is new.
  private mutating func codeIndex(_ row: OperatorCode, _ version: Int) -> Int {
    let found = codes.firstIndex { $0.builtinCode == row.code && $0.integer("version") == Int64(version) }
    if let found { return found }
    var table = Table(.operatorCode)
    // 127 sends readers of the first schema to the newer field.
    table.update("deprecatedBuiltinCode", min(row.code, 127))
    table.update("builtinCode", row.code)
    table.update("version", version)
    codes.append(table)
    return codes.count - 1
  }
}
