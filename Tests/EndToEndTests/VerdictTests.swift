import Arrays
import NetworkModel
import TFLite
import TestSupport
import Testing

/// What `verify` and `requantize` call a model that is far from its source, or that could overflow.
@Suite("Verdicts")
struct VerdictCommandTests {
  private static let source = "source.tflite"
  private static let broken = "broken.tflite"
  private static let data = "int8.npy"

  /// A folder with an int8 layer, one whose weights mean a fifth of them, and random integers for both.
  private func workspace() throws -> Workspace {
    let folder = try Workspace()
    let file = try TFLiteFile(bytes: [UInt8](RepositoryFiles.data("Tests/Fixtures/litert/conv_i8_valid.tflite")))
    try folder.write(file.bytes(), to: Self.source)
    var network = try file.network()
    let weights = try #require(network.nodes[0].input(1))
    let scales = network.tensors[weights].quantization?.scales ?? []
    network.tensors[weights].quantization?.scales = scales.map { $0 / 5 }
    try folder.write(TFLiteFile(network, replacing: file).bytes(), to: Self.broken)
    var random = SeededGenerator(seed: 1)
    let values = (0..<32 * 90).map { _ in Int8.random(in: .min ... .max, using: &random) }
    try NPYWriter.write(values, shape: [32, 6, 5, 3], to: folder.path(Self.data))
    return folder
  }

  @Test("a model that is far from its source fails, is not called verified, and its layer is named")
  func far() throws {
    let folder = try workspace()
    let words = ["verify", Self.broken, "--source", Self.source, "--inputs", Self.data]
    let text = try folder.tool(words + ["--report", "r.html"])
    #expect(text.exitCode == 1, "\(text.errors)")
    #expect(!text.output.lowercased().contains("verified"))
    #expect(
      text.output.contains("\nFAR from its source: ") && text.output.contains("falls most in operator 0 (CONV_2D)"))
    let page = String(decoding: try folder.bytes("r.html"), as: UTF8.self)
    #expect(page.contains("FAR from its source: ") && !page.lowercased().contains("verified"))
    let result = try folder.tool(words + ["--json"])
    #expect(result.exitCode == 1)
    let object = try result.object()
    #expect(object["passed"] as? Bool == false && object["verified"] as? Bool == false)
    #expect(object["proved"] as? Bool == true)
    let distance = try #require(object["distance"] as? [String: Any])
    #expect(distance["word"] as? String == "far" && distance["evidence"] as? String == "given")
    #expect((distance["birth"] as? [String: Any])?["operator"] as? Int == 0)
    // Without data, made-up samples tell it too.
    let without = try folder.tool("verify", Self.broken, "--source", Self.source)
    #expect(without.exitCode == 1 && without.output.contains("FAR from its source on made-up inputs: "))
  }

  @Test("demanded bounds take the place of the usual ones, and do not make a far model verified")
  func demanded() throws {
    let folder = try workspace()
    let far = try folder.tool(
      "verify", Self.broken, "--source", Self.source, "--inputs", Self.data, "--min-sqnr", "0", "--min-agreement", "1")
    #expect(far.exitCode == 0 && !far.output.lowercased().contains("verified"))
    let same = try folder.tool("verify", Self.source, "--source", Self.source, "--inputs", Self.data)
    #expect(same.exitCode == 0 && same.output.hasSuffix("verified, equal to its source\n"))
  }

  @Test("a model under a profile that is not its own is not blamed for it; a changed one is")
  func whatIf() throws {
    let folder = try workspace()
    try folder.write(
      #"{ "schemaVersion": 1, "name": "what-if", "extends": "nna-int8", "accumulator": { "bits": 30 } }"#,
      to: "what-if.json")
    let made = try folder.tool(
      "requantize", Self.source, "--profile", "nna-int8", "--calibrate", Self.data, "-o", "made.tflite", "--json")
    #expect(made.exitCode == 0, "\(made.errors)")
    let summary = try #require(made.object()["summary"] as? [String: Any])
    #expect(summary["verdict"] as? String == "close" && summary["noiseAlikeAgreement"] is Double)
    let result = try folder.tool("verify", "made.tflite", "--profile", "what-if.json")
    #expect(result.exitCode == 0, "\(result.output)")
    #expect(result.output.contains("for the profile nna-int8; checked here under what-if."))
    #expect(result.output.hasSuffix("verified\n"))
    // Another file is not its source, however close it is.
    let stranger = try folder.tool("verify", "made.tflite", "--source", Self.broken, "--inputs", Self.data)
    #expect(stranger.exitCode == 1 && stranger.output.contains("is not what the model was made from"))
    #expect(stranger.output.hasSuffix("NOT verified\n") || stranger.output.contains("FAR from its source"))
  }

  @Test("requantize says what could overflow, as verify will; --allow-overflow states it alone")
  func overflow() throws {
    let folder = try workspace()
    try folder.write(
      #"{ "schemaVersion": 1, "name": "narrow", "extends": "nna-int8", "accumulator": { "bits": 16 } }"#,
      to: "narrow.json")
    let words = ["requantize", Self.source, "--profile", "narrow.json", "--calibrate", Self.data, "-o", "n.tflite"]
    let made = try folder.tool(words + ["--json"])
    #expect(made.exitCode == 0, "\(made.errors)")
    let warning = try #require(made.errorLines.first { $0.contains("warning: n.tflite: ") })
    #expect(warning.contains("could overflow") && warning.contains("operator 0 (CONV_2D)"))
    let overflow = try #require(made.object()["overflow"] as? [String: Any])
    #expect(overflow["status"] as? String == "failed")
    let verified = try folder.tool("verify", "n.tflite", "--json")
    #expect(verified.exitCode == 1)
    // The same code says the same.
    let parts = try #require(verified.object()["parts"] as? [[String: Any]])
    #expect(
      parts.first { $0["name"] as? String == "overflow" }?["summary"] as? String == overflow["summary"] as? String)
    let allowed = try folder.tool(words + ["--allow-overflow"])
    #expect(allowed.exitCode == 0 && !allowed.errors.contains("warning"))
    #expect(allowed.output.contains("This was allowed."))
  }

  @Test("a bias leaves the register room for the sums, so that what is made can be proved")
  func wideBias() throws {
    let folder = try workspace()
    let file = try TFLiteFile(bytes: folder.bytes(Self.source))
    var network = try file.network()
    let node = network.nodes[0]
    let (bias, output) = (try #require(node.input(2)), node.outputs[0])
    // Nearly all of int32, which 16-bit inputs make 2^8 times as large: the 40 bits of nna-int16's register and no more.
    let wide = [Int64](repeating: Int64(Int32.max) - 9, count: network.tensors[bias].shape.count)
    network.tensors[bias].data = Tensor.bytes(wide, as: .int32).map { $0[...] }
    let scale = try #require(network.tensors[output].quantization?.scale)
    network.tensors[output].quantization = Quantization(scale: scale * 0x1p20, zeroPoint: 0)
    try folder.write(TFLiteFile(network, replacing: file).bytes(), to: "wide.tflite")
    let made = try folder.tool(
      "requantize", "wide.tflite", "--profile", "nna-int16", "--calibrate", Self.data, "-o", "w.tflite")
    #expect(made.exitCode == 0 && !made.errors.contains("overflow"), "\(made.errors)")
    #expect(made.output.contains("No accumulator can overflow"))
    #expect(try folder.tool("verify", "w.tflite").exitCode == 0)
  }
}
