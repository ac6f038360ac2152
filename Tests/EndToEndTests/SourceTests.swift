import Arrays
import TestSupport
import Testing

/// `verify --source`: whether that is the source, what its integers mean, and what cannot be concluded.
@Suite("Sources from the command line")
struct SourceCommandTests {
  /// A folder with the small classifier.
  private func workspace() throws -> Workspace {
    let folder = try Workspace()
    try SmallClassifier.write(to: folder)
    return folder
  }

  /// Re-quantizes a model for a machine.
  private func make(
    _ folder: Workspace, _ source: String, _ profile: String, _ name: String, _ subject: Subject = .small
  ) throws {
    let words = ["requantize", source, "--profile", profile, "--calibrate", subject.images, "--effort", "fast", "-o"]
    let made = try folder.tool(words + [name, "--every", subject.model == Workspace.model ? "96" : "12"])
    #expect(made.exitCode == 0, "\(made.errors)")
  }

  private func verify(
    _ folder: Workspace, _ model: String, _ source: String, _ subject: Subject
  ) throws -> (code: Int32, distance: Double?) {
    let words = ["verify", model, "--source", source, "--inputs", subject.images, "--count", "4", "--json"]
    let result = try folder.tool(words)
    return (result.exitCode, (try result.object()["distance"] as? [String: Any])?["sqnrDb"] as? Double)
  }

  @Test(
    "a source that is re-quantized itself means what its record says, and so does what is made of it",
    arguments: Subject.all)
  func chain(subject: Subject) throws {
    let folder = try workspace()
    try make(folder, subject.model, "nna-int8", "a.tflite", subject)
    try make(folder, "a.tflite", "nna-int16", "b.tflite", subject)
    // The logits of the first have a constant folded into them, of which only the record knows.
    let (code, distance) = try verify(folder, "b.tflite", "a.tflite", subject)
    let words = ["compare", "b.tflite", "a.tflite", "--inputs", subject.images, "--count", "4", "--json"]
    let other = try folder.tool(words).object()["outputs"] as? [[String: Any]]
    #expect(code == 0 && (distance ?? 0) > 14, "\(distance ?? .nan)")
    #expect(abs((other?.first?["sqnrDb"] as? Double ?? 0) - (distance ?? 99)) < 1e-6)
  }

  @Test("bounds of the distance need a source")
  func bounds() throws {
    let folder = try Workspace()
    for words in [["--min-sqnr", "30"], ["--min-agreement", "99"]] {
      let result = try folder.tool(["verify", Workspace.model] + words)
      #expect(result.exitCode == 64 && result.errors.contains("needs --source"))
    }
  }

  @Test("models that get different inputs are not verified by their answers", arguments: Subject.all)
  func differentInputs(subject: Subject) throws {
    let folder = try workspace()
    try folder.write(
      #"{ "schemaVersion": 1, "name": "coarse", "extends": "nna-int8-pow2" }"#, to: "coarse.json")
    try make(folder, subject.model, "coarse.json", "a.tflite", subject)
    let images = try NPYFile(contentsOf: folder.path(subject.images))
    let values = try images.sample(0, as: Int32.self).map { Int8($0 / 2) }
    try NPYWriter.write(values, shape: [1] + images.sampleShape, to: folder.path("own.npy"))
    let words = ["verify", "a.tflite", "--source", subject.model, "--inputs", "own.npy"]
    let fine = try folder.tool(words)
    let made = try folder.tool(words + ["--own-inputs"])
    #expect(fine.exitCode == 0 || fine.output.contains("different inputs"), "\(fine.output)")
    if made.errors.contains("get different inputs") {
      #expect(made.exitCode == 1 && made.output.hasSuffix("NOT verified: the two models get different inputs\n"))
      #expect(try folder.tool(words + ["--own-inputs", "--json"]).object()["verified"] as? Bool == false)
    }
  }

  @Test("a machine on which every run ends with a trap is not verified", arguments: Subject.all)
  func trap(subject: Subject) throws {
    let folder = try workspace()
    try folder.write(
      #"{ "schemaVersion": 1, "name": "trap", "extends": "nna-int8-pow2", "accumulator": { "bits": 12, "overflow": "trap" } }"#,
      to: "trap.json")
    try make(folder, subject.model, "nna-int8-pow2", "a.tflite", subject)
    let result = try folder.tool("verify", "a.tflite", "--profile", "trap.json", "--allow-overflow")
    #expect(result.exitCode == 1 && result.output.hasSuffix("NOT verified\n"), "\(result.output)")
    #expect(result.output.contains("end with a trap: the machine gives no result that could be compared"))
  }
}
