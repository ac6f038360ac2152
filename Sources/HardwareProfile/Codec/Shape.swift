/// What a JSON value may be; from it come the JSON Schema, the reference table and the words of messages.
indirect enum Shape: Sendable {
  /// Any string.
  case text
  /// A string of letters, digits, `.`, `_` and `-` that starts with a letter or digit.
  case identifier
  /// `true` or `false`.
  case flag
  /// An integer of a range; `Int.max` above means no bound.
  case integer(ClosedRange<Int>)
  /// One of a few integers.
  case oneOf([Int])
  /// One of the words of an enumeration.
  case word(any ProfileWord.Type)
  /// An integer format such as `int8`, of a range of widths.
  case format(ClosedRange<Int>)
  /// A list of equal shapes.
  case list(Shape, isEmptyAllowed: Bool, isSet: Bool)
  /// An object with fixed keys.
  case object(ObjectShape)
  /// An object with one key, which names a variant and holds its object.
  case keyed(ChoiceShape)
  /// An object whose key `method` names a variant.
  case tagged(ChoiceShape)
  /// An object with keys from a list and values of one shape.
  case table([String], Shape)
}

/// A word that stands in a profile and what it means.
struct Word: Sendable {
  let word: String
  let meaning: String
}

/// An enumeration whose raw values stand in profiles.
protocol ProfileWord: RawRepresentable, CaseIterable, Equatable, Sendable where RawValue == String {
  /// What the word says, without a full stop.
  var meaning: String { get }
}

extension ProfileWord {
  /// The enumeration's name in the schema's `$defs`.
  static var name: String {
    let name = String(describing: Self.self)
    return name.prefix(1).lowercased() + name.dropFirst()
  }

  /// All words, in their order.
  static var words: [Word] { allCases.map { Word(word: $0.rawValue, meaning: $0.meaning) } }
}

/// The keys of an object.
struct ObjectShape: Sendable {
  /// The name in the schema's `$defs`.
  let name: String
  /// What the object says, in a sentence.
  let documentation: String
  let fields: [FieldShape]

  /// The shape of one member; `nil` when there is no such key.
  subscript(key: String) -> FieldShape? { fields.first { $0.key == key } }
}

/// The variants of a value that is one of several objects.
struct ChoiceShape: Sendable {
  /// The name in the schema's `$defs`.
  let name: String
  /// What the value says, in a sentence.
  let documentation: String
  let variants: [(word: String, shape: ObjectShape)]
}

/// One key of an object.
struct FieldShape: Sendable {
  let key: String
  /// What the key says, in a sentence.
  let documentation: String
  let shape: Shape
  let isRequired: Bool
  /// What an absent key means; `nil` when the key is required.
  let absence: String?
}

extension Shape {
  /// What is expected, for a message and for the reference table.
  var phrase: String {
    switch self {
    case .text: "a string"
    case .identifier: "a name of letters, digits, \".\", \"_\" and \"-\""
    case .flag: "true or false"
    case .integer(let range) where range.upperBound == .max: "an integer of at least \(range.lowerBound)"
    case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
    case .oneOf(let numbers):
      (numbers.count > 1 ? "one of " : "") + numbers.map(String.init).joined(separator: ", ")
    case .word(let type): "one of \(type.words.map(\.word).joined(separator: ", "))"
    case .format(let widths):
      "an integer format, int\(widths.lowerBound) to int\(widths.upperBound)"
        + " or uint\(widths.lowerBound) to uint\(widths.upperBound)"
    case .list(let element, let isEmptyAllowed, _):
      "a\(isEmptyAllowed ? "" : " non-empty") list, each element \(element.phrase)"
    case .object: "an object"
    case .keyed(let choice):
      "an object with one key of \(choice.variants.map(\.word).joined(separator: ", "))"
    case .tagged(let choice):
      "an object with a \"method\" of \(choice.variants.map(\.word).joined(separator: ", "))"
    case .table: "an object"
    }
  }
}
