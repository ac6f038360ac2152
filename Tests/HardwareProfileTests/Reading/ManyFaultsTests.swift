import HardwareProfile
import Testing

/// Files with more faults than anybody reads.
@Suite struct ManyFaultsTests {
  /// Texts with a great many faults of one kind: unknown keys, operators and words, removed keys that are not there, keys
  /// that stand twice.
  static let texts = [
    whatIf((0..<3000).map { "\"k\($0)\": 1" }.joined(separator: ", ")),
    whatIf("\"operators\": {\((0..<3000).map { "\"K\($0)\": 1" }.joined(separator: ", "))}"),
    whatIf("\"fusedActivations\": [\((0..<3000).map { "\"w\($0)\"" }.joined(separator: ", "))]"),
    whatIf((0..<3000).map { "\"k\($0)\": null" }.joined(separator: ", ")),
    whatIf((0..<3000).map { _ in "\"summary\": 1" }.joined(separator: ", ")),
  ]

  @Test(arguments: texts.indices)
  func theFirstAreToldAndTheOthersAreCounted(_ index: Int) throws {
    let found = faults(Self.texts[index])
    #expect(found.count == 501)
    let words = try #require(found.last).message.split(separator: " ")
    let omitted = try #require(Int(words[1]))
    #expect(words[2...3] == ["more", "faults,"] && (2499...2501).contains(omitted), "\(omitted)")
  }

  @Test func fewFaultsAreAllTold() {
    let found = faults(whatIf((0..<400).map { "\"k\($0)\": 1" }.joined(separator: ", ")))
    #expect(found.count == 400 && found.allSatisfy { $0.message.contains("unknown key") })
  }
}
