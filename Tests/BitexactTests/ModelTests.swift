import Bitexact
import NetworkModel
import Testing

struct ModelTests {
  @Test func theDemoModelDescribesItself() throws {
    let model = Model.demo
    let input = try #require(model.inputs.first)
    #expect(model.inputs.count == 1 && input.shape == [1, 16, 16, 1] && input.elementType == .uint8)
    #expect(input.scale != nil && input.zeroPoint != nil && input.elementCount == 256)
    let output = try #require(model.outputs.first)
    #expect(output.shape == [1, 10])
    #expect(model.operators.first?.name == "CONV_2D")
    #expect(model.operators.last?.outputs == model.outputs)
    #expect(model.profile == nil && model.provenance == nil && model.notes.isEmpty)
    #expect(model.sha256.count == 64)
  }

  @Test func aModelIsWrittenAsItWasRead() throws {
    let folder = try TemporaryFolder()
    try Model.demo.write(to: folder.path("a.tflite"))
    let read = try Model(contentsOf: folder.path("a.tflite"))
    #expect(read.bytes == Model.demo.bytes && read.sha256 == Model.demo.sha256)
    #expect(read.name == folder.path("a.tflite"))
  }

  @Test func whatIsNoModelIsRefusedByItsKind() throws {
    let error = #expect(throws: BitexactError.self) { try Model(bytes: Array("{\"name\": 1}".utf8), name: "p.json") }
    guard case .file(let reasons) = try #require(error) else { throw try #require(error) }
    #expect(reasons.count == 1 && reasons[0].hasPrefix("p.json: this is JSON; "))
    #expect("\(try #require(error))" == reasons[0])
    #expect(throws: BitexactError.file(["none.tflite: there is no such file; check the path"])) {
      try Model(contentsOf: "none.tflite")
    }
  }

  @Test func aDamagedModelIsRefused() throws {
    let error = #expect(throws: BitexactError.self) { try Model(bytes: Array(Model.demo.bytes.prefix(200))) }
    guard case .model(let reasons) = try #require(error) else { throw try #require(error) }
    #expect(reasons.allSatisfy { $0.hasPrefix("model.tflite: ") } && !reasons.isEmpty)
  }

  @Test func anUnknownSignatureIsRefused() {
    #expect(throws: BitexactError.self) { try Model(bytes: Model.demo.bytes, signature: "nothing") }
  }

  @Test func elementTypesHaveTheNamesOfTheFormat() {
    #expect(
      Set(Bitexact.ElementType.allCases.map(\.rawValue)) == Set(NetworkModel.ElementType.allCases.map(\.rawValue)))
  }
}

struct ProfileTests {
  @Test func builtInProfilesAreReadAndWritten() throws {
    #expect(Profile.builtInNames.contains("nna-int8-pow2"))
    for name in Profile.builtInNames {
      let profile = try Profile(named: name)
      #expect(profile.name == name)
      #expect(try Profile(json: profile.json) == profile)
    }
  }

  @Test func aFileMayExtendABuiltInProfile() throws {
    let folder = try TemporaryFolder()
    let text = #"{ "schemaVersion": 1, "name": "mine", "extends": "nna-int8-pow2", "accumulator": { "bits": 20 } }"#
    try folder.write(text, to: "mine.json")
    let profile = try Profile(contentsOf: folder.path("mine.json"))
    #expect(profile.name == "mine")
    #expect(try profile.json == Profile(json: text).json)
  }

  @Test func allFaultsOfAProfileAreTold() throws {
    let text =
      #"{ "schemaVersion": 1, "name": "x", "extends": "tflite", "accumulator": { "bits": -1, "overflow": "no" } }"#
    let error = #expect(throws: BitexactError.self) { try Profile(json: text, name: "x.json") }
    guard case .profile(let reasons) = try #require(error) else { throw try #require(error) }
    #expect(reasons.count == 2 && reasons.allSatisfy { $0.hasPrefix("x.json:1: accumulator.") })
    #expect(throws: BitexactError.self) { try Profile(named: "nna-int9") }
  }

  @Test func aModelThatDoesNotFitHasFaults() throws {
    let pow2 = try Profile(named: "nna-int8-pow2")
    let faults = pow2.faults(of: .demo)
    #expect(faults.contains { $0.key == "activations.formats" && $0.remedy == "requantize" })
    #expect(try Profile(named: "tflite").faults(of: .demo).isEmpty)
    let error = #expect(throws: BitexactError.self) { try Simulator(.demo, profile: pow2) }
    guard case .conformance(let reasons) = try #require(error) else { throw try #require(error) }
    #expect(reasons[0].hasPrefix("demo_uint8.tflite does not fit the profile nna-int8-pow2: "))
  }

  @Test func aKeyIsSet() throws {
    let profile = try Profile(named: "nna-int8").setting("accumulator.bits", to: "20")
    #expect(profile.json.contains("\"bits\": 20"))
    #expect(throws: BitexactError.self) { try profile.setting("accumulator.legs", to: "20") }
  }
}
