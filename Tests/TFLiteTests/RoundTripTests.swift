import TFLite
import Testing

@Suite struct RoundTripTests {
  /// A table with every field set; numbers are their defaults, or count upwards from `seed`.
  static func filled(_ schema: TableSchema, seed: Int, defaults: Bool) -> Table {
    var table = Table(schema)
    for (slot, field) in schema.fields.enumerated() {
      switch field.kind {
      case .scalar(let type, let bits):
        table[field.name] = .scalar(defaults ? bits : UInt64(seed + slot) % 100 % (type == .bool ? 2 : 100))
      case .vector(let type, _):
        table[field.name] = .vector(ScalarVector(type, (0..<5).map { Int64(seed + slot + $0) }))
      case .string: table.set(field.name, "\(field.name)-ä\(seed)")
      case .table(let inner): table.set(field.name, filled(inner, seed: seed + 1, defaults: defaults))
      case .tables(let inner):
        table.set(field.name, (0..<2).map { filled(inner, seed: seed + 10 * $0 + 1, defaults: defaults) })
      case .union(let union):
        table.set(field.name, filled(union.members[seed % union.members.count], seed: seed, defaults: defaults))
      }
    }
    // Data outside of the FlatBuffer is refused.
    for name in ["offset", "size", "largeCustomOptionsOffset", "largeCustomOptionsSize"]
    where schema.slot(name) != nil && schema.name != "ExternalBuffer" {
      table.set(name, 0)
    }
    return table
  }

  /// A file whose only operator holds the given options.
  static func file(_ field: String, _ options: Table) -> TFLiteFile {
    var node = Table(.operator)
    node.set(field, options)
    var graph = Table(.subGraph)
    graph.set("operators", [node])
    var file = TFLiteFile()
    file.model.set("subgraphs", [graph])
    return file
  }

  @Test(arguments: [0, 1, 2, 3], [false, true])
  func aModelWithEveryFieldSurvives(seed: Int, defaults: Bool) throws {
    var file = TFLiteFile()
    file.model = Self.filled(.model, seed: seed, defaults: defaults)
    let bytes = try file.bytes()
    let again = try TFLiteFile(bytes: bytes)
    #expect(again.model == file.model)
    #expect(try again.bytes() == bytes)
  }

  @Test func everyOptionTableSurvivesFilledAndEmpty() throws {
    for (field, union) in [("builtinOptions", UnionSchema.builtinOptions), ("builtinOptions2", .builtinOptions2)] {
      for member in union.members {
        for options in [
          Table(member), Self.filled(member, seed: 3, defaults: true), Self.filled(member, seed: 5, defaults: false),
        ] {
          let file = Self.file(field, options)
          let again = try TFLiteFile(bytes: try file.bytes())
          #expect(again.model == file.model, "\(member.name)")
        }
      }
    }
  }

  @Test func absentAndDefaultAreDifferentFields() throws {
    var options = Table(.conv2DOptions)
    options.set("dilationWFactor", 1)
    let again = try TFLiteFile(bytes: try Self.file("builtinOptions", options).bytes())
    let read = try #require(again.model.tables("subgraphs").first?.tables("operators").first?.table("builtinOptions"))
    #expect(read["dilationWFactor"] == .scalar(1))
    #expect(read["dilationHFactor"] == nil)
    #expect(read.integer("dilationHFactor") == 1)
  }

  @Test func negativeNumbersAndFloatsKeepTheirBits() throws {
    var options = Table(.softmaxOptions)
    options.set("beta", float: -0.0)
    var graph = Table(.subGraph)
    graph.set("debugMetadataIndex", -7)
    graph.set("inputs", [-1, Int64(Int32.min)])
    var file = Self.file("builtinOptions", options)
    file.model.set("subgraphs", file.model.tables("subgraphs") + [graph])
    let again = try TFLiteFile(bytes: try file.bytes())
    #expect(again.model == file.model)
    #expect(again.model.tables("subgraphs")[1].integer("debugMetadataIndex") == -7)
    #expect(again.model.tables("subgraphs")[1].integers("inputs") == [-1, Int64(Int32.min)])
  }

  @Test(arguments: 0..<17)
  func bufferDataIsAlignedTo16AndLongIntegersTo8(extra: Int) throws {
    let marker: [UInt8] = Array("a marker that occurs once".utf8)
    var buffer = Table(.buffer)
    buffer.set("data", bytes: marker[...])
    var quantization = Table(.quantizationParameters)
    quantization.set("zeroPoint", [0x1122_3344_5566_7788])
    var tensor = Table(.tensor)
    tensor.set("quantization", quantization)
    var graph = Table(.subGraph)
    graph.set("tensors", [tensor])
    var file = TFLiteFile()
    file.model.set("description", String(repeating: "x", count: extra))
    file.model.set("subgraphs", [graph])
    file.model.set("buffers", [buffer])
    let bytes = try file.bytes()
    #expect(try #require(Self.position(of: marker, in: bytes)) % 16 == 0)
    let long: [UInt8] = [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]
    #expect(try #require(Self.position(of: long, in: bytes)) % 8 == 0)
    #expect(bytes[4..<8].elementsEqual("TFL3".utf8))
  }

  @Test func equalVtablesAreSharedAndEmptyBuffersTakeEightBytes() throws {
    func size(_ count: Int) throws -> Int {
      var file = TFLiteFile()
      file.model.set("buffers", Array(repeating: Table(.buffer), count: count))
      return try file.bytes().count
    }
    #expect(try size(1002) - size(2) == 8000)
  }

  @Test func anArchiveBehindTheModelIsKept() throws {
    let archive: [UInt8] = [0x50, 0x4B, 3, 4, 9, 9, 0, 9]
    var file = try TFLiteFile(bytes: try TFLiteFile().bytes() + archive)
    #expect(file.archive.elementsEqual(archive))
    let start = file.archive.startIndex
    // A smaller model is filled up, so that positions within the archive do not move towards the start.
    #expect(try file.bytes().suffix(archive.count).elementsEqual(archive))
    #expect(try file.bytes().count >= start + archive.count)
    file.model.set("description", String(repeating: "long ", count: 100))
    let bytes = try file.bytes()
    let again = try TFLiteFile(bytes: bytes)
    #expect(again.archive.elementsEqual(archive))
    #expect(try again.bytes() == bytes)
  }

  static func position(of pattern: [UInt8], in bytes: [UInt8]) -> Int? {
    (0...(bytes.count - pattern.count)).first { bytes[$0..<$0 + pattern.count].elementsEqual(pattern) }
  }
}
