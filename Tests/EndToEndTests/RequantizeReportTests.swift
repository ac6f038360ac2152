import Foundation
import Testing

@Suite("the report of requantize")
struct RequantizeReportTests {
  static func object(_ folder: Workspace, _ name: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(folder.bytes(name))) as? [String: Any])
  }

  @Test("it says of each tensor and layer what became of it, and what each pass gained", arguments: Subject.all)
  func report(subject: Subject) throws {
    let folder = try Workspace()
    try SmallClassifier.write(to: folder)
    let step = subject.model == Workspace.model ? 64 : 8
    let result = try folder.tool(
      "requantize", subject.model, "--profile", "nna-int8-pow2", "--calibrate", subject.images, "--labels",
      subject.labels, "--every", "\(step)", "-o", "a.tflite", "--report", "r.json")
    #expect(result.exitCode == 0, "\(result.errors)")
    let object = try Self.object(folder, "r.json")
    let summary = try #require(object["summary"] as? [String: Any])
    let samples = try #require(summary["samples"] as? Int)
    #expect((summary["sampleIndices"] as? [Int])?.prefix(2) == [0, step] && samples > 1)
    #expect(summary["sampleFile"] as? String == subject.images)
    // The classes are far apart.
    #expect((summary["agreement"] as? Double ?? 0) > 0.7 && (summary["logitsSqnrDb"] as? Double ?? 0) > 8)
    let (before, after) = (summary["sourceTop1"] as? Double ?? 0, summary["resultTop1"] as? Double ?? 0)
    let classes = try #require(summary["classes"] as? [String: Int])
    #expect(before > 0.7 && after > 0.7)
    let difference = try #require(classes["won"]) - #require(classes["lost"])
    #expect(abs((after - before) * Double(samples) - Double(difference)) < 1e-6)
    #expect(result.output.contains("top-1 of the result") && result.output.contains("(0 \(step) \(2 * step)"))

    let passes = try #require(object["passes"] as? [[String: Any]])
    #expect(passes.allSatisfy { $0["seconds"] is Double && $0["gains"] is [Any] })
    let gains = passes.flatMap { $0["gains"] as? [[String: Any]] ?? [] }
    #expect(gains.contains { $0["step"] as? String == "fold-output-error" })

    let layers = try #require(object["layers"] as? [[String: Any]])
    for layer in layers {
      let after = try #require(layer["after"] as? [String: Any])
      #expect(after["type"] as? String == "int8" && after["zeroPoint"] as? Int == 0)
      let ratios = try #require(layer["ratios"] as? [Double])
      let shifts = try #require(layer["shifts"] as? [Int])
      #expect(zip(ratios, shifts).allSatisfy { $0 == pow(2, -Double($1)) } && ratios.count == shifts.count)
      #expect(layer["outputSqnrDb"] is Double && layer.keys.contains("weightSqnrDb"))
      #expect((layer["parts"] as? [String])?.contains("fold-output-error") == true)
    }
    #expect(layers.count > 2)
    let tensors = try #require(object["tensors"] as? [[String: Any]])
    #expect(tensors.count > layers.count && object["tensorSamples"] as? Int == samples)
    for tensor in tensors {
      #expect(tensor["before"] is [String: Any] && tensor["after"] is [String: Any])
      let saturation = try #require(tensor["saturation"] as? Double)
      #expect((0...1).contains(saturation) && tensor.keys.contains("sqnrDb"))
    }
    #expect(tensors.contains { ($0["parts"] as? [String])?.contains("absorb-scales") == true })
  }

  @Test("made-up samples are called so", arguments: Subject.all)
  func synthetic(subject: Subject) throws {
    let folder = try Workspace()
    try SmallClassifier.write(to: folder)
    let result = try folder.tool("requantize", subject.model, "--profile", "nna-int8", "-o", "a.tflite")
    #expect(result.exitCode == 0 && result.output.contains("made-up samples"))
    #expect(!result.output.contains("top-1"))
  }

  @Test("labels belong to samples")
  func labels() throws {
    let folder = try Workspace()
    let alone = try folder.tool(
      "requantize", Workspace.model, "--profile", "nna-int8", "--labels", Workspace.labels, "-o", "a.tflite")
    #expect(alone.exitCode == 64 && alone.errors.contains("--calibrate"))
    let wrong = try folder.tool(
      "requantize", Workspace.model, "--profile", "nna-int8", "--calibrate", Workspace.images, "--labels",
      Workspace.images, "-o", "a.tflite")
    #expect(wrong.exitCode != 0 && wrong.errors.contains("labels"))
    #expect(try !folder.names().contains("a.tflite"))
  }
}
