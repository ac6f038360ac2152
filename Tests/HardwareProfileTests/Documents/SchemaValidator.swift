import Foundation

/// The keywords of JSON Schema that the profile's schema uses, evaluated plainly; any other keyword is refused.
struct SchemaValidator {
  let root: JSONTree

  /// Keywords that say nothing about what is valid, or that others evaluate.
  private static let silent: Set<String> = ["$schema", "$id", "$defs", "title", "description", "then", "else"]

  /// Whether the schema allows a value.
  func allows(_ value: JSONTree) -> Bool { allows(value, by: root) }

  private func allows(_ value: JSONTree, by schema: JSONTree) -> Bool {
    guard case .object(let keywords) = schema else { return schema == .bool(true) }
    return keywords.allSatisfy { keyword, operand in
      if Self.silent.contains(keyword) { return true }
      if let combined = combination(keyword, operand, value, keywords) { return combined }
      switch value {
      case .object(let members): return allows(members, keyword, operand, keywords)
      case .array(let elements): return allows(elements, keyword, operand)
      default: return scalar(keyword, operand, value)
      }
    }
  }

  /// Keywords for values of any kind; `nil` for other keywords.
  private func combination(_ keyword: String, _ operand: JSONTree, _ value: JSONTree, _ all: [String: JSONTree])
    -> Bool?
  {
    switch (keyword, operand) {
    case ("$ref", .string(let reference)):
      let name = reference.replacingOccurrences(of: "#/$defs/", with: "")
      return root["$defs"]?[name].map { allows(value, by: $0) } ?? false
    case ("oneOf", .array(let schemas)): return schemas.count { allows(value, by: $0) } == 1
    case ("anyOf", .array(let schemas)): return schemas.contains { allows(value, by: $0) }
    case ("enum", .array(let values)): return values.contains(value)
    case ("const", _): return value == operand
    case ("if", _): return (all[allows(value, by: operand) ? "then" : "else"]).map { allows(value, by: $0) } ?? true
    case ("type", .string(let type)): return Self.types(of: value).contains(type)
    default: return nil
    }
  }

  private static func types(of value: JSONTree) -> [String] {
    switch value {
    case .null: ["null"]
    case .bool: ["boolean"]
    case .number(let number): number == number.rounded() ? ["number", "integer"] : ["number"]
    case .string: ["string"]
    case .array: ["array"]
    case .object: ["object"]
    }
  }

  private func allows(
    _ members: [String: JSONTree], _ keyword: String, _ operand: JSONTree, _ all: [String: JSONTree]
  ) -> Bool {
    switch (keyword, operand) {
    case ("required", .array(let keys)):
      return keys.allSatisfy { if case .string(let key) = $0 { members[key] != nil } else { false } }
    case ("properties", .object(let properties)):
      return members.allSatisfy { key, member in properties[key].map { allows(member, by: $0) } ?? true }
    case ("additionalProperties", .bool(false)): return members.keys.allSatisfy { all["properties"]?[$0] != nil }
    default: return Self.isForAnotherKind(keyword)
    }
  }

  private func allows(_ elements: [JSONTree], _ keyword: String, _ operand: JSONTree) -> Bool {
    switch (keyword, operand) {
    case ("items", _): return elements.allSatisfy { allows($0, by: operand) }
    case ("minItems", .number(let count)): return Double(elements.count) >= count
    case ("uniqueItems", .bool(let isDemanded)):
      return !isDemanded || elements.indices.allSatisfy { !elements[..<$0].contains(elements[$0]) }
    default: return Self.isForAnotherKind(keyword)
    }
  }

  private func scalar(_ keyword: String, _ operand: JSONTree, _ value: JSONTree) -> Bool {
    switch (keyword, operand, value) {
    case ("minimum", .number(let bound), .number(let number)): return number >= bound
    case ("maximum", .number(let bound), .number(let number)): return number <= bound
    case ("pattern", .string(let pattern), .string(let text)):
      return (try? Regex(pattern).firstMatch(in: text)) != nil
    default: return Self.isForAnotherKind(keyword)
    }
  }

  /// Keywords bind only values of their own kind.
  private static func isForAnotherKind(_ keyword: String) -> Bool {
    [
      "required", "properties", "additionalProperties", "items", "minItems", "uniqueItems", "minimum", "maximum",
      "pattern",
    ].contains(keyword)
  }
}
