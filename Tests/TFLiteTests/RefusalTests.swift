import TFLite
import TestSupport
import Testing

@Suite struct RefusalTests {
  /// A small file with something of each kind.
  static func sample() throws -> RawFlatBuffer {
    var options = Table(.conv2DOptions)
    options.set("strideW", 2)
    var node = Table(.operator)
    node.set("inputs", [0, 1])
    node.set("builtinOptions", options)
    var quantization = Table(.quantizationParameters)
    quantization.set("scale", floats: [0.5])
    var tensor = Table(.tensor)
    tensor.set("name", "image")
    tensor.set("quantization", quantization)
    var graph = Table(.subGraph)
    graph.set("tensors", [tensor, tensor])
    graph.set("operators", [node])
    var buffer = Table(.buffer)
    buffer.set("data", bytes: Array(repeating: 7, count: 100)[...])
    var file = TFLiteFile()
    file.model.set("subgraphs", [graph])
    file.model.set("buffers", [Table(.buffer), buffer])
    return RawFlatBuffer(bytes: try file.bytes())
  }

  static func graph(_ raw: RawFlatBuffer) -> Int { raw.element(0, ofField: 2, of: raw.root) }
  static func tensor(_ raw: RawFlatBuffer, _ index: Int) -> Int { raw.element(index, ofField: 0, of: graph(raw)) }
  static func node(_ raw: RawFlatBuffer) -> Int { raw.element(0, ofField: 3, of: graph(raw)) }

  /// Expects that reading fails with one fault.
  static func expectRefusal(_ bytes: [UInt8], at place: String, _ fragment: String) {
    let error = #expect(throws: TFLiteError.self) { try TFLiteFile(bytes: bytes) }
    #expect(error?.faults.map(\.place) == [place])
    #expect(error?.faults.first?.message.contains(fragment) == true, "\(error?.description ?? "no error")")
  }

  @Test func theUndamagedSampleIsRead() throws {
    #expect(try TFLiteFile(bytes: try Self.sample().bytes).model.tables("subgraphs").count == 1)
  }

  @Test(arguments: [0, 1, 7]) func aFileWithoutRoomForAHeaderIsRefused(count: Int) {
    Self.expectRefusal(Array(repeating: 0, count: count), at: "file", "has \(count) bytes")
  }

  @Test func anotherKindOfFileIsRefusedByItsIdentifier() throws {
    var raw = try Self.sample()
    raw.bytes.replaceSubrange(4..<8, with: [0x54, 0x46, 0x4C, 0])
    Self.expectRefusal(raw.bytes, at: "file", "bytes 4 to 7 are \"TFL?\" instead of \"TFL3\"")
  }

  @Test func aRootOutsideOfTheFileIsRefused() throws {
    var raw = try Self.sample()
    raw.put(raw.bytes.count - 2, width: 4, at: 0)
    Self.expectRefusal(raw.bytes, at: "model", "truncated or damaged")
    raw.put(0, width: 4, at: 0)
    Self.expectRefusal(raw.bytes, at: "model", "leads to itself")
  }

  @Test func aVtableBeforeTheFileIsRefused() throws {
    var raw = try Self.sample()
    raw.put(raw.root + 1, width: 4, at: raw.root)
    Self.expectRefusal(raw.bytes, at: "model", "lies before the file")
  }

  @Test func aVtableBehindTheFileIsRefused() throws {
    var raw = try Self.sample()
    raw.put(raw.root - raw.bytes.count, width: 4, at: raw.root)
    Self.expectRefusal(raw.bytes, at: "model", "truncated or damaged")
  }

  @Test(arguments: [0, 3, 5]) func aVtableOfImpossibleSizeIsRefused(size: Int) throws {
    var raw = try Self.sample()
    raw.put(size, width: 2, at: raw.vtable(of: Self.tensor(raw, 0)))
    Self.expectRefusal(raw.bytes, at: "subgraphs[0].tensors[0]", "states the sizes \(size) and")
  }

  @Test(arguments: [2, 100]) func aFieldOutsideOfItsTableIsRefused(offset: Int) throws {
    var raw = try Self.sample()
    raw.put(offset, width: 2, at: raw.vtable(of: Self.tensor(raw, 0)) + 4 + 2 * 3)
    Self.expectRefusal(raw.bytes, at: "subgraphs[0].tensors[0].name", "lies at \(offset) of a table")
  }

  @Test func aListLongerThanTheFileIsRefused() throws {
    var raw = try Self.sample()
    let tensor = Self.tensor(raw, 1)
    let quantization = raw.follow(raw.field(4, of: tensor))
    raw.put(0xFFFF_FFFF, width: 4, at: raw.follow(raw.field(2, of: quantization)))
    Self.expectRefusal(raw.bytes, at: "subgraphs[0].tensors[1].quantization.scale", "leads to 17179869180 bytes")
  }

  @Test func aStringLongerThanTheFileIsRefused() throws {
    var raw = try Self.sample()
    raw.put(1 << 20, width: 4, at: raw.follow(raw.field(3, of: Self.tensor(raw, 0))))
    Self.expectRefusal(raw.bytes, at: "subgraphs[0].tensors[0].name", "leads to 1048576 bytes")
  }

  @Test func aListOfTablesLongerThanTheFileIsRefused() throws {
    var raw = try Self.sample()
    raw.put(1 << 30, width: 4, at: raw.follow(raw.field(4, of: raw.root)))
    Self.expectRefusal(raw.bytes, at: "buffers", "leads to 4294967296 bytes")
  }

  @Test func aFieldThatTheSchemaLacksIsRefusedByItsSlot() throws {
    var raw = try Self.sample()
    // The vtable of the options grows into what follows it; its third entry past the schema is not zero.
    let options = raw.follow(raw.field(4, of: Self.node(raw)))
    let longer: [UInt8] = [4 + 2 * 9, 0, 8, 0] + Array(repeating: 0, count: 16) + [4, 0]
    let position = raw.bytes.count
    raw.bytes += longer
    raw.put(options - position, width: 4, at: options)
    Self.expectRefusal(
      raw.bytes, at: "subgraphs[0].operators[0].builtinOptions",
      "Conv2DOptions has a field in slot 8, which the known schema (7 slots) lacks")
  }

  @Test(arguments: [0, 127, 255]) func anUnknownUnionMemberIsRefused(tag: Int) throws {
    var raw = try Self.sample()
    raw.put(tag, width: 1, at: raw.field(3, of: Self.node(raw)))
    Self.expectRefusal(
      raw.bytes, at: "subgraphs[0].operators[0].builtinOptions", "the tag of the union BuiltinOptions is \(tag)")
  }

  @Test func dataOutsideOfTheFlatBufferIsRefused() throws {
    var buffer = Table(.buffer)
    buffer.set("offset", 1)
    buffer.set("size", 1)
    var file = TFLiteFile()
    file.model.set("buffers", [Table(.buffer), buffer])
    #expect(try TFLiteFile(bytes: try file.bytes()).model == file.model)
    buffer.set("offset", 4096)
    var node = Table(.operator)
    node.set("largeCustomOptionsSize", 10)
    var graph = Table(.subGraph)
    graph.set("operators", [node])
    file.model.set("subgraphs", [graph])
    file.model.set("buffers", [Table(.buffer), buffer])
    let bytes = try file.bytes()
    let error = #expect(throws: TFLiteError.self) { try TFLiteFile(bytes: bytes) }
    #expect(error?.faults.map(\.place) == ["buffers[1]", "subgraphs[0].operators[0]"])
  }
}
