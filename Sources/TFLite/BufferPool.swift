/// The buffers of a model that is being changed: which are in use, and by how many.
///
/// Indices never move, since tables that are kept refer to them; what nobody refers to any more loses its bytes.
struct BufferPool {
  private(set) var tables: [Table]
  private var users: [Int]
  /// For a buffer of the source those that took its place, the last few: what its users share may become equal again.
  private var replacements: [Int: [Int]] = [:]

  /// Takes over a model's buffers; the first, which stands for "no data", is made when there is none.
  init(_ model: Table) {
    tables = model.tables("buffers")
    if tables.isEmpty { tables = [Table(.buffer)] }
    users = Array(repeating: 0, count: tables.count)
    for graph in model.tables("subgraphs") {
      for tensor in graph.tables("tensors") { use(tensor.integer("buffer")) }
    }
    for entry in model.tables("metadata") { use(entry.integer("buffer")) }
    for index in model.integers("metadataBuffer") { use(index) }
  }

  private mutating func use(_ index: Int64) {
    if let index = Int(exactly: index), users.indices.contains(index) { users[index] += 1 }
  }

  /// Makes bytes the data of a user whose data was in a buffer (0 for none).
  ///
  /// - Returns: The buffer that holds them: the same one when nobody else uses it, 0 when there are no bytes.
  mutating func store(_ bytes: ArraySlice<UInt8>, insteadOf old: Int) -> Int {
    if !bytes.isEmpty, let twin = replacements[old]?.last(where: { tables[$0].vector("data")?.bytes == bytes }) {
      release(old)
      users[twin] += 1
      return twin
    }
    let isOwned = old > 0 && users.indices.contains(old) && users[old] == 1
    if isOwned, !bytes.isEmpty {
      tables[old].set("data", bytes: bytes)
      return old
    }
    release(old)
    if bytes.isEmpty { return 0 }
    var table = Table(.buffer)
    table.set("data", bytes: bytes)
    tables.append(table)
    users.append(1)
    if old > 0 { replacements[old] = (replacements[old] ?? []).suffix(7) + [tables.count - 1] }
    return tables.count - 1
  }

  /// States that one user of a buffer is gone.
  mutating func release(_ index: Int) {
    if users.indices.contains(index) { users[index] -= 1 }
  }

  /// Drops the bytes of buffers that nobody uses.
  mutating func dropUnused() {
    for index in tables.indices where users[index] <= 0 && tables[index]["data"] != nil {
      tables[index]["data"] = nil
    }
  }
}
