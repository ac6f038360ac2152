import HardwareProfile
import NetworkModel
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
    ("{\"schemaVersion\":3}", "its schemaVersion is 3; this version of the tool reads 1 to 2"),
    ("{\"schemaVersion\":0}", "its schemaVersion is 0; this version of the tool reads 1 to 2"),
    ("{\"schemaVersion\":1}", "is missing"), ("{\"schemaVersion\":1,\"toolVersion\":3}", "toolVersion: expected"),
  ])
  func whatIsNoRecordIsRefusedWithItsPath(_ json: String, _ text: String) {
    let error = #expect(throws: ProvenanceError.self) { try Provenance(json: Array(json.utf8)) }
    #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("bitexact.provenance") == true)
  }

  /// A record with meanings.
  private static func record(meaning meanings: [Provenance.Meaning]) throws -> Provenance {
    var record = try record()
    record.meanings = meanings
    return record
  }

  @Test func meaningsOfManyChannelsAreShortAndComeBackBitForBit() throws {
    var scales = [Double](repeating: 3.0 / 127, count: 960)
    for channel in stride(from: 0, to: 960, by: 7) { scales[channel] = 0.02 / Double(channel % 5 + 3) }
    let folded = scales.map { $0 * 94 }
    let unfolded = folded.map(\.nextUp)
    let meanings: [Provenance.Meaning] = [
      .init(tensor: 4, scales: [0.1], offsets: [12.8]),
      .init(tensor: 5, scales: scales, offsets: folded),
      .init(tensor: 9, scales: scales, offsets: folded),
      // One rounding off: no multiple of all scales.
      .init(tensor: 10, scales: scales, offsets: unfolded),
      .init(tensor: 11, scales: [0.1, 0.2, 0.3], offsets: [0]),
      .init(tensor: 12, scales: [0.1, 0.2, 0.3], offsets: [0, -0.0, 0]),
    ]
    let json = try Self.record(meaning: meanings).json()
    let read = try #require(try Provenance(json: Array(json.utf8)).meanings)
    #expect(read.map(\.tensor) == meanings.map(\.tensor))
    for (found, wanted) in zip(read, meanings) {
      #expect(found.scales.map(\.bitPattern) == wanted.scales.map(\.bitPattern))
      #expect(found.offsets.map(\.bitPattern) == wanted.offsets.map(\.bitPattern))
    }
    #expect(json.contains("{\"like\":5,\"tensor\":9}"))
    #expect(json.contains("\"offsetSteps\":94"))
    // The folded tensors and their channels cost three bytes a channel rather than forty.
    let short = try Self.record(meaning: Array(meanings[0...2])).json()
    let none = try Self.record(meaning: []).json()
    #expect(short.utf8.count - none.utf8.count < 3 * scales.count)
  }

  @Test func meaningsOfOlderFilesAreRead() throws {
    func read(_ meaning: String) throws -> [Provenance.Meaning]? {
      let json = try Self.record(meaning: [.init(tensor: 3, scales: [7], offsets: [5])]).json()
      let old = json.replacing("{\"offsets\":[5],\"scales\":[7],\"tensor\":3}", with: meaning)
        .replacing("\"schemaVersion\":2", with: "\"schemaVersion\":1")
      try #require(old.contains(meaning) && old.contains("\"schemaVersion\":1"))
      return try Provenance(json: Array(old.utf8)).meanings
    }
    #expect(
      try read("{\"tensor\":3,\"scales\":[0.5,0.25],\"offsets\":[64,32]}")
        == [.init(tensor: 3, scales: [0.5, 0.25], offsets: [64, 32])])
    #expect(
      try read("{\"tensor\":3,\"scales\":[0.5,0.25],\"offset\":1.5}")
        == [.init(tensor: 3, scales: [0.5, 0.25], offsets: [1.5])])
    for (meaning, text) in [
      ("{\"tensor\":3,\"like\":3}", "tensor 3 is like that of 3, which does not stand before it"),
      ("{\"tensor\":3,\"scales\":[1],\"channels\":[0,1],\"offsets\":[0]}", "tensor 3 has a channel without a scale"),
      ("{\"tensor\":3,\"scales\":[1]}", "tensor 3 has no offsets"),
      ("{\"tensor\":3,\"offsets\":[1]}", "tensor 3 has no scales"),
    ] {
      let error = #expect(throws: ProvenanceError.self) { _ = try read(meaning) }
      #expect(error?.problem.contains(text) == true, "\(error?.problem ?? "")")
    }
  }
}
