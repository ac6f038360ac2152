import HardwareProfile
import Network
import Simulation
import Testing
import Verification

@Suite struct ProvenanceTests {
  static func record(_ network: Network = Models.everyKernel()) throws -> Provenance {
    Provenance(
      toolVersion: "0.1.0", source: .init(file: "model.tflite", bytes: Array("abc".utf8), network: network),
      profile: .host, program: try Program.lower(network, for: .host),
      passes: [.init(name: "snap", parameters: ["granularity": "tensor"]), .init(name: "fold")])
  }

  @Test func aRecordSurvivesItsJSON() throws {
    let record = try Self.record()
    #expect(try Provenance(json: Array(record.json().utf8)) == record)
    #expect(record.json() == (try Self.record()).json())
    #expect(record.json().hasSuffix("}\n"))
  }

  @Test func aRecordNamesItsSource() throws {
    let record = try Self.record(Models.layer(weights: [[1, 2]], zeroPoint: 5))
    #expect(record.source.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(record.source.inputs.map(\.shape) == [[1, 2]])
    #expect(record.source.inputs.map(\.scale) == [1])
    #expect(record.source.inputs.map(\.zeroPoint) == [5])
    #expect(record.source.inputs[0].tensor.quantization == Quantization(scale: 1, zeroPoint: 5))
    #expect(record.programDigest.count == 64 && record.profile.sha256.count == 64)
  }

  @Test func itHoldsForItsOwnProgramAndProfileOnly() throws {
    let record = try Self.record()
    let program = try Program.lower(Models.everyKernel(), for: .host)
    #expect(record.differences(profile: .host, program: program).isEmpty)
    let other = try Program.lower(Models.layer(weights: [[1]]), for: .host)
    #expect(record.differences(profile: .host, program: other).count == 1)
    var profile = HardwareProfile.host
    profile.accumulator.bits = 31
    let found = record.differences(profile: profile, program: program)
    #expect(found.count == 1)
    #expect(found.first?.contains("the profile \"tflite\" has the digest") == true)
  }

  @Test(arguments: [
    ("", "it is not JSON"), ("[]", "expected"), ("{}", "the key \"schemaVersion\" is missing"),
    ("{\"schemaVersion\":2}", "its schemaVersion is 2; this version of the tool reads 1"),
    ("{\"schemaVersion\":1}", "is missing"), ("{\"schemaVersion\":1,\"toolVersion\":3}", "toolVersion: expected"),
  ])
  func whatIsNoRecordIsRefusedWithItsPath(_ json: String, _ text: String) {
    let error = #expect(throws: ProvenanceError.self) { try Provenance(json: Array(json.utf8)) }
    #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("bitexact.provenance") == true)
  }
}
