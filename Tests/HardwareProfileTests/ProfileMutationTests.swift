import HardwareProfile
import TestSupport
import Testing

@Suite("Mutations of whole profiles")
struct ProfileMutationTests {
  static let wrongs: [JSONTree] = [
    .null, .bool(true), .number(7), .string("x"), .array([.number(1)]), .object(["x": .number(1)]),
  ]

  static func document(_ name: String) throws -> JSONTree {
    try JSONTree(try HardwareProfile.builtIn(named: name).canonicalJSON())
  }

  /// The places that are changed in a profile: all, or an eighth of them.
  ///
  /// The profiles have nearly the same places, and there are more profiles than eight, so that each place is met.
  static func paths(_ document: JSONTree, _ name: String) -> [[JSONTree.Step]] {
    let profile = HardwareProfile.builtInNames.firstIndex(of: name) ?? 0
    return TestScope.those(of: Array(document.paths.enumerated())) { ($0.offset + profile) % 8 == 0 }.map(\.element)
  }

  @Test("a value of a wrong type anywhere is refused at its path", arguments: HardwareProfile.builtInNames)
  func wrongTypes(name: String) throws {
    let document = try Self.document(name)
    #expect(document.paths.count > 60)
    for path in Self.paths(document, name) {
      for wrong in Self.wrongs where wrong.kind != document[path[...]].kind {
        guard let mutant = document.replacing(path[...], by: wrong) else { continue }
        let found = faults(try mutant.bytes())
        #expect(found.map(\.path).contains(JSONTree.text(path)), "\(JSONTree.text(path)) = \(wrong): \(found)")
      }
    }
  }

  @Test("a missing key is its default or is refused at its path", arguments: HardwareProfile.builtInNames)
  func missingKeys(name: String) throws {
    let document = try Self.document(name)
    var refused = 0
    for path in Self.paths(document, name) {
      guard case .key = path.last, let mutant = document.replacing(path[...], by: nil) else { continue }
      let found = faults(try mutant.bytes())
      if found.isEmpty { continue }
      refused += 1
      // A stage without its only key is refused as a stage; a multiplication without its rounding, as a whole.
      let place = JSONTree.text(path)
      #expect(found.allSatisfy { place == $0.path || place.hasPrefix("\($0.path).") }, "\(place): \(found)")
    }
    #expect(refused > (TestScope.isExhaustive ? 30 : 1))
  }

  @Test("an unknown key anywhere is refused at its path", arguments: HardwareProfile.builtInNames)
  func unknownKeys(name: String) throws {
    let document = try Self.document(name)
    var count = 0
    for path in [[]] + Self.paths(document, name) where document[path[...]].kind == JSONTree.object([:]).kind {
      count += 1
      let place = path + [.key("zzzzzz")]
      guard let mutant = document.replacing(place[...], by: .number(1)) else { continue }
      let found = faults(try mutant.bytes())
      // A stage with two keys is refused as a stage.
      let isStage = found.first.map { $0.message.contains("2 keys") && $0.path == JSONTree.text(path) } ?? false
      #expect(isStage || found.map(\.path) == [JSONTree.text(place)], "\(JSONTree.text(place)): \(found)")
    }
    #expect(count > (TestScope.isExhaustive ? 20 : 0))
  }

  @Test("every missing schema version is refused, and every other than 1")
  func version() {
    #expect(faults(#"{"name": "x", "extends": "tflite"}"#).map(\.path) == ["schemaVersion"])
    for version in ["0", "2", "\"1\"", "1.5", "null"] {
      let found = faults(#"{"schemaVersion": \#(version), "name": "x", "extends": "tflite"}"#)
      #expect(found.map(\.path) == ["schemaVersion"])
      #expect(found.first?.message.contains("reads version 1") == true)
    }
  }
}
