/// One table of the TensorFlow Lite schema: its fields by slot.
///
/// The rows stand in the other files of this folder. No table contains itself, not even through others, so that reading
/// and writing are never nested deeper than the schema is.
package final class TableSchema: Sendable, Hashable {
  /// The name in the schema: `Conv2DOptions`.
  package let name: String
  /// The fields in the order of their slots.
  package let fields: [FieldSchema]

  init(_ name: String, _ fields: [FieldSchema]) {
    self.name = name
    self.fields = fields
  }

  /// The slot of a field, or `nil` when the table has none of that name.
  package func slot(_ name: String) -> Int? { fields.firstIndex { $0.name == name } }

  /// Whether both are the same row.
  package static func == (a: TableSchema, b: TableSchema) -> Bool { a === b }

  /// Hashes the name, which is unique.
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// A union of the schema: the field before it, its tag, says which of the members it holds.
package final class UnionSchema: Sendable {
  /// The name in the schema.
  package let name: String
  /// The members; the tag of the first is 1.
  package let members: [TableSchema]

  init(_ name: String, _ members: [TableSchema]) {
    self.name = name
    self.members = members
  }

  /// The tag of a member, or `nil` when the union does not have it.
  package func tag(of table: TableSchema) -> Int? { members.firstIndex(of: table).map { $0 + 1 } }
}

/// One field of a table.
package struct FieldSchema: Sendable {
  /// What a field holds.
  package enum Kind: Sendable {
    /// A number and the bits of its default.
    case scalar(ScalarType, defaultBits: UInt64)
    /// A list of numbers, whose first lies at a multiple of `alignment`.
    case vector(ScalarType, alignment: Int)
    case string
    case table(TableSchema)
    case tables(TableSchema)
    /// A table that the field in the slot before names.
    case union(UnionSchema)
  }

  /// The name, in camel case.
  package let name: String
  /// What the field holds.
  package let kind: Kind

  /// The bytes that the field takes in its table, which is also its alignment.
  var width: Int {
    if case .scalar(let type, _) = kind { return type.width }
    return 4
  }

  static func bool(_ name: String, _ value: Bool = false) -> FieldSchema { integer(name, .bool, value ? 1 : 0) }
  static func int8(_ name: String, _ value: Int64 = 0) -> FieldSchema { integer(name, .int8, value) }
  static func uint8(_ name: String, _ value: Int64 = 0) -> FieldSchema { integer(name, .uint8, value) }
  static func int32(_ name: String, _ value: Int64 = 0) -> FieldSchema { integer(name, .int32, value) }
  static func uint32(_ name: String, _ value: Int64 = 0) -> FieldSchema { integer(name, .uint32, value) }
  static func int64(_ name: String, _ value: Int64 = 0) -> FieldSchema { integer(name, .int64, value) }
  static func uint64(_ name: String, _ value: Int64 = 0) -> FieldSchema { integer(name, .uint64, value) }

  static func float32(_ name: String, _ value: Float = 0) -> FieldSchema {
    FieldSchema(name: name, kind: .scalar(.float32, defaultBits: UInt64(value.bitPattern)))
  }

  static func vector(_ name: String, _ type: ScalarType, alignment: Int = 1) -> FieldSchema {
    FieldSchema(name: name, kind: .vector(type, alignment: max(alignment, type.width)))
  }

  static func string(_ name: String) -> FieldSchema { FieldSchema(name: name, kind: .string) }
  static func table(_ name: String, _ table: TableSchema) -> FieldSchema {
    FieldSchema(name: name, kind: .table(table))
  }
  static func union(_ name: String, _ union: UnionSchema) -> FieldSchema {
    FieldSchema(name: name, kind: .union(union))
  }

  static func tables(_ name: String, _ table: TableSchema) -> FieldSchema {
    FieldSchema(name: name, kind: .tables(table))
  }

  private static func integer(_ name: String, _ type: ScalarType, _ value: Int64) -> FieldSchema {
    FieldSchema(name: name, kind: .scalar(type, defaultBits: type.bits(value)))
  }
}
