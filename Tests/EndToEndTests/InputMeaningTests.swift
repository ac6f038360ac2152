import Arrays
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
      "requantize", Self.source, "--profile", "nna-int8-pow2", "--calibrate", Self.data, "-o", Self.made)
    #expect(result.exitCode == 0, "\(result.errors)")
    return folder
  }

  @Test("a source and what was made from it get the same real numbers, whichever is named first")
  func compared() throws {
    let folder = try workspace()
    func sqnr(_ words: String...) throws -> Double {
      let result = try folder.tool(words + ["--inputs", Self.data, "--json"])
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(!result.errors.contains("note"))
      let outputs = try #require(try result.object()["outputs"] as? [[String: Any]])
      return try #require(outputs.first?["sqnrDb"] as? Double)
    }
    let verified = try sqnr("verify", Self.made, "--source", Self.source)
    #expect(verified > 15)
    #expect(abs(try sqnr("compare", Self.source, Self.made) - verified) < 3)
    #expect(abs(try sqnr("compare", Self.made, Self.source) - verified) < 3)
  }

  @Test("a sweep gives the models that it makes what its data mean to the model")
  func explored() throws {
    let folder = try workspace()
    let result = try folder.tool(
      "explore", Self.source, "--profile", "nna-int8-pow2", "--vary", "accumulator.bits=32", "--inputs",
      Self.data, "--json")
    #expect(result.exitCode == 0, "\(result.errors)")
    let points = try #require(try result.object()["points"] as? [[String: Any]])
    #expect(try #require(points.first?["sqnrDb"] as? Double) > 15)
  }

  @Test("alone, a model takes them as its own and says so; --source-inputs takes them as its source's")
  func alone() throws {
    let folder = try workspace()
    func outputs(_ model: String, _ data: String, _ more: String...) throws -> (BitexactTool.Result, [UInt8]) {
      let result = try folder.tool(["run", model, "--input", data, "-o", "out.npy"] + more)
      #expect(result.exitCode == 0, "\(result.errors)")
      return (result, try folder.bytes("out.npy"))
    }
    let (own, misread) = try outputs(Self.made, Self.data)
    #expect(own.errors.contains("--source-inputs") && own.errors.contains("zero point"))
    #expect(try outputs(Self.made, Self.data, "--quiet").0.errors.isEmpty)
    let (converted, meant) = try outputs(Self.made, Self.data, "--source-inputs")
    #expect(converted.errors.isEmpty && meant != misread)
    // Bytes of the other signedness can only be the source's.
    let (bytes, expected) = try outputs(Self.made, "uint8.npy")
    #expect(bytes.errors.isEmpty && meant == expected)
    #expect(try outputs(Self.source, Self.data).0.errors.isEmpty)
  }
}
