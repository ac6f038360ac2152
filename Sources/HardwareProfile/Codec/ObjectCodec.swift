/// One key of an object: how it is read into a value and written from it.
struct Field<Object: Sendable>: Sendable {
  let shape: FieldShape
  /// Reads the member into the object; returns whether that went without a fault.
  let decode: @Sendable (JSONNode, JSONPath, inout FaultReport, inout Object) -> Bool
  /// Writes the member; `nil` when the object has none.
  let encode: @Sendable (Object) -> JSONNode?

  /// A key that must be there.
  static func required<Member>(
    _ key: String, _ member: any WritableKeyPath<Object, Member> & Sendable, _ codec: Codec<Member>,
    _ documentation: String
  ) -> Field {
    field(key, member, codec, documentation, isRequired: true, absence: nil)
  }

  /// A key whose absence means the value that a blank object holds.
  static func defaulted<Member>(
    _ key: String, _ member: any WritableKeyPath<Object, Member> & Sendable, _ codec: Codec<Member>,
    _ documentation: String,
    absence: String
  ) -> Field {
    field(key, member, codec, documentation, isRequired: false, absence: absence)
  }

  /// A key whose absence means `nil`.
  static func optional<Member>(
    _ key: String, _ member: any WritableKeyPath<Object, Member?> & Sendable, _ codec: Codec<Member>,
    _ documentation: String,
    absence: String
  ) -> Field {
    let optional = Codec<Member?>(
      shape: codec.shape,
      // Mapped, so that a fault is `nil` and not a value that is absent.
      decode: { codec.decode($0, $1, &$2).map(Optional.some) },
      encode: { _ in .object([:]) })
    let whole = field(key, member, optional, documentation, isRequired: false, absence: absence)
    return Field(shape: whole.shape, decode: whole.decode, encode: { $0[keyPath: member].map(codec.encode) })
  }

  /// A key that belongs to the file rather than to the value; it is read before the value is.
  static func header(_ key: String, _ shape: Shape, _ documentation: String, absence: String?, written: JSONNode? = nil)
    -> Field
  {
    let isRequired = absence == nil
    let field = FieldShape(
      key: key, documentation: documentation, shape: shape, isRequired: isRequired, absence: absence)
    return Field(shape: field, decode: { _, _, _, _ in true }, encode: { _ in written })
  }

  private static func field<Member>(
    _ key: String, _ member: any WritableKeyPath<Object, Member> & Sendable, _ codec: Codec<Member>,
    _ documentation: String,
    isRequired: Bool, absence: String?
  ) -> Field {
    Field(
      shape: FieldShape(
        key: key, documentation: documentation, shape: codec.shape, isRequired: isRequired, absence: absence),
      decode: { node, path, report, object in
        guard let value = codec.decode(node, path, &report) else { return false }
        object[keyPath: member] = value
        return true
      },
      encode: { codec.encode($0[keyPath: member]) })
  }
}

/// The keys of an object and how they are read and written together.
struct Fields<Object: Sendable>: Sendable {
  let shape: ObjectShape
  /// An object before any key is read; it holds the defaults.
  let blank: Object
  let fields: [Field<Object>]

  /// Names the keys of an object.
  ///
  /// - Parameters:
  ///   - name: The name in the schema's `$defs`.
  ///   - documentation: What the object says, in a sentence.
  ///   - blank: An object that holds the defaults; what stands for a required key does not matter.
  ///   - fields: The keys.
  init(_ name: String, _ documentation: String, blank: Object, _ fields: [Field<Object>]) {
    shape = ObjectShape(name: name, documentation: documentation, fields: fields.map(\.shape))
    self.blank = blank
    self.fields = fields
  }

  /// Reads every key, collecting the faults of all.
  ///
  /// - Parameters:
  ///   - node: The object's JSON value.
  ///   - path: Where it stands.
  ///   - report: What takes the faults.
  ///   - passing: A key that is not the object's own and is passed over.
  /// - Returns: The object; `nil` when there was a fault.
  func decode(_ node: JSONNode, _ path: JSONPath, _ report: inout FaultReport, passing: String? = nil) -> Object? {
    guard let members = node.members else {
      report.addMismatch(node, path, .object(shape))
      return nil
    }
    var object = blank
    var isSound = true
    for field in fields {
      let place = path.member(field.shape.key)
      if let member = members[field.shape.key] {
        if !field.decode(member, place, &report, &object) { isSound = false }
      } else if field.shape.isRequired {
        report.add(node, place, "missing; expected \(field.shape.shape.phrase): \(field.shape.documentation)")
        isSound = false
      }
    }
    let known = fields.map(\.shape.key) + (passing.map { [$0] } ?? [])
    for (key, member) in members.sorted(by: { $0.key < $1.key }) where !known.contains(key) {
      isSound = false
      let what = "unknown key \(JSONText.quoted(key.abbreviated))"
      report.add(member, path.member(key), NearestWord.refusal(what, key, allowed: known))
    }
    return isSound ? object : nil
  }

  /// Writes every key.
  func encode(_ object: Object) -> [String: JSONNode] {
    var members: [String: JSONNode] = [:]
    for field in fields { members[field.shape.key] = field.encode(object) }
    return members
  }

  /// The codec of the object on its own.
  var codec: Codec<Object> {
    Codec(
      shape: .object(shape), decode: { decode($0, $1, &$2) }, encode: { .object(encode($0)) })
  }
}
