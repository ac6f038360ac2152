import TFLite
import Testing

@Suite struct SchemaTests {
  static let unions: [UnionSchema] = [.quantizationDetails, .sparseIndexVector, .builtinOptions, .builtinOptions2]

  /// Every table that a model can hold, each once.
  static let tables: [TableSchema] = {
    var found: [TableSchema] = []
    func visit(_ table: TableSchema) {
      if found.contains(table) { return }
      found.append(table)
      for field in table.fields { children(field).forEach(visit) }
    }
    visit(.model)
    return found
  }()

  static func children(_ field: FieldSchema) -> [TableSchema] {
    switch field.kind {
    case .scalar, .vector, .string: []
    case .table(let table), .tables(let table): [table]
    case .union(let union): union.members
    }
  }

  @Test func theSchemaHasEveryTableUnderItsOwnName() {
    #expect(Self.tables.count == 170)
    #expect(Set(Self.tables.map(\.name)).count == Self.tables.count)
    #expect(Self.tables.allSatisfy { Set($0.fields.map(\.name)).count == $0.fields.count })
  }

  @Test func noTableContainsItself() {
    func depth(_ table: TableSchema, below path: [TableSchema]) -> Int {
      guard !path.contains(table) else { return 1000 }
      return 1 + (table.fields.flatMap(Self.children).map { depth($0, below: path + [table]) }.max() ?? 0)
    }
    #expect(depth(.model, below: []) == 6)
  }

  @Test func theFieldBeforeAUnionIsItsTag() {
    for table in Self.tables {
      for (slot, field) in table.fields.enumerated() {
        guard case .union = field.kind else { continue }
        #expect(slot > 0 && table.fields[slot - 1].name == field.name + "Type")
        guard slot > 0, case .scalar(.uint8, defaultBits: 0) = table.fields[slot - 1].kind else {
          Issue.record("\(table.name).\(field.name) has no tag")
          continue
        }
      }
    }
  }

  @Test(arguments: [
    (0, "ADD"), (3, "CONV_2D"), (4, "DEPTHWISE_CONV_2D"), (9, "FULLY_CONNECTED"), (25, "SOFTMAX"), (32, "CUSTOM"),
    (40, "MEAN"), (114, "QUANTIZE"), (127, "PLACEHOLDER_FOR_GREATER_OP_CODES"), (150, "GELU"),
  ])
  func operatorNamesStandInTheOrderOfTheirCodes(code: Int, name: String) {
    #expect(builtinOperatorNames[code] == name)
  }

  @Test(arguments: [
    (1, "Conv2DOptions"), (5, "Pool2DOptions"), (8, "FullyConnectedOptions"), (11, "AddOptions"),
    (17, "ReshapeOptions"), (27, "ReducerOptions"), (79, "SplitVOptions"), (126, "RightShiftOptions"),
  ])
  func optionTagsAreTheSchemas(tag: Int, name: String) {
    #expect(UnionSchema.builtinOptions.members[tag - 1].name == name)
  }

  @Test func defaultsAreTheSchemas() {
    #expect(Table(.conv2DOptions).integer("dilationHFactor") == 1)
    #expect(Table(.conv2DOptions).integer("strideH") == 0)
    #expect(Table(.addOptions).flag("potScaleInt16"))
    #expect(Table(.operatorCode).integer("version") == 1)
    #expect(Table(.subGraph).integer("debugMetadataIndex") == -1)
    #expect(Table(.bidirectionalSequenceLSTMOptions).flag("timeMajor"))
    #expect(!Table(.unidirectionalSequenceLSTMOptions).flag("timeMajor"))
    #expect(Table(.softmaxOptions).float("beta") == 0)
  }
}
