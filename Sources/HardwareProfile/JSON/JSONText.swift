/// Writes JSON: members sorted by key, so that equal values give equal bytes.
enum JSONText {
  /// The text of a value, indented by two spaces a level and ended by a newline.
  static func pretty(_ node: JSONNode) -> String {
    var text = ""
    append(node, indent: 0, to: &text)
    return text + "\n"
  }

  /// The text of a value on one line.
  static func compact(_ node: JSONNode) -> String {
    switch node.value {
    case .array(let elements): "[\(elements.map(compact).joined(separator: ", "))]"
    case .object(let members) where members.isEmpty: "{}"
    case .object(let members):
      "{ \(sorted(members).map { "\(quoted($0.key)): \(compact($0.value))" }.joined(separator: ", ")) }"
    default: scalar(node.value)
    }
  }

  /// A string in quotes, escaped as JSON demands.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case "\0"..<" ", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private static func append(_ node: JSONNode, indent: Int, to text: inout String) {
    let inner = String(repeating: "  ", count: indent + 1)
    let outer = String(repeating: "  ", count: indent)
    switch node.value {
    case .array(let elements) where elements.contains(where: \.isBranch):
      text += "["
      for (index, element) in elements.enumerated() {
        text += (index == 0 ? "\n" : ",\n") + inner
        append(element, indent: indent + 1, to: &text)
      }
      text += "\n\(outer)]"
    case .object(let members) where !members.isEmpty:
      text += "{"
      for (index, member) in sorted(members).enumerated() {
        text += (index == 0 ? "\n" : ",\n") + inner + quoted(member.key) + ": "
        append(member.value, indent: indent + 1, to: &text)
      }
      text += "\n\(outer)}"
    default: text += compact(node)
    }
  }

  private static func sorted(_ members: [String: JSONNode]) -> [(key: String, value: JSONNode)] {
    members.sorted { $0.key < $1.key }
  }

  private static func scalar(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let digits): digits
    case .string(let text): quoted(text)
    case .array, .object: ""
    }
  }
}

extension JSONNode {
  /// Whether the value holds other values.
  fileprivate var isBranch: Bool {
    switch value {
    case .array, .object: true
    default: false
    }
  }
}
