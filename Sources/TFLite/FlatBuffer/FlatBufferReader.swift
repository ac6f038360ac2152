/// Reads tables from the bytes of a FlatBuffer, trusting none of them.
///
/// Format: <https://flatbuffers.dev/internals>. Offsets to values point forward and the schema is not recursive, so
/// neither can nest without end. What remains is aliasing: many references to one object, each of which becomes an
/// object of its own. A budget proportional to the file's size bounds that.
struct FlatBufferReader {
  let bytes: [UInt8]
  /// The end of what any reference reached.
  private(set) var end = 0
  /// How much may still be read.
  private var budget: Int
  /// Where the reader is, for messages.
  private var path: [Step] = []

  private enum Step {
    case field(String)
    case element(Int)
  }

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // Writers hardly share anything but vtables; a file that is read whole costs about one and a half times its size.
    budget = 4 * bytes.count + (1 << 16)
  }

  /// The root table.
  mutating func root(_ schema: TableSchema) throws(TFLiteError) -> Table {
    try require(bytes.count >= 8, "the file has \(bytes.count) bytes and no room for a header")
    return try table(at: try follow(0), schema)
  }
}

// MARK: - Tables

extension FlatBufferReader {
  private mutating func table(at position: Int, _ schema: TableSchema) throws(TFLiteError) -> Table {
    let layout = try tableLayout(at: position, schema)
    try charge(8 + (layout.vtableEnd - layout.vtable) + 8 * schema.fields.count)
    var table = Table(schema)
    for slot in 0..<(layout.vtableEnd - layout.vtable - 4) / 2 {
      let offset = Int(bytes.littleEndian(at: layout.vtable + 4 + 2 * slot, width: 2))
      if offset == 0 { continue }
      guard slot < schema.fields.count else {
        throw fault(
          "\(schema.name) has a field in slot \(slot), which the known schema (\(schema.fields.count) slots) lacks; "
            + "the file is newer than this program, or damaged")
      }
      let field = schema.fields[slot]
      path.append(.field(field.name))
      try require(
        offset >= 4 && offset + field.width <= layout.size,
        "lies at \(offset) of a table of \(layout.size) bytes")
      table[slot: slot] = try value(at: position + offset, field, tag: slot > 0 ? table[slot: slot - 1] : nil)
      path.removeLast()
    }
    return table
  }

  /// Where the vtable of a table lies, and the size of the table that it states.
  private mutating func tableLayout(
    at position: Int, _ schema: TableSchema
  ) throws(TFLiteError) -> (vtable: Int, vtableEnd: Int, size: Int) {
    try reach(position, count: 4)
    let vtable = position - Int(Int32(truncatingIfNeeded: bytes.littleEndian(at: position, width: 4)))
    try require(vtable >= 0, "the vtable of the table at byte \(position) lies before the file")
    try reach(vtable, count: 4)
    let vtableSize = Int(bytes.littleEndian(at: vtable, width: 2))
    let size = Int(bytes.littleEndian(at: vtable + 2, width: 2))
    try require(
      vtableSize >= 4 && vtableSize % 2 == 0 && size >= 4,
      "the vtable at byte \(vtable) states the sizes \(vtableSize) and \(size); both are at least 4")
    try reach(vtable, count: vtableSize)
    try reach(position, count: size)
    return (vtable, vtable + vtableSize, size)
  }

  private mutating func value(at position: Int, _ field: FieldSchema, tag: Value?) throws(TFLiteError) -> Value {
    switch field.kind {
    case .scalar(let type, _): return .scalar(bytes.littleEndian(at: position, width: type.width))
    case .vector(let type, _):
      let elements = try vector(at: try follow(position), elementWidth: type.width)
      return .vector(ScalarVector(type, bytes: bytes[elements]))
    case .string: return .string(bytes[try vector(at: try follow(position), elementWidth: 1)])
    case .table(let schema): return .table(try table(at: try follow(position), schema))
    case .tables(let schema): return .tables(try tables(at: try follow(position), schema))
    case .union(let union):
      var number: UInt64 = 0
      if case .scalar(let bits) = tag { number = bits }
      guard number >= 1, number <= union.members.count else {
        throw fault(
          "the tag of the union \(union.name) is \(number); the known schema has the members "
            + "1 to \(union.members.count)")
      }
      return .table(try table(at: try follow(position), union.members[Int(number) - 1]))
    }
  }

  private mutating func tables(at position: Int, _ schema: TableSchema) throws(TFLiteError) -> [Table] {
    let offsets = try vector(at: position, elementWidth: 4)
    var result: [Table] = []
    result.reserveCapacity(offsets.count / 4)
    for (index, offset) in stride(from: offsets.lowerBound, to: offsets.upperBound, by: 4).enumerated() {
      path.append(.element(index))
      result.append(try table(at: try follow(offset), schema))
      path.removeLast()
    }
    return result
  }
}

// MARK: - Checks

extension FlatBufferReader {
  /// The bytes of a vector's elements.
  private mutating func vector(at position: Int, elementWidth: Int) throws(TFLiteError) -> Range<Int> {
    try reach(position, count: 4)
    let count = Int(bytes.littleEndian(at: position, width: 4))
    // At most 2^32 · 8: no overflow.
    try reach(position + 4, count: count * elementWidth)
    try charge(count * elementWidth + 8)
    return position + 4..<position + 4 + count * elementWidth
  }

  /// Where the reference at a position leads.
  private mutating func follow(_ position: Int) throws(TFLiteError) -> Int {
    try reach(position, count: 4)
    let offset = Int(bytes.littleEndian(at: position, width: 4))
    try require(offset >= 4, "the reference at byte \(position) leads to itself")
    return position + offset
  }

  /// Checks that so many bytes from a position on are in the file.
  private mutating func reach(_ position: Int, count: Int) throws(TFLiteError) {
    try require(
      count <= bytes.count && position <= bytes.count - count,
      "leads to \(count) bytes from byte \(position) on, and the file has \(bytes.count); it is truncated or damaged")
    end = max(end, position + count)
  }

  private mutating func charge(_ amount: Int) throws(TFLiteError) {
    budget -= amount
    try require(
      budget >= 0, "the file refers to the same bytes again and again; what it states is much larger than the file")
  }

  private func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(TFLiteError) {
    if !condition { throw fault(message()) }
  }

  private func fault(_ message: String) -> TFLiteError {
    var place = ""
    for step in path {
      switch step {
      case .field(let name): place += place.isEmpty ? name : ".\(name)"
      case .element(let index): place += "[\(index)]"
      }
    }
    return TFLiteError(place: place.isEmpty ? "model" : place, message: message)
  }
}
