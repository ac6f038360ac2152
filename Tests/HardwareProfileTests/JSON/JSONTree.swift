import Foundation

/// A JSON value as Foundation reads it: a second reading that shares no code with the profile's own.
indirect enum JSONTree: Codable, Equatable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONTree])
  case object([String: JSONTree])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONTree].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONTree].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// Reads a text.
  init(_ text: String) throws { self = try JSONDecoder().decode(JSONTree.self, from: Data(text.utf8)) }

  /// The bytes of the value.
  func bytes() throws -> [UInt8] { Array(try JSONEncoder().encode(self)) }

  /// A number for the kind of the value; values of two kinds are never both right.
  var kind: Int {
    switch self {
    case .null: 0
    case .bool: 1
    case .number: 2
    case .string: 3
    case .array: 4
    case .object: 5
    }
  }

  subscript(key: String) -> JSONTree? {
    if case .object(let members) = self { members[key] } else { nil }
  }
}

extension JSONTree {
  enum Step: Hashable {
    case key(String)
    case index(Int)
  }

  /// The steps to every value below this one.
  var paths: [[Step]] {
    switch self {
    case .object(let members):
      members.sorted { $0.key < $1.key }.flatMap { key, value in
        [[.key(key)]] + value.paths.map { [.key(key)] + $0 }
      }
    case .array(let elements):
      elements.enumerated().flatMap { index, value in [[.index(index)]] + value.paths.map { [.index(index)] + $0 } }
    default: []
    }
  }

  /// The value at some steps.
  subscript(steps: ArraySlice<Step>) -> JSONTree {
    guard let step = steps.first else { return self }
    switch (step, self) {
    case (.key(let key), .object(let members)): return (members[key] ?? .null)[steps.dropFirst()]
    case (.index(let index), .array(let elements)) where elements.indices.contains(index):
      return elements[index][steps.dropFirst()]
    default: return .null
    }
  }

  /// The document with another value at some steps, or none.
  func replacing(_ steps: ArraySlice<Step>, by value: JSONTree?) -> JSONTree? {
    guard let step = steps.first else { return value }
    switch (step, self) {
    case (.key(let key), .object(var members)):
      members[key] = (members[key] ?? .null).replacing(steps.dropFirst(), by: value)
      return .object(members)
    case (.index(let index), .array(var elements)):
      let new = elements[index].replacing(steps.dropFirst(), by: value)
      elements.replaceSubrange(index...index, with: new.map { [$0] } ?? [])
      return .array(elements)
    default: return self
    }
  }

  /// The steps as messages write them.
  static func text(_ steps: [Step]) -> String {
    steps.reduce("") { text, step in
      switch step {
      case .key(let key): text.isEmpty ? key : "\(text).\(key)"
      case .index(let index): "\(text)[\(index)]"
      }
    }
  }
}
