import TFLite
import TestSupport

extension RawFlatBuffer {
  /// The position of the first subgraph.
  fileprivate var graph: Int { element(0, ofField: 2, of: root) }
  /// The position of a tensor of the first subgraph.
  fileprivate func tensor(_ index: Int) -> Int { element(index, ofField: 0, of: graph) }
  /// The position of an operator of the first subgraph.
  fileprivate func node(_ index: Int) -> Int { element(index, ofField: 3, of: graph) }

  /// Replaces a list of tables by one at the end of the file that names one empty table `count` times.
  fileprivate mutating func alias(_ count: Int, inField place: Int) {
    bytes += Array(repeating: 0, count: (4 - bytes.count % 4) % 4)
    let list = bytes.count
    let table = list + 4 + 4 * count
    bytes += Array(repeating: 0, count: 4 + 4 * count) + Array(repeating: 0, count: 8)
    put(list - place, width: 4, at: place)
    put(count, width: 4, at: list)
    for index in 0..<count { put(table - (list + 4 + 4 * index), width: 4, at: list + 4 + 4 * index) }
    // The vtable behind the table: four bytes each for the table, its size and its own.
    put(-4, width: 4, at: table)
    put(4, width: 2, at: table + 4)
    put(4, width: 2, at: table + 6)
  }
}

/// Damage to the bytes of the container.
extension HostileModel {
  static let flatBuffer: [HostileModel] = [
    HostileModel(raw: "a root beyond the file", "truncated or damaged") { $0.put(1 << 30, width: 4, at: 0) },
    HostileModel(raw: "a root that is the header", "leads to itself") { $0.put(0, width: 4, at: 0) },
    HostileModel(raw: "a root in the identifier", "vtable") { $0.put(4, width: 4, at: 0) },
    HostileModel(raw: "another identifier", "not a TensorFlow Lite model") { $0.put(0x3354_4C46, width: 4, at: 4) },
    HostileModel(raw: "half of a file", "truncated or damaged") { $0.bytes.removeLast($0.bytes.count / 2) },
    HostileModel(raw: "a cycle: a subgraph that is the model", "truncated or damaged") {
      // References are unsigned; the distance back would have to wrap around.
      let place = $0.follow($0.field(2, of: $0.root)) + 4
      $0.put($0.root - place, width: 4, at: place)
    },
    HostileModel(raw: "a cycle: a table that is its own vtable", "states the sizes") {
      $0.put(0, width: 4, at: $0.root)
    },
    HostileModel(raw: "a cycle: a list that refers to itself", "leads to itself") {
      $0.put(0, width: 4, at: $0.follow($0.field(0, of: $0.graph)) + 4)
    },
    HostileModel(raw: "a vtable before the file", "lies before the file") {
      $0.put(0x7FFF_FFFF, width: 4, at: $0.root)
    },
    HostileModel(raw: "a vtable behind the file", "truncated or damaged") {
      $0.put(-0x7FFF_FFFF, width: 4, at: $0.root)
    },
    HostileModel(raw: "a vtable of odd size", "states the sizes 7") {
      $0.put(7, width: 2, at: $0.vtable(of: $0.graph))
    },
    HostileModel(raw: "a vtable of no size", "states the sizes 0") { $0.put(0, width: 2, at: $0.vtable(of: $0.graph)) },
    HostileModel(raw: "a vtable of 64 KiB", "truncated or damaged") {
      $0.put(0xFFFE, width: 2, at: $0.vtable(of: $0.graph))
    },
    HostileModel(raw: "a table of 64 KiB", "truncated or damaged") {
      $0.put(0xFFFF, width: 2, at: $0.vtable(of: $0.graph) + 2)
    },
    HostileModel(raw: "a field outside of its table", "lies at 4096 of a table") {
      $0.put(4096, width: 2, at: $0.vtable(of: $0.tensor(0)) + 4)
    },
    HostileModel(raw: "a shape of 2^32 − 1 axes", "leads to 17179869180 bytes") {
      $0.put(0xFFFF_FFFF, width: 4, at: $0.follow($0.field(0, of: $0.tensor(0))))
    },
    HostileModel(raw: "2^30 tensors", "leads to 4294967296 bytes") {
      $0.put(1 << 30, width: 4, at: $0.follow($0.field(0, of: $0.graph)))
    },
    HostileModel(raw: "a name without end", "leads to 4294967295 bytes") {
      $0.put(0xFFFF_FFFF, width: 4, at: $0.follow($0.field(3, of: $0.tensor(0))))
    },
    HostileModel(raw: "a weight buffer of 2 GiB", "leads to 2147483648 bytes") {
      $0.put(1 << 31, width: 4, at: $0.follow($0.field(0, of: $0.element(1, ofField: 4, of: $0.root))))
    },
    HostileModel(raw: "options of an unknown kind", "the tag of the union BuiltinOptions is 255") {
      $0.put(255, width: 1, at: $0.field(3, of: $0.node(0)))
    },
    HostileModel(raw: "a million times the same tensor", "again and again") {
      $0.alias(1_000_000, inField: $0.field(0, of: $0.graph))
    },
    HostileModel(made: "10 000 times the same 100 000 bytes", "again and again", .convolution) {
      var raw = RawFlatBuffer(bytes: try manyBuffers(10_000, size: 100_000))
      let list = raw.follow(raw.field(4, of: raw.root)) + 4
      let target = raw.follow(list + 4 * 9_999)
      for index in 0..<10_000 { raw.put(target - (list + 4 * index), width: 4, at: list + 4 * index) }
      return raw.bytes
    },
    HostileModel(made: "10 000 tables that share a vtable of 64 KiB", "again and again", .convolution) {
      var raw = RawFlatBuffer(bytes: try manyBuffers(10_000, size: 1))
      let vtable = raw.bytes.count
      raw.bytes += [0xFE, 0xFF, 4, 0] + Array(repeating: 0, count: 65534)
      for index in 0..<10_000 {
        let table = raw.element(index, ofField: 4, of: raw.root)
        raw.put(table - vtable, width: 4, at: table)
      }
      return raw.bytes
    },
    HostileModel("data beside the FlatBuffer", "outside of the FlatBuffer", .convolution) {
      $0.model.change("buffers", 1) { $0.set("offset", 1 << 40) }
    },
  ]

  /// A file of so many buffers, the last of which holds so many bytes.
  private static func manyBuffers(_ count: Int, size: Int) throws -> [UInt8] {
    var buffer = Table(.buffer)
    buffer.set("data", bytes: Array(repeating: 1, count: size)[...])
    var file = TFLiteFile()
    file.model.set("buffers", Array(repeating: Table(.buffer), count: count - 1) + [buffer])
    return try file.bytes()
  }
}
