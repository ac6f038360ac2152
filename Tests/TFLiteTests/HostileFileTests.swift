import TFLite
import TestSupport
import Testing

@Suite struct HostileFileTests {
  /// A file whose list of `count` buffers names the same buffer, of `size` bytes, again and again.
  static func aliased(count: Int, size: Int) throws -> [UInt8] {
    var buffer = Table(.buffer)
    buffer.set("data", bytes: Array(repeating: 1, count: size)[...])
    var file = TFLiteFile()
    file.model.set("buffers", Array(repeating: Table(.buffer), count: count - 1) + [buffer])
    var raw = RawFlatBuffer(bytes: try file.bytes())
    let list = raw.follow(raw.field(4, of: raw.root)) + 4
    let target = raw.follow(list + 4 * (count - 1))
    for index in 0..<count { raw.put(target - (list + 4 * index), width: 4, at: list + 4 * index) }
    return raw.bytes
  }

  @Test func objectsThatAreReferredToAgainAndAgainAreRefused() throws {
    let error = #expect(throws: TFLiteError.self) {
      try TFLiteFile(bytes: try Self.aliased(count: 10_000, size: 100_000))
    }
    #expect(error?.description.contains("again and again") == true)
  }

  @Test func aFewSharedObjectsAreRead() throws {
    let file = try TFLiteFile(bytes: try Self.aliased(count: 3, size: 100_000))
    #expect(file.model.tables("buffers").count == 3)
  }

  @Test func manyTensorsOfOneBufferAreRead() throws {
    var tensor = Table(.tensor)
    tensor.set("buffer", 1)
    var graph = Table(.subGraph)
    graph.set("tensors", Array(repeating: tensor, count: 20_000))
    var buffer = Table(.buffer)
    buffer.set("data", bytes: Array(repeating: 1, count: 1_000_000)[...])
    var file = TFLiteFile()
    file.model.set("subgraphs", [graph])
    file.model.set("buffers", [Table(.buffer), buffer])
    #expect(try TFLiteFile(bytes: try file.bytes()).model == file.model)
  }

  @Test func aHugeVtableSharedByManyTablesIsRefused() throws {
    var file = TFLiteFile()
    file.model.set("buffers", Array(repeating: Table(.buffer), count: 10_000))
    var raw = RawFlatBuffer(bytes: try file.bytes())
    // All empty buffers share one vtable; let it claim the largest size, over zeros.
    let vtable = raw.bytes.count
    raw.bytes += [0xFE, 0xFF, 4, 0] + Array(repeating: 0, count: 65534)
    for index in 0..<10_000 {
      let table = raw.element(index, ofField: 4, of: raw.root)
      raw.put(table - vtable, width: 4, at: table)
    }
    #expect(throws: TFLiteError.self) { try TFLiteFile(bytes: raw.bytes) }
  }

  @Test func everyTruncationIsRefusedOrHarmless() throws {
    let bytes = try RefusalTests.sample().bytes
    for count in 0..<bytes.count { try expectHarmless(Array(bytes[..<count])) }
  }

  @Test func everyDamagedByteIsRefusedOrHarmless() throws {
    let sample = try RefusalTests.sample().bytes
    for position in sample.indices {
      for value: UInt8 in [0, 1, 4, 0x7F, 0x80, 0xFF, sample[position] &+ 1, sample[position] ^ 0x10] {
        var bytes = sample
        bytes[position] = value
        try expectHarmless(bytes)
      }
    }
  }

  @Test func everyDamagedByteOfANetworkIsRefusedOrHarmless() throws {
    let sample = try TinyModel.file().bytes()
    for position in sample.indices {
      for value: UInt8 in [0, 0xFF] {
        var bytes = sample
        bytes[position] = value
        guard let file = try? TFLiteFile(bytes: bytes), let network = try? file.network() else { continue }
        let written = try TFLiteFile(network, replacing: file)
        #expect(try written.network() == network)
      }
    }
  }

  /// Reading refuses the bytes, or what it gives can be written and read again.
  private func expectHarmless(_ bytes: [UInt8]) throws {
    guard let file = try? TFLiteFile(bytes: bytes) else { return }
    let again = try TFLiteFile(bytes: try file.bytes())
    #expect(again.model == file.model)
  }
}
