import Arrays
import NetworkModel
import TFLite
import TestSupport
import Testing

/// Real numbers that an input cannot hold.
@Suite("Inputs that clip, from the command line")
struct ClippedInputTests {
  private static let model = "model.tflite"

  /// A folder with a layer whose input holds 0 to 1, and random images of 0 to 255 times a factor.
  private func workspace(_ factor: Float) throws -> Workspace {
    let folder = try Workspace()
    let bytes = [UInt8](try RepositoryFiles.data("Tests/Fixtures/litert/conv_i8_valid.tflite"))
    try folder.write(try model(bytes, Quantization(scale: 1 / 255, zeroPoint: -128)), to: Self.model)
    var random = SeededGenerator(seed: 1)
    let values = (0..<8 * 90).map { _ in Float(Int.random(in: 0...255, using: &random)) * factor }
    try NPYWriter.write(values, shape: [8, 6, 5, 3], to: folder.path("real.npy"))
    return folder
  }

  /// A model with other parameters of its input.
  private func model(_ bytes: [UInt8], _ quantization: Quantization) throws -> [UInt8] {
    var network = try TFLiteFile(bytes: bytes).network()
    network.tensors[network.inputs[0]].quantization = quantization
    return try TFLiteFile(network, replacing: TFLiteFile(bytes: bytes), metadata: []).bytes()
  }

  private static let commands = [
    ["run", model, "--input"],
    ["verify", model, "--count", "2", "--inputs"], ["compare", model, model, "--inputs"],
    ["vectors", model, "-o", "vectors", "--count", "1", "--inputs"],
    ["explore", model, "--vary", "accumulator.bits=32", "--inputs"],
    ["requantize", model, "--profile", "nna-int8", "--effort", "fast", "-o", "out.tflite", "--calibrate"],
  ]

  @Test("images of 0 to 1 for an input of 0 to 255 are a warning, too; integers and wider images are none")
  func narrow() throws {
    let folder = try workspace(1 / 255)
    let bytes = [UInt8](try RepositoryFiles.data("Tests/Fixtures/litert/conv_i8_valid.tflite"))
    try folder.write(try model(bytes, Quantization(scale: 1, zeroPoint: -128)), to: Self.model)
    for command in Self.commands {
      let result = try folder.tool(command + ["real.npy", "--json", "--quiet"])
      #expect(result.exitCode == 0, "\(command): \(result.errors)")
      #expect(
        result.errors.contains("take less than a sixteenth of what it holds: they range from 0.0"),
        "\(result.errors)")
      #expect(result.errors.contains("multiply by 255"))
      let narrow = try #require((result.object()["data"] as? [String: Any])?["narrow"] as? [[String: Any]])
      #expect((narrow.first?["seen"] as? [Double])?.last == 1, "\(command)")
    }
    try NPYWriter.write(
      [UInt8](repeating: 0, count: 89) + [1], shape: [1, 6, 5, 3], to: folder.path("bytes.npy"))
    try NPYWriter.write((0..<90).map { Float($0) }, shape: [1, 6, 5, 3], to: folder.path("wide.npy"))
    for data in ["bytes.npy", "wide.npy"] {
      #expect(try folder.tool("run", Self.model, "--input", data).errors.isEmpty)
    }
  }

  @Test("images of 0 to 255 for a narrower input are a warning that names the file, the ranges and the repair")
  func warned() throws {
    let folder = try workspace(1)
    for command in Self.commands {
      let result = try folder.tool(command + ["real.npy", "--json", "--quiet"])
      #expect(result.exitCode == 0, "\(command): \(result.errors)")
      #expect(result.errors.contains("warning: real.npy: ") && result.errors.contains("are clipped: they range from"))
      #expect(result.errors.contains("divide by 255"), "\(result.errors)")
      #expect(try #require(result.object()["clippedInputShare"] as? Double) > 0.1, "\(command)")
    }
    // A classifier for -1 to 1.
    let images = try NPYFile(contentsOf: folder.path(Workspace.images))
    let values: [Float] = try (0..<8).flatMap { try images.sample($0, as: Float.self) }
    try NPYWriter.write(values, shape: [8] + images.sampleShape, to: folder.path("digits.npy"))
    let shown = try folder.tool("evaluate", Workspace.int8Model, "--inputs", "digits.npy", "--predictions", "p.npy")
    #expect(shown.output.hasPrefix("WARNING: digits.npy: ") && shown.errors.contains("divide by 127.5"))
  }

  @Test("images of the right range say nothing; a few elements outside are a note")
  func quiet() throws {
    let folder = try workspace(1 / 256)
    for command in Self.commands {
      let result = try folder.tool(command + ["real.npy", "--json"])
      #expect(result.exitCode == 0 && !result.errors.contains("clipped"), "\(result.errors)")
      #expect(try result.object()["clippedInputShare"] as? Double == 0)
    }
    let images = try NPYFile(contentsOf: folder.path("real.npy"))
    var values: [Float] = try images.values()
    values[0] = 300
    try NPYWriter.write(values, shape: images.shape, to: folder.path("one.npy"))
    let noted = try folder.tool("run", Self.model, "--input", "one.npy")
    #expect(noted.errors.contains("note: one.npy: 0.14 % of the elements"), "\(noted.errors)")
    #expect(!noted.output.contains("WARNING"))
  }

  @Test("two models that get different inputs: said before anything else")
  func differing() throws {
    let folder = try workspace(1)
    // The same model, whose input says another scale: what one holds the other cuts.
    try folder.write(
      model(folder.bytes(Self.model), Quantization(scale: 1, zeroPoint: -128)), to: "other.tflite")
    for command in [["compare", Self.model, "other.tflite"], ["verify", Self.model, "--source", "other.tflite"]] {
      let result = try folder.tool(command + ["--inputs", "real.npy"])
      #expect(result.errors.contains("warning: real.npy: the two models get different inputs"), "\(result.errors)")
      #expect(result.output.hasPrefix("WARNING: real.npy: the two models get different inputs"), "\(result.output)")
      let report = try folder.tool(command + ["--inputs", "real.npy", "--json"]).object()
      #expect(report["inputsDiffer"] as? Bool == true)
    }
  }
}
