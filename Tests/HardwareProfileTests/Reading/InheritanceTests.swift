import FixedPoint
import HardwareProfile
import Testing

@Suite("Inheritance between profiles")
struct InheritanceTests {
  /// Decodes the first of some files, which can extend the others.
  private func decode(_ files: [String: String], _ first: String = "a.json") throws(ProfileError) -> HardwareProfile {
    try HardwareProfile.decode(Array((files[first] ?? "").utf8), file: first) { files[$0].map { Array($0.utf8) } }
  }

  private func faults(of files: [String: String], _ first: String = "a.json") -> [ProfileFault] {
    do {
      _ = try decode(files, first)
      return []
    } catch { return error.faults }
  }

  private func file(extends: String, _ members: String = "") -> String {
    #"{"schemaVersion": 1, "name": "x", "extends": "\#(extends)"\#(members.isEmpty ? "" : ", " + members)}"#
  }

  @Test("a what-if of three lines changes what it says and nothing else")
  func whatIf() throws {
    let text = #"{"schemaVersion":1,"name":"what-if","extends":"nna-int8-pow2","accumulator":{"bits":24}}"#
    let profile = try HardwareProfile.decode(Array(text.utf8), file: "what-if.json")
    var expected = try HardwareProfile.builtIn(named: "nna-int8-pow2")
    expected.name = "what-if"
    expected.accumulator.bits = 24
    expected.certified = "not certified"
    #expect(profile == expected)
  }

  @Test("a name is never inherited")
  func name() {
    let found = HardwareProfileTests.faults(#"{"schemaVersion": 1, "extends": "tflite"}"#)
    #expect(found.map(\.path) == ["name"])
  }

  @Test("objects are merged deeply, lists and words replaced")
  func merging() throws {
    let base = try HardwareProfile.builtIn(named: "nna-int8")
    let profile = try decode([
      "a.json": file(
        extends: "nna-int8",
        #""operators": {"ADD": {"alignment": {"bits": 8}}}, "weights": {"granularity": ["channel"]}"#)
    ])
    #expect(profile.operators["ADD"]?.alignment == .multiply(bits: 8, rounding: .tiesTowardPositive))
    #expect(profile.weights.granularity == [.channel])
    #expect(profile.weights.formats == base.weights.formats)
    #expect(profile.operators.count == base.operators.count)
  }

  @Test("another method replaces the inherited object, whose keys would mean nothing to it")
  func method() throws {
    let alignment = #"{"method": "shift", "maximumLeftShift": 3, "rounding": "floor"}"#
    let profile = try decode([
      "a.json": file(extends: "nna-int8", #""operators": {"ADD": {"alignment": \#(alignment)}}"#)
    ])
    #expect(profile.operators["ADD"]?.alignment == .shift(maximumLeftShift: 3, rounding: .floor))
  }

  @Test("null removes an inherited key and must find one")
  func removal() throws {
    let files = ["a.json": file(extends: "b.json", #""limits": {"stride": null}, "operators": {"MEAN": null}"#)]
    let base = file(extends: "tflite", #""limits": {"stride": 2, "channels": 64}"#)
    let profile = try decode(files.merging(["b.json": base]) { $1 })
    #expect(profile.limits.stride == nil && profile.limits.channels == 64)
    #expect(profile.operators["MEAN"] == nil && profile.operators["ADD"] != nil)

    let found = HardwareProfileTests.faults(HardwareProfileTests.whatIf(#""accumulator": {"bist": null}"#))
    #expect(found.map(\.path) == ["accumulator.bist"])
    #expect(found.first?.message.contains(#"did you mean "bits""#) == true)
    #expect(
      HardwareProfileTests.faults(HardwareProfileTests.whatIf(#""sources": [null]"#)).map(\.path) == ["sources[0]"])
  }

  @Test("a path is relative to the file that names it")
  func relativePath() throws {
    let files = [
      "dir/a.json": file(extends: "sub/b.json", #""bias": {"bits": 16}"#),
      "dir/sub/b.json": file(extends: "deep/c.json", #""accumulator": {"bits": 20}"#),
      "dir/sub/deep/c.json": file(extends: "tflite", #""vendor": "c""#),
    ]
    let profile = try decode(files, "dir/a.json")
    #expect(profile.bias.bits == 16 && profile.accumulator.bits == 20 && profile.vendor == "c")
  }

  @Test("a fault in an inherited file names that file and its line")
  func origin() {
    let base = "{\"schemaVersion\": 1, \"name\": \"b\", \"extends\": \"tflite\",\n\"accumulator\":\n{\"bits\": 99}}"
    let found = faults(of: ["a.json": file(extends: "b.json", #""bias": {"bits": 1}"#), "b.json": base])
    #expect(found.map { "\($0.file):\($0.line): \($0.path)" } == ["a.json:1: bias.bits", "b.json:3: accumulator.bits"])
  }

  @Test("a broken inherited file is refused as such")
  func brokenBase() {
    let found = faults(of: ["a.json": file(extends: "b.json"), "b.json": "{"])
    #expect(found.map(\.file) == ["b.json"] && found.first?.message.contains("not JSON") == true)
    let older = faults(of: ["a.json": file(extends: "b.json"), "b.json": #"{"schemaVersion": 0, "name": "b"}"#])
    #expect(older.map(\.file) == ["b.json"] && older.map(\.path) == ["schemaVersion"])
  }

  @Test("a circle is refused and told, however its paths are written")
  func circle() {
    let own = faults(of: ["a.json": file(extends: "a.json")])
    #expect(own.first?.message.contains("circle: a.json -> a.json") == true)
    let two = faults(of: ["a.json": file(extends: "b.json"), "b.json": file(extends: "./a.json"), "./a.json": "{}"])
    #expect(two.first?.message.contains("a.json -> b.json -> ./a.json") == true)
    #expect(two.first?.file == "b.json")
  }

  @Test("a chain that is too long is refused")
  func chain() {
    var files = ["40.json": file(extends: "tflite")]
    for index in 0..<40 { files["\(index).json"] = file(extends: "\(index + 1).json") }
    let found = faults(of: files, "0.json")
    #expect(found.map(\.path) == ["extends"] && found.first?.message.contains("longer than 16") == true)
    #expect(faults(of: files, "30.json") == [])
  }

  @Test("an unknown base names the nearest built-in profile")
  func unknownBase() {
    let found = faults(of: ["a.json": file(extends: "tflit")])
    #expect(found.map(\.path) == ["extends"])
    #expect(found.first?.message.contains(#"did you mean "tflite""#) == true)
    #expect(faults(of: ["a.json": #"{"schemaVersion": 1, "name": "x", "extends": 3}"#]).map(\.path) == ["extends"])
  }

  @Test(
    "what lies outside of the profile's folder is not extended",
    arguments: ["/dir/b.json", "../b.json", "sub/../../b.json", ".."])
  func outside(_ name: String) {
    let found = faults(
      of: ["dir/a.json": file(extends: name), "dir/\(name)": file(extends: "tflite"), name: "{}"], "dir/a.json")
    #expect(found.map(\.path) == ["extends"])
    #expect(found.first?.message.contains("does not lie beside or below") == true)
  }

  @Test("bytes without a reader of files extend built-in profiles only")
  func untrusted() {
    #expect(HardwareProfileTests.faults(file(extends: "/etc/hostname")).map(\.path) == ["extends"])
  }
}
