/// Where a JSON value was read.
struct Origin: Hashable, Sendable {
  /// The file, as messages name it; empty for a value that no file holds.
  var file: String
  /// The line, from 1; 0 for a value that no file holds.
  var line: Int

  /// The origin of a value that was made rather than read.
  static let none = Origin(file: "", line: 0)
}

/// A JSON value and where it was read.
struct JSONNode: Sendable {
  var value: JSONValue
  var origin = Origin.none

  /// The members of an object; `nil` for any other value.
  var members: [String: JSONNode]? {
    if case .object(let members) = value { members } else { nil }
  }

  /// The text of a string; `nil` for any other value.
  var text: String? {
    if case .string(let text) = value { text } else { nil }
  }

  static func object(_ members: [String: JSONNode]) -> JSONNode { JSONNode(value: .object(members)) }
  static func array(_ elements: [JSONNode]) -> JSONNode { JSONNode(value: .array(elements)) }
  static func string(_ text: String) -> JSONNode { JSONNode(value: .string(text)) }
  static func strings(_ texts: [String]) -> JSONNode { .array(texts.map { .string($0) }) }
  static func integer(_ number: Int) -> JSONNode { JSONNode(value: .number(String(number))) }
  static func bool(_ flag: Bool) -> JSONNode { JSONNode(value: .bool(flag)) }
}

/// Two nodes are equal when their values are, wherever they were read.
extension JSONNode: Equatable {
  static func == (left: JSONNode, right: JSONNode) -> Bool { left.value == right.value }
}

/// A JSON value; numbers keep the digits of the file, so that none is rounded before it is judged.
enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONNode])
  case object([String: JSONNode])

  /// What the value is, for a message: `the string "x"`, `the number 3`.
  var phrase: String {
    switch self {
    case .null: "null"
    case .bool(let flag): "\(flag)"
    case .number(let digits): "the number \(digits.abbreviated)"
    case .string(let text): "the string \(JSONText.quoted(text.abbreviated))"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

extension String {
  /// The text, cut where a message would become unreadable.
  var abbreviated: String { count > 60 ? prefix(57) + "…" : self }
}
