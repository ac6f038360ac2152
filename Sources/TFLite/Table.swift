/// What one field of a table holds.
package enum Value: Hashable, Sendable {
  /// The bits of a number as stored, without sign extension.
  case scalar(UInt64)
  case vector(ScalarVector)
  /// The bytes of a string, by convention UTF-8.
  case string(ArraySlice<UInt8>)
  case table(Table)
  case tables([Table])
}

/// One table of a TensorFlow Lite file: the fields that are present, and nothing about what they mean.
///
/// Fields are named as in the schema, in camel case. To name a field that the table does not have, or to read it as
/// another type than the schema's, is a programmer error.
package struct Table: Hashable, Sendable {
  /// The row of the schema.
  package let schema: TableSchema
  /// The values by slot; `nil` for a field that is absent, whose value is then its default.
  private(set) var values: [Value?]

  /// Creates a table without fields.
  package init(_ schema: TableSchema) {
    self.schema = schema
    values = Array(repeating: nil, count: schema.fields.count)
  }

  /// The value of a field, or `nil` when it is absent.
  package subscript(name: String) -> Value? {
    get { values[slot(name)] }
    set {
      let slot = slot(name)
      if let newValue {
        precondition(schema.fields[slot].accepts(newValue), "\(schema.name).\(name) cannot hold such a value")
      }
      values[slot] = newValue
    }
  }

  /// The value in a slot.
  subscript(slot slot: Int) -> Value? {
    get { values[slot] }
    set { values[slot] = newValue }
  }

  private func slot(_ name: String) -> Int {
    guard let slot = schema.slot(name) else { preconditionFailure("\(schema.name) has no field \(name)") }
    return slot
  }
}

// MARK: - Reading

extension Table {
  /// An integer, or its default; clamped to `Int64` when it is a larger 64-bit unsigned integer.
  package func integer(_ name: String) -> Int64 {
    let (type, bits) = scalar(name)
    return type.integer(bits) ?? Int64.max
  }

  /// Whether a number is not zero.
  package func flag(_ name: String) -> Bool { scalar(name).bits != 0 }

  /// A float32, or its default.
  package func float(_ name: String) -> Float {
    let (type, bits) = scalar(name)
    precondition(type == .float32, "\(schema.name).\(name) is no float32")
    return Float(bitPattern: UInt32(truncatingIfNeeded: bits))
  }

  /// The text of a string, empty when it is absent; bytes that are no UTF-8 are replaced.
  package func text(_ name: String) -> String {
    guard case .string(let bytes) = self[name] else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A list of numbers, or `nil` when it is absent.
  package func vector(_ name: String) -> ScalarVector? {
    guard case .vector(let vector) = self[name] else { return nil }
    return vector
  }

  /// A list of integers, empty when it is absent.
  package func integers(_ name: String) -> [Int64] { vector(name)?.integers ?? [] }

  /// A table within the table, or the table of a union; `nil` when it is absent.
  package func table(_ name: String) -> Table? {
    guard case .table(let table) = self[name] else { return nil }
    return table
  }

  /// A list of tables, empty when it is absent.
  package func tables(_ name: String) -> [Table] {
    guard case .tables(let tables) = self[name] else { return [] }
    return tables
  }

  private func scalar(_ name: String) -> (type: ScalarType, bits: UInt64) {
    let slot = slot(name)
    guard case .scalar(let type, let defaultBits) = schema.fields[slot].kind else {
      preconditionFailure("\(schema.name).\(name) is no number")
    }
    if case .scalar(let bits) = values[slot] { return (type, bits) }
    return (type, defaultBits)
  }
}

// MARK: - Writing

extension Table {
  /// Sets an integer; a value that the field's type cannot hold is a programmer error.
  package mutating func set(_ name: String, _ value: Int64) {
    guard case .scalar(let type, _) = schema.fields[slot(name)].kind else {
      preconditionFailure("\(schema.name).\(name) is no number")
    }
    let bits = type.bits(value)
    precondition(type.integer(bits) == value, "\(schema.name).\(name) cannot hold \(value)")
    self[name] = .scalar(bits)
  }

  /// Sets a flag.
  package mutating func set(_ name: String, flag: Bool) { set(name, flag ? 1 : 0) }

  /// Sets a float32.
  package mutating func set(_ name: String, float: Float) { self[name] = .scalar(UInt64(float.bitPattern)) }

  /// Sets a string.
  package mutating func set(_ name: String, _ text: String) { self[name] = .string(Array(text.utf8)[...]) }

  /// Sets a list of integers in the field's type; a value that the type cannot hold keeps its low bits.
  package mutating func set(_ name: String, _ values: [Int64]) {
    guard case .vector(let type, _) = schema.fields[slot(name)].kind else {
      preconditionFailure("\(schema.name).\(name) is no list of numbers")
    }
    self[name] = .vector(ScalarVector(type, values))
  }

  /// Sets a list of float32.
  package mutating func set(_ name: String, floats values: [Float]) { self[name] = .vector(ScalarVector(values)) }

  /// Sets a list of bytes.
  package mutating func set(_ name: String, bytes: ArraySlice<UInt8>) {
    self[name] = .vector(ScalarVector(.uint8, bytes: bytes))
  }

  /// Sets a list of tables.
  package mutating func set(_ name: String, _ tables: [Table]) { self[name] = .tables(tables) }

  /// Sets a table, and the tag when the field is a union; `nil` removes both.
  package mutating func set(_ name: String, _ table: Table?) {
    let slot = slot(name)
    if case .union(let union) = schema.fields[slot].kind {
      values[slot - 1] = table.flatMap { union.tag(of: $0.schema) }.map { .scalar(UInt64($0)) }
    }
    self[name] = table.map(Value.table)
  }
}

extension FieldSchema {
  /// Whether a value is of the kind that the field holds.
  func accepts(_ value: Value) -> Bool {
    switch (kind, value) {
    case (.scalar(let type, _), .scalar(let bits)): type.width == 8 || bits >> UInt64(8 * type.width) == 0
    case (.vector(let type, _), .vector(let vector)): vector.type == type
    case (.string, .string): true
    case (.table(let schema), .table(let table)): table.schema == schema
    case (.tables(let schema), .tables(let tables)): tables.allSatisfy { $0.schema == schema }
    case (.union(let union), .table(let table)): union.tag(of: table.schema) != nil
    default: false
    }
  }
}
