import Bitexact
import Testing

/// The library beside the tool: both are made of the same parts, and give the same files and words.
@Suite("The library beside the command line")
struct LibraryTests {
  @Test("a model, its plan and its verdict are those of the tool, byte for byte")
  func sameBytes() async throws {
    let folder = try Workspace()
    let made = try folder.tool(
      "requantize", Workspace.model, "--profile", "nna-int8-pow2", "--calibrate", Workspace.images, "--every", "120",
      "--effort", "fast", "--plan", "plan.json", "-o", "out.tflite")
    #expect(made.exitCode == 0, "\(made.errors)")
    let source = try Model(contentsOf: folder.path(Workspace.model))
    let images = try Samples(contentsOf: folder.path(Workspace.images))
    let result = try await Requantizer(profile: Profile(named: "nna-int8-pow2"), effort: .fast)
      .requantize(source, calibration: images.choosing(every: 120))
    // A list of bytes that differs would be printed whole.
    let isSameModel = try result.model.bytes == folder.bytes("out.tflite")
    let isSamePlan = try Array(result.plan.utf8) == folder.bytes("plan.json")
    #expect(isSameModel && isSamePlan)
    let verified = try folder.tool(
      "verify", "out.tflite", "--source", Workspace.model, "--inputs", Workspace.images, "--skip", "64", "--count", "3",
      "--json")
    let verdict = try await Verifier().verify(
      result.model, source: source, samples: images.choosing(skip: 64, count: 3))
    let told = try verified.object()
    #expect(told["verdict"] as? String == verdict.words && told["verified"] as? Bool == verdict.isVerified)
    let sqnr = (told["distance"] as? [String: Any])?["sqnrDb"] as? Double
    #expect(abs((sqnr ?? 0) - (verdict.distance?.sqnr ?? 99)) < 1e-9)
    let parts = (told["parts"] as? [[String: Any]])?.compactMap { $0["summary"] as? String }
    #expect(parts == verdict.parts.map(\.summary))
  }
}
