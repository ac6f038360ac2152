/// A second, unchecked way through a FlatBuffer that a test wrote, to find the bytes that it wants to damage.
package struct RawFlatBuffer {
  /// The file.
  package var bytes: [UInt8]

  /// Takes a sound file.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// The position of the root table.
  package var root: Int { number(at: 0, width: 4) }

  /// The unsigned number at a position.
  package func number(at position: Int, width: Int) -> Int {
    (0..<width).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
  }

  /// Overwrites the number at a position with the low bytes of another.
  package mutating func put(_ value: Int, width: Int, at position: Int) {
    for byte in 0..<width { bytes[position + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
  }

  /// The position of a table's vtable.
  package func vtable(of table: Int) -> Int { table - number(at: table, width: 4) }

  /// The position of a field in a table.
  package func field(_ slot: Int, of table: Int) -> Int {
    table + number(at: vtable(of: table) + 4 + 2 * slot, width: 2)
  }

  /// Where the reference at a position leads.
  package func follow(_ position: Int) -> Int { position + number(at: position, width: 4) }

  /// The position of one table of a list of tables.
  package func element(_ index: Int, ofField slot: Int, of table: Int) -> Int {
    follow(follow(field(slot, of: table)) + 4 + 4 * index)
  }
}
