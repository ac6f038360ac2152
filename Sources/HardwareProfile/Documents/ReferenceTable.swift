extension HardwareProfile {
  /// The tables of the profile reference in Markdown, made from the descriptions that also read profiles.
  ///
  /// - Returns: One table for each object, its words explained below it.
  package static func referenceTables() -> String {
    var writer = ReferenceWriter()
    writer.append(HardwareProfile.shape, title: "The profile", path: "")
    return writer.sections.joined(separator: "\n")
  }
}

/// Writes shapes as Markdown, each named object and each enumeration once.
private struct ReferenceWriter {
  var sections: [String] = []
  private var written: Set<String> = []

  /// A section for an object and the sections of what it holds.
  mutating func append(_ object: ObjectShape, title: String, path: String) {
    if !written.insert(object.name).inserted { return }
    var lines = ["### \(title)", "", object.documentation, ""]
    if !object.fields.isEmpty {
      lines += ["| key | value | when absent | meaning |", "|---|---|---|---|"]
      lines += object.fields.map(Self.row)
      lines.append("")
    }
    let words = object.fields.flatMap { wordLines($0) }
    sections.append((lines + words).joined(separator: "\n"))
    for field in object.fields { appendParts(of: field.shape, path: path.isEmpty ? field.key : "\(path).\(field.key)") }
  }

  private static func row(_ field: FieldShape) -> String {
    let absence = field.isRequired ? "required" : field.absence ?? ""
    // A long list of words would be repeated in every table.
    let isLong = (field.shape.words?.count ?? 0) > 6
    let value = isLong ? "a word of `\(field.key)`, listed once" : field.shape.phrase
    return "| `\(field.key)` | \(value) | \(absence) | \(field.documentation) |"
  }

  /// The words of a field's enumeration with their meanings, where they have not been explained before.
  private mutating func wordLines(_ field: FieldShape) -> [String] {
    guard let words = field.shape.words else { return [] }
    // Two enumerations may have the same words and mean something else by them.
    let lines = words.map { "- `\($0.word)`: \($0.meaning)" }
    guard written.insert(lines.joined(separator: "\n")).inserted else { return [] }
    return ["Words of `\(field.key)`:", ""] + lines + [""]
  }

  private mutating func appendParts(of shape: Shape, path: String) {
    switch shape {
    case .object(let object): append(object, title: "`\(path)`", path: path)
    case .list(let element, _, _): appendParts(of: element, path: "\(path)[]")
    case .table(_, let value): appendParts(of: value, path: "\(path).NAME")
    case .keyed(let choice):
      for variant in choice.variants {
        append(variant.shape, title: "Stage `\(variant.word)`", path: "\(path).\(variant.word)")
      }
    case .tagged(let choice):
      for variant in choice.variants {
        append(variant.shape, title: "`\(path)` with the method `\(variant.word)`", path: path)
      }
    case .text, .identifier, .flag, .integer, .oneOf, .word, .format: break
    }
  }
}

extension Shape {
  /// The words of an enumeration, or of a list of them; `nil` for any other shape.
  var words: [Word]? {
    switch self {
    case .word(let type): type.words
    case .list(let element, _, _): element.words
    default: nil
    }
  }
}
