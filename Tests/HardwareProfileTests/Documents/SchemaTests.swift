import HardwareProfile
import Testing

@Suite("The schema and the reader")
struct SchemaTests {
  let validator: SchemaValidator

  init() throws { validator = SchemaValidator(root: try JSONTree(HardwareProfile.jsonSchema())) }

  @Test(
    "the schema allows every built-in profile, whole and as its file stands", arguments: HardwareProfile.builtInNames)
  func builtIn(name: String) throws {
    #expect(validator.allows(try ProfileMutationTests.document(name)))
    let file = String(decoding: try #require(EmbeddedProfiles.files["\(name).json"]), as: UTF8.self)
    #expect(validator.allows(try JSONTree(file)))
  }

  @Test("the schema allows random profiles")
  func random() throws {
    var generator = Sequence64(state: 3)
    for _ in 0..<50 {
      let text = try RoundTripTests.random(&generator).canonicalJSON()
      #expect(validator.allows(try JSONTree(text)), "\(text)")
    }
  }

  @Test("the schema allows what-if profiles that the reader allows", arguments: ProfileRuleTests.allowedMembers)
  func whatIfs(members: String) throws { #expect(validator.allows(try JSONTree(whatIf(members)))) }

  @Test(
    "the schema refuses a value of a wrong type and an unknown key anywhere", arguments: HardwareProfile.builtInNames)
  func refusals(name: String) throws {
    let document = try ProfileMutationTests.document(name)
    for path in ProfileMutationTests.paths(document, name) {
      let value = document[path[...]]
      for wrong in ProfileMutationTests.wrongs where wrong.kind != value.kind {
        guard let mutant = document.replacing(path[...], by: wrong) else { continue }
        #expect(!validator.allows(mutant), "\(JSONTree.text(path)) = \(wrong)")
      }
      guard case .object = value, let mutant = document.replacing((path + [.key("zzzzzz")])[...], by: .null) else {
        continue
      }
      #expect(!validator.allows(mutant), "\(JSONTree.text(path)).zzzzzz")
    }
  }

  @Test("the schema demands a key exactly where the reader does", arguments: HardwareProfile.builtInNames)
  func missingKeys(name: String) throws {
    let document = try ProfileMutationTests.document(name)
    for path in ProfileMutationTests.paths(document, name) {
      guard case .key = path.last, let mutant = document.replacing(path[...], by: nil) else { continue }
      let isShape = faults(try mutant.bytes()).contains {
        $0.message.hasPrefix("missing; expected") || $0.message.hasPrefix("missing; add")
          || $0.message.hasPrefix("missing or no") || $0.message.contains("an object with one key of")
      }
      #expect(validator.allows(mutant) == !isShape, "\(JSONTree.text(path))")
    }
  }

  @Test(
    "the schema refuses what it can state",
    arguments: [
      #""accumulator": {"bits": 7}"#, #""accumulator": {"bits": 65}"#, #""accumulator": {"bits": 24.5}"#,
      #""accumulator": {"overflow": "saturat"}"#, #""acumulator": {}"#, #""accumulator": {"bits": null}"#,
      #""operators": {"CONV2D": {"run": "device"}}"#, #""operators": {"ADD": {"alignment": {"method": "shfit"}}}"#,
      #""operators": {"ADD": {"alignment": {"method": "shift", "bits": 8}}}"#,
      #""requantize": []"#, #""requantize": [{"shift": {"rounding": "floor"}}]"#, #""requantize": [{}]"#,
      #""activations": {"formats": ["int17"]}"#, #""activations": {"formats": ["int08"]}"#,
      #""activations": {"formats": ["int8", "int8"]}"#, #""limits": {"stride": 0}"#,
    ])
  func statable(members: String) throws {
    #expect(!faults(whatIf(members)).isEmpty)
    #expect(!validator.allows(try JSONTree(whatIf(members))))
  }
}
