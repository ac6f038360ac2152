import Arrays
import NetworkModel
import TFLite
import TestSupport
import Testing

/// Data of int8 for a source of int8, re-quantized to int8 of another scale: nothing but the scales tells them apart.
@Suite("Whose integers the data are")
struct InputMeaningTests {
  private static let source = "source.tflite"
  private static let made = "made.tflite"
  private static let data = "int8.npy"

  /// A folder with an int8 layer whose input has another scale and a zero point, what `nna-int8-pow2` makes of it, and
  /// random integers for the former.
  private func workspace() throws -> Workspace {
    let folder = try Workspace()
    try folder.write([UInt8](RepositoryFiles.data("Tests/Fixtures/litert/conv_i8_valid.tflite")), to: Self.source)
    var random = SeededGenerator(seed: 1)
    let values = (0..<32 * 90).map { _ in Int8.random(in: .min ... .max, using: &random) }
    try NPYWriter.write(values, shape: [32, 6, 5, 3], to: folder.path(Self.data))
    try NPYWriter.write(
      values.map { UInt8(bitPattern: $0) ^ 0x80 }, shape: [32, 6, 5, 3], to: folder.path("uint8.npy"))
    let result = try folder.tool(
      "requantize", Self.source, "--profile", "nna-int8-pow2", "--effort", "fast", "--calibrate", Self.data, "-o",
      Self.made)
    #expect(result.exitCode == 0, "\(result.errors)")
    return folder
  }

