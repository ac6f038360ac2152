import Foundation
import HardwareProfile
import TestSupport
import Testing

/// The table of profiles in docs/profiles.md, which is generated from the profiles and the manifests of their evidence.
@Suite struct ProfileTableTests {
  static let begin = "<!-- profiles: begin -->\n"
  static let end = "<!-- profiles: end -->\n"
  static let path = "docs/profiles.md"

  /// Whether the committed table is to be written anew instead of compared.
  static var regenerates: Bool { ProcessInfo.processInfo.environment["BITEXACT_REGENERATE"] == "1" }

  @Test func theTableIsCurrent() throws {
    let text = try RepositoryFiles.text(Self.path)
    let begin = try #require(text.range(of: Self.begin))
    let end = try #require(text.range(of: Self.end))
    let table = try Self.table()
    if Self.regenerates {
      let whole = text[..<begin.upperBound] + table + text[end.lowerBound...]
      try Data(String(whole).utf8).write(to: RepositoryFiles.url(Self.path))
      return
    }
    let isCurrent = text[begin.upperBound..<end.lowerBound] == table
    #expect(isCurrent, "run: BITEXACT_REGENERATE=1 swift test --filter ProfileTableTests")
  }

  private static func table() throws -> String {
    var lines = [
      "| profile | machine | arithmetic of a layer with weights | held to | cases |", "|---|---|---|---|---|",
    ]
    for name in HardwareProfile.builtInNames {
      let profile = try HardwareProfile.builtIn(named: name)
      let (oracle, cases) = try evidence(name) ?? (profile.certified, "")
      let machine = profile.summary.components(separatedBy: ". ")[0]
      lines.append("| `\(name)` | \(machine) | \(profile.arithmeticInWords) | \(oracle) | \(cases) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Whose answers a profile is held to, and on how many cases; `nil` for a profile without any.
  private static func evidence(_ name: String) throws -> (oracle: String, cases: String)? {
    if EvidenceTests.profiles.contains(name) {
      let manifest = try Evidence(name).manifest
      return (manifest.oracle, "\(manifest.cases) layers, \(manifest.elements) elements")
    }
    // LiteRT's reference kernels answered on every tensor, in another layout.
    struct Manifest: Decodable {
      struct Case: Decodable {}
      let oracle: String
      let version: String
      let cases: [Case]
    }
    guard name == "tflite" else { return nil }
    let data = try RepositoryFiles.data("Tests/Fixtures/litert/MANIFEST.json")
    let manifest = try JSONDecoder().decode(Manifest.self, from: data)
    let random = try RandomSuite.Manifest(RepositoryFiles.url("Tests/Fixtures/random"))
    return (
      "LiteRT \(manifest.version)'s reference kernels, every tensor",
      "\(manifest.cases.count) models, \(random.cases) random ones with \(random.elements) elements"
    )
  }
}
