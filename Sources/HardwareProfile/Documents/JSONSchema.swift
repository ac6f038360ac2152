extension HardwareProfile {
  /// The JSON Schema (draft 2020-12) of a profile's file, made from the descriptions that also read it.
  ///
  /// The schema states keys, types, ranges and words; rules across keys are stated by the reader alone.
  ///
  /// - Returns: The text, ended by a newline.
  package static func jsonSchema() -> String {
    var builder = SchemaBuilder()
    let profile = HardwareProfile.shape
    let root: [String: JSONNode] = [
      "$schema": .string("https://json-schema.org/draft/2020-12/schema"),
      "$id": .string("urn:bitexact:hardware-profile:\(schemaVersion)"),
      "title": .string("A bitexact hardware profile"),
      "description": .string(profile.documentation),
      "type": .string("object"),
      "required": .strings(["schemaVersion", "name"]),
      "if": .object(["required": .strings(["extends"])]),
      "then": builder.reference(to: profile, isChange: true),
      "else": builder.reference(to: profile, isChange: false),
    ]
    return JSONText.pretty(.object(root.merging(["$defs": .object(builder.definitions)]) { $1 }))
  }
}

/// Writes shapes as JSON Schema; named ones become definitions that are written once.
///
/// An object of a profile that extends another is a change: it may leave out every key, and remove by `null` those that
/// are not required.
private struct SchemaBuilder {
  var definitions: [String: JSONNode] = [:]

  /// A reference to an object's definition, which is written at the first call.
  mutating func reference(to object: ObjectShape, tag: String? = nil, isChange: Bool) -> JSONNode {
    define(isChange ? "\(object.name)Change" : object.name) { builder in
      builder.definition(of: object, tag: tag, isChange: isChange)
    }
  }

  private mutating func define(_ name: String, _ make: (inout SchemaBuilder) -> [String: JSONNode]) -> JSONNode {
    if definitions[name] == nil { definitions[name] = .object(make(&self)) }
    return .object(["$ref": .string("#/$defs/\(name)")])
  }

  private mutating func definition(of object: ObjectShape, tag: String?, isChange: Bool) -> [String: JSONNode] {
    var properties: [String: JSONNode] = [:]
    // A profile that extends nothing is told from one that does by that key alone.
    for field in object.fields where isChange || field.key != "extends" {
      properties[field.key] = property(field, isChange: isChange)
    }
    var required = isChange ? [] : object.fields.filter(\.isRequired).map(\.key)
    if let tag {
      properties[Choice<Never>.tag] = .object(["const": .string(tag)])
      if !isChange { required.append(Choice<Never>.tag) }
    }
    return [
      "type": .string("object"), "description": .string(object.documentation), "properties": .object(properties),
      "required": .strings(required.sorted()), "additionalProperties": .bool(false),
    ]
  }

  private mutating func property(_ field: FieldShape, isChange: Bool) -> JSONNode {
    let absence = field.absence.map { " When absent: \($0)." } ?? ""
    let description = JSONNode.string(field.documentation + absence)
    var members = schema(field.shape, isChange: isChange)
    if isChange && !field.isRequired {
      members = ["anyOf": .array([.object(members), .object(["type": .string("null")])])]
    }
    return .object(members.merging(["description": description]) { $1 })
  }

  /// The schema of a value, without its description.
  private mutating func schema(_ shape: Shape, isChange: Bool) -> [String: JSONNode] {
    switch shape {
    case .text: return ["type": .string("string")]
    case .identifier: return ["type": .string("string"), "pattern": .string("^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    case .flag: return ["type": .string("boolean")]
    case .integer(let range):
      let maximum = range.upperBound == .max ? nil : JSONNode.integer(range.upperBound)
      var members = ["type": JSONNode.string("integer"), "minimum": .integer(range.lowerBound)]
      members["maximum"] = maximum
      return members
    case .oneOf(let numbers): return ["enum": .array(numbers.map { .integer($0) })]
    case .word(let type):
      return define(type.name) { _ in ["oneOf": .array(type.words.map(Self.constant))] }.members ?? [:]
    case .format(let widths):
      let numbers = widths.map(String.init).joined(separator: "|")
      return ["type": .string("string"), "pattern": .string("^u?int(\(numbers))$")]
    case .list(let element, let isEmptyAllowed, let isSet):
      // A list replaces the inherited one, so its elements are whole.
      return [
        "type": .string("array"), "items": .object(schema(element, isChange: false)),
        "minItems": .integer(isEmptyAllowed ? 0 : 1), "uniqueItems": .bool(isSet),
      ]
    case .object(let object): return reference(to: object, isChange: isChange).members ?? [:]
    case .keyed(let choice): return keyed(choice)
    case .tagged(let choice): return tagged(choice, isChange: isChange)
    case .table(let keys, let value): return table(keys, value, isChange: isChange)
    }
  }

  private static func constant(_ word: Word) -> JSONNode {
    .object(["const": .string(word.word), "description": .string(word.meaning)])
  }

  private mutating func keyed(_ choice: ChoiceShape) -> [String: JSONNode] {
    define(choice.name) { builder in
      let variants = choice.variants.map { variant in
        JSONNode.object([
          "type": .string("object"), "required": .strings([variant.word]), "additionalProperties": .bool(false),
          "properties": .object([variant.word: builder.reference(to: variant.shape, isChange: false)]),
        ])
      }
      return ["description": .string(choice.documentation), "oneOf": .array(variants)]
    }.members ?? [:]
  }

  private mutating func tagged(_ choice: ChoiceShape, isChange: Bool) -> [String: JSONNode] {
    define(isChange ? "\(choice.name)Change" : choice.name) { builder in
      let variants = choice.variants.map { variant in
        builder.reference(to: variant.shape, tag: variant.word, isChange: isChange)
      }
      // Without a method a change may suit several variants.
      return ["description": .string(choice.documentation), (isChange ? "anyOf" : "oneOf"): .array(variants)]
    }.members ?? [:]
  }

  private mutating func table(_ keys: [String], _ value: Shape, isChange: Bool) -> [String: JSONNode] {
    let entry = JSONNode.object(schema(value, isChange: isChange))
    let property = isChange ? JSONNode.object(["anyOf": .array([entry, .object(["type": .string("null")])])]) : entry
    return [
      "type": .string("object"), "additionalProperties": .bool(false),
      "properties": .object(Dictionary(uniqueKeysWithValues: keys.map { ($0, property) })),
    ]
  }
}
