/// Writes tables as a FlatBuffer, each object after those that refer to it.
///
/// Front to back, where other builders go back to front: references point forward anyway, and alignment is then plain.
struct FlatBufferBuilder {
  private(set) var bytes: [UInt8]
  /// Where each vtable that was written lies.
  private var vtables: [[UInt16]: Int] = [:]
  /// How the fields of a table lie, by schema and presence.
  private var layouts: [LayoutKey: Layout] = [:]

  private struct LayoutKey: Hashable {
    let schema: ObjectIdentifier
    let present: UInt64
  }

  /// The bytes that one table takes, and its vtable's entries.
  private struct Layout {
    let alignment: Int
    let size: Int
    let offsets: [UInt16]
  }

  /// Writes a file.
  ///
  /// - Parameters:
  ///   - root: The root table.
  ///   - identifier: The four characters that mark the kind of file.
  ///   - capacity: About how many bytes the file will have.
  init(root: Table, identifier: String, capacity: Int) {
    bytes = []
    bytes.reserveCapacity(capacity)
    bytes.append(littleEndian: 0, width: 4)
    bytes.append(contentsOf: identifier.utf8)
    point(from: 0, to: write(root))
    align(16)
  }
}

extension FlatBufferBuilder {
  /// Writes a table and all that it holds; returns its position.
  private mutating func write(_ table: Table) -> Int {
    let layout = layout(of: table)
    let vtable = write(vtable: [UInt16(4 + 2 * layout.offsets.count), UInt16(layout.size)] + layout.offsets)
    // Fields begin after the four bytes of the vtable's offset: an eight-byte field needs that place aligned.
    align(layout.alignment, before: 4)
    let position = bytes.count
    bytes.append(littleEndian: UInt64(bitPattern: Int64(position - vtable)), width: 4)
    bytes.append(contentsOf: repeatElement(0, count: layout.size - 4))
    for (slot, offset) in layout.offsets.enumerated() where offset != 0 {
      if let value = table[slot: slot] { write(value, table.schema.fields[slot], at: position + Int(offset)) }
    }
    return position
  }

  /// Writes what a field holds: a number in its place, anything else behind, with a reference.
  private mutating func write(_ value: Value, _ field: FieldSchema, at place: Int) {
    switch value {
    case .scalar(let bits): bytes.put(littleEndian: bits, width: field.width, at: place)
    case .vector(let vector):
      var alignment = vector.type.width
      if case .vector(_, let demanded) = field.kind { alignment = demanded }
      align(max(4, alignment), before: 4)
      point(from: place, to: bytes.count)
      bytes.append(littleEndian: UInt64(vector.count), width: 4)
      bytes.append(contentsOf: vector.bytes)
    case .string(let text):
      align(4)
      point(from: place, to: bytes.count)
      bytes.append(littleEndian: UInt64(text.count), width: 4)
      bytes.append(contentsOf: text)
      bytes.append(0)
    case .table(let table): point(from: place, to: write(table))
    case .tables(let tables):
      align(4)
      let start = bytes.count
      point(from: place, to: start)
      bytes.append(littleEndian: UInt64(tables.count), width: 4)
      bytes.append(contentsOf: repeatElement(0, count: 4 * tables.count))
      for (index, table) in tables.enumerated() { point(from: start + 4 + 4 * index, to: write(table)) }
    }
  }

  private mutating func write(vtable: [UInt16]) -> Int {
    if let position = vtables[vtable] { return position }
    align(2)
    let position = bytes.count
    for entry in vtable { bytes.append(littleEndian: UInt64(entry), width: 2) }
    vtables[vtable] = position
    return position
  }

  /// The widest fields first, so that no padding is needed between them.
  private mutating func layout(of table: Table) -> Layout {
    var present: UInt64 = 0
    for slot in table.values.indices where table[slot: slot] != nil { present |= 1 << UInt64(slot) }
    let key = LayoutKey(schema: ObjectIdentifier(table.schema), present: present)
    if let layout = layouts[key] { return layout }

    var offsets = [UInt16](repeating: 0, count: 64 - present.leadingZeroBitCount)
    var size = 4
    for width in [8, 4, 2, 1] {
      for slot in offsets.indices where present >> UInt64(slot) & 1 == 1 && table.schema.fields[slot].width == width {
        offsets[slot] = UInt16(size)
        size += width
      }
    }
    let widest = offsets.indices.filter { offsets[$0] != 0 }.map { table.schema.fields[$0].width }.max() ?? 4
    let layout = Layout(alignment: max(4, widest), size: size, offsets: offsets)
    layouts[key] = layout
    return layout
  }

  /// Appends zeros until `before` bytes further on the position is a multiple of `alignment`.
  private mutating func align(_ alignment: Int, before: Int = 0) {
    let rest = (bytes.count + before) % alignment
    if rest != 0 { bytes.append(contentsOf: repeatElement(0, count: alignment - rest)) }
  }

  /// Sets the reference at a place; a file that grows beyond its range is refused as a whole, later.
  private mutating func point(from place: Int, to position: Int) {
    bytes.put(littleEndian: UInt64(position - place), width: 4, at: place)
  }
}