  private func outputs(_ folder: Workspace, _ words: [String]) throws -> (errors: String, first: [String: Any]) {
    let result = try folder.tool(words + ["--json"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let outputs = try #require(try result.object()["outputs"] as? [[String: Any]])
    return (result.errors, try #require(outputs.first))
  }

  @Test(
    "a source and what was made from it get the same real numbers, whichever is named first",
    arguments: ["int8.npy", "uint8.npy"])
  func compared(data: String) throws {
    let folder = try workspace()
    func sqnr(_ words: String...) throws -> Double {
      let (errors, output) = try outputs(folder, words + ["--inputs", data])
      #expect(errors.contains("note: \(data): ") && errors.contains("--own-inputs"))
      #expect(!errors.contains("warning"))
      return try #require(output["sqnrDb"] as? Double)
    }
    let verified = try sqnr("verify", Self.made, "--source", Self.source, "--count", "32")
    #expect(verified > 15)
    // Both compare the same samples the same way.
    #expect(abs(try sqnr("compare", Self.made, Self.source) - verified) < 1e-6)
    #expect(abs(try sqnr("compare", Self.source, Self.made) - verified) < 3)
  }

  @Test("a sweep gives the models that it makes what its data mean to the model", arguments: ["int8.npy", "uint8.npy"])
  func explored(data: String) throws {
    let folder = try workspace()
    func sqnr(_ words: String...) throws -> Double? {
      let result = try folder.tool(words + ["--vary", "accumulator.bits=32", "--inputs", data, "--json"])
      #expect(result.exitCode == 0, "\(result.errors)")
      let report = try result.object()
      #expect(report["inputsDiffer"] as? Bool == false && report["clippedInputShare"] as? Double == 0)
      let points = try #require(report["points"] as? [[String: Any]])
      #expect(points.first?["agreement"] is Double)
      return points.first?["sqnrDb"] as? Double
    }
    let (_, compared) = try outputs(folder, ["compare", Self.made, Self.source, "--inputs", data])
    let found = try #require(
      try sqnr("explore", Self.source, "--profile", "nna-int8-pow2", "--calibrate", Self.data))
    #expect(abs(found - (try #require(compared["sqnrDb"] as? Double))) < 1)
    // The model itself, as its own measure: nothing differs.
    #expect(try sqnr("explore", Self.made) == nil)
  }

  @Test("alone, a model takes them as its source's and says so; --own-inputs takes them as its own")
  func alone() throws {
    let folder = try workspace()
    func outputs(_ model: String, _ data: String, _ more: String...) throws -> (BitexactTool.Result, [UInt8]) {
      let result = try folder.tool(["run", model, "--input", data, "-o", "out.npy"] + more)
      #expect(result.exitCode == 0, "\(result.errors)")
      return (result, try folder.bytes("out.npy"))
    }
    let (converted, meant) = try outputs(Self.made, Self.data)
    #expect(converted.errors.contains("--own-inputs") && converted.errors.contains("zero point"))
    #expect(converted.errors.split(separator: "\n").count == 1)
    let (images, same) = try outputs(Self.made, "uint8.npy")
    #expect(images.errors.contains("as images for \(Self.source)") && meant == same)
    #expect(try outputs(Self.made, Self.data, "--quiet").0.errors.isEmpty)
    let (told, expected) = try outputs(Self.made, Self.data, "--source-inputs")
    #expect(told.errors.isEmpty && meant == expected)
    let (own, misread) = try outputs(Self.made, Self.data, "--own-inputs")
    #expect(own.errors.isEmpty && meant != misread)
    #expect(try outputs(Self.source, Self.data).0.errors.isEmpty)
    let both = try folder.tool("run", Self.made, "--input", Self.data, "--source-inputs", "--own-inputs")
    #expect(both.exitCode == 64 && both.errors.contains("exclude each other"))
  }

  @Test(
    "a classifier of int8 made from int8: every command tells the same of uint8 images",
    arguments: Subject.all)
  func sameStory(subject: Subject) throws {
    let folder = try Workspace()
    try SmallClassifier.write(to: folder)
    let isDemo = subject.model == Workspace.model
    let bytes = isDemo ? try folder.bytes(Workspace.int8Model) : try TFLiteFile(SmallClassifier.network(.int8)).bytes()
    var network = try TFLiteFile(bytes: bytes).network()
    // 0 to 255 become −128 to 127 of this scale, which is no power of two.
    network.tensors[network.inputs[0]].quantization = Quantization(scale: 0.0043, zeroPoint: -100)
    try folder.write(
      TFLiteFile(network, replacing: TFLiteFile(bytes: bytes), metadata: []).bytes(), to: Self.source)
    let data = ["--inputs", subject.images, "--count", "10"]
    let made = try folder.tool(
      "requantize", Self.source, "--profile", "nna-int8-pow2", "--effort", "fast", "--calibrate", subject.images,
      "--count", "16", "-o", Self.made)
    #expect(made.exitCode == 0, "\(made.errors)")
    // What the source answers is what is right.
    let labels = try folder.tool([
      "evaluate", Self.source, "--predictions", "labels.npy", "--inputs", subject.images,
    ])
    #expect(labels.exitCode == 0, "\(labels.errors)")
    func number(_ key: String, _ words: [String], in list: String? = nil) throws -> Double {
      let result = try folder.tool(words + data + ["--json"])
      #expect(result.exitCode == 0, "\(words): \(result.errors)")
      let report = try result.object()
      return try #require(list.map { (report[$0] as? [[String: Any]])?.first ?? [:] } ?? report)[key] as? Double ?? -1
    }
    let right = try number("top1", ["evaluate", Self.made, "--labels", "labels.npy"])
    #expect(right > 0.8 && right < 1.01)
    #expect(try number("agreement", ["compare", Self.made, Self.source], in: "outputs") == right)
    #expect(try number("agreement", ["compare", Self.source, Self.made], in: "outputs") == right)
    #expect(try number("agreement", ["verify", Self.made, "--source", Self.source], in: "outputs") == right)
    let swept = try number(
      "agreement",
      [
        "explore", Self.source, "--profile", "nna-int8-pow2", "--vary", "accumulator.bits=32", "--effort", "fast",
        "--calibrate", subject.images,
      ], in: "points")
    #expect(abs(swept - right) < 0.11)
    // Taken for its own, they are other images.
    #expect(try number("top1", ["evaluate", Self.made, "--labels", "labels.npy", "--own-inputs"]) < right)
  }

  @Test("every command's JSON says what the data mean")
  func decisions() throws {
    let folder = try workspace()
    let commands = [
      ["run", Self.made, "--input"], ["bench", Self.made, "--runs", "1", "--input"],
      ["vectors", Self.made, "-o", "vectors", "--count", "1", "--inputs"],
      ["inspect", Self.made, "--accumulators", "--inputs"], ["verify", Self.made, "--count", "1", "--inputs"],
      ["verify", Self.made, "--count", "1", "--source", Self.source, "--inputs"],
      ["compare", Self.made, Self.source, "--inputs"], ["compare", Self.made, "--profiles", "tflite,tosa", "--inputs"],
      ["explore", Self.made, "--vary", "accumulator.bits=32", "--inputs"],
      ["requantize", Self.made, "--profile", "nna-int8", "-o", "twice.tflite", "--calibrate"],
    ]
    for command in commands {
      let result = try folder.tool(command + ["uint8.npy", "--json"])
      #expect(result.exitCode == 0, "\(command): \(result.errors)")
      let report = try result.object()
      let data = try #require(report["data"] as? [String: Any], "\(command): \(result.errors)")
      let input = try #require((data["inputs"] as? [[String: Any]])?.first)
      #expect(input["meaning"] as? String == "images" && input["given"] as? String == "uint8", "\(command)")
      #expect((input["of"] as? String)?.hasSuffix(Self.source) == true, "\(command): \(input)")
      #expect(input["otherwise"] as? String == "--own-inputs" && report["clippedInputShare"] as? Double == 0)
    }
    // What was made twice over still has the data of the first source.
    let result = try folder.tool("run", "twice.tflite", "--input", "uint8.npy", "--json")
    let input = try #require(((try result.object()["data"] as? [String: Any])?["inputs"] as? [[String: Any]])?.first)
    #expect(input["of"] as? String == Self.source)
  }
}
