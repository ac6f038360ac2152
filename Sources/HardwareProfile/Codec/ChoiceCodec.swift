/// One case of an enumeration that is written as an object.
struct Variant<Choice: Sendable>: Sendable {
  /// The word that names the case in a profile.
  let word: String
  let shape: ObjectShape
  let decode: @Sendable (JSONNode, JSONPath, inout FaultReport, String?) -> Choice?
  /// The members of the case; `nil` when the value is another case.
  let encode: @Sendable (Choice) -> [String: JSONNode]?

  /// Names a case.
  ///
  /// - Parameters:
  ///   - word: The word that names the case in a profile.
  ///   - fields: The keys of its associated values.
  ///   - make: Makes the case.
  ///   - take: Takes the associated values of the case; `nil` when the value is another case.
  init<Payload: Sendable>(
    _ word: String, _ fields: Fields<Payload>, make: @escaping @Sendable (Payload) -> Choice,
    take: @escaping @Sendable (Choice) -> Payload?
  ) {
    self.word = word
    shape = fields.shape
    decode = { node, path, report, passing in fields.decode(node, path, &report, passing: passing).map(make) }
    encode = { take($0).map(fields.encode) }
  }
}

/// An enumeration whose cases are written as objects.
struct Choice<Value: Sendable>: Sendable {
  /// The key that names the variant of a tagged object.
  static var tag: String { "method" }

  let name: String
  let documentation: String
  let variants: [Variant<Value>]

  private var shape: ChoiceShape {
    ChoiceShape(name: name, documentation: documentation, variants: variants.map { ($0.word, $0.shape) })
  }

  /// Written as `{ "word": { … } }`.
  var keyed: Codec<Value> {
    let shape = Shape.keyed(shape)
    return Codec(
      shape: shape,
      decode: { node, path, report in
        guard let members = node.members, let (word, body) = members.min(by: { $0.key < $1.key }) else {
          report.addMismatch(node, path, shape)
          return nil
        }
        if members.count > 1 {
          report.add(node, path, "has \(members.count) keys; each stage is an object of its own with one key")
          return nil
        }
        guard let variant = find(word, body, path.member(word), "unknown key", &report) else { return nil }
        return variant.decode(body, path.member(word), &report, nil)
      },
      encode: { value in .object(encoded(value).map { [$0.word: .object($0.members)] } ?? [:]) })
  }

  /// Written as `{ "method": "word", … }`.
  var tagged: Codec<Value> {
    let shape = Shape.tagged(shape)
    return Codec(
      shape: shape,
      decode: { node, path, report in
        guard let members = node.members else {
          report.addMismatch(node, path, shape)
          return nil
        }
        let place = path.member(Self.tag)
        guard let tag = members[Self.tag], let word = tag.text else {
          report.add(
            members[Self.tag] ?? node, place, "missing or no string; expected one of \(words.joined(separator: ", "))")
          return nil
        }
        guard let variant = find(word, tag, place, "unknown word", &report) else { return nil }
        return variant.decode(node, path, &report, Self.tag)
      },
      encode: { value in
        guard let (word, members) = encoded(value) else { return .object([:]) }
        return .object(members.merging([Self.tag: .string(word)]) { $1 })
      })
  }

  private var words: [String] { variants.map(\.word) }

  private func find(
    _ word: String, _ node: JSONNode, _ path: JSONPath, _ what: String, _ report: inout FaultReport
  ) -> Variant<Value>? {
    if let variant = variants.first(where: { $0.word == word }) { return variant }
    report.add(
      node, path, NearestWord.refusal("\(what) \(JSONText.quoted(word.abbreviated))", word, allowed: words))
    return nil
  }

  private func encoded(_ value: Value) -> (word: String, members: [String: JSONNode])? {
    for variant in variants {
      if let members = variant.encode(value) { return (variant.word, members) }
    }
    return nil
  }
}

extension Codec {
  /// An object with keys from a list and values of one shape.
  ///
  /// - Parameters:
  ///   - keys: The keys that are known.
  ///   - what: How a message calls a key.
  ///   - shape: The shape of every value.
  ///   - codec: How the value of a key is written.
  /// - Returns: A codec that refuses unknown keys.
  static func table<Element>(
    _ keys: [String], _ what: String, _ shape: Shape, of codec: @escaping @Sendable (String) -> Codec<Element>
  ) -> Codec where Value == [String: Element] {
    let shape = Shape.table(keys, shape)
    let codecs = Dictionary(uniqueKeysWithValues: keys.map { ($0, codec($0)) })
    return Codec(
      shape: shape,
      decode: { node, path, report in
        guard let members = node.members else {
          report.addMismatch(node, path, shape)
          return nil
        }
        var table: Value = [:]
        for (key, member) in members.sorted(by: { $0.key < $1.key }) {
          if let codec = codecs[key] {
            table[key] = codec.decode(member, path.member(key), &report)
          } else {
            report.add(
              member, path.member(key),
              NearestWord.refusal("unknown \(what) \(JSONText.quoted(key.abbreviated))", key, allowed: keys))
          }
        }
        return table.count == members.count ? table : nil
      },
      encode: { table in
        // A key that is not known is written too: reading refuses it, which silence would not.
        .object(Dictionary(uniqueKeysWithValues: table.map { ($0, (codecs[$0] ?? codec($0)).encode($1)) }))
      })
  }
}
