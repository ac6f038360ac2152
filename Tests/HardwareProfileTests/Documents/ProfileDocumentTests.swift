import Foundation
import HardwareProfile
import Testing

@Suite("Generated documents")
struct ProfileDocumentTests {
  static let schema = BuiltInProfileTests.folder.appending(path: "schema.json")
  static let reference = BuiltInProfileTests.folder.appending(path: "../docs/profile-reference.md")
  static let begin = "<!-- generated: begin -->\n"
  static let end = "<!-- generated: end -->\n"

  /// Whether the committed documents are to be written anew instead of compared.
  static var regenerates: Bool { ProcessInfo.processInfo.environment["BITEXACT_REGENERATE"] == "1" }

  @Test("hwprofiles/schema.json is the schema that the reader states")
  func committedSchema() throws {
    let text = HardwareProfile.jsonSchema()
    if Self.regenerates { try Data(text.utf8).write(to: Self.schema) }
    let committed = try String(contentsOf: Self.schema, encoding: .utf8)
    #expect(committed == text, "run: BITEXACT_REGENERATE=1 swift test --filter ProfileDocumentTests")
  }

  @Test("the tables of docs/profile-reference.md are those that the reader states")
  func committedReference() throws {
    let text = try String(contentsOf: Self.reference, encoding: .utf8)
    let begin = try #require(text.range(of: Self.begin))
    let end = try #require(text.range(of: Self.end))
    let generated = "\n" + HardwareProfile.referenceTables() + "\n"
    if Self.regenerates {
      let whole = text[..<begin.upperBound] + generated + text[end.lowerBound...]
      try Data(String(whole).utf8).write(to: Self.reference)
      return
    }
    let isCurrent = text[begin.upperBound..<end.lowerBound] == generated
    #expect(isCurrent, "run: BITEXACT_REGENERATE=1 swift test --filter ProfileDocumentTests")
  }

  @Test("the profiles that docs/profile-reference.md shows are profiles")
  func examples() throws {
    let text = try String(contentsOf: Self.reference, encoding: .utf8)
    let blocks = text.components(separatedBy: "```json\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    #expect(blocks.count >= 2)
    for block in blocks { #expect(faults(block) == [], "\(block)") }
  }
}
