import Arrays
import Foundation
import TestSupport
import Testing

@Suite("compare, inspect --accumulators, explore")
struct AnalysisCommandTests {
  @Test("a model and itself are identical, and bounds decide the exit code")
  func models() throws {
    let folder = try Workspace()
    let same = try folder.tool(
      "compare", Workspace.model, Workspace.model, "--inputs", Workspace.images, "--count", "2", "--identical", "--json"
    )
    #expect(same.exitCode == 0, "\(same.errors)")
    let object = try same.object()
    #expect(object["passed"] as? Bool == true && object["identical"] as? Bool == true)
    let other = [
      "compare", Workspace.int8Model, Workspace.model, "--inputs", Workspace.images, "--count", "8",
    ]
    let result = try folder.tool(other + ["--json"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let outputs = try #require(try result.object()["outputs"] as? [[String: Any]])
    #expect(outputs.allSatisfy { $0["agreement"] is Double && $0.keys.contains("sqnrDb") } && outputs.count == 1)
    #expect(try #require(try result.object()["tensors"] as? [Any]).count > 2)
    #expect(try folder.tool(other + ["--identical"]).exitCode == 1)
    #expect(try folder.tool(other + ["--min-sqnr", "200"]).exitCode == 1)
    #expect(try folder.tool(other + ["--min-agreement", "1"]).exitCode == 0)
    #expect(try folder.tool(other).output.contains("differences are born in"))
  }

  @Test("one model on several machines; one that it does not fit is named")
  func profiles() throws {
    let folder = try Workspace()
    try folder.write(
      """
      {"schemaVersion": 1, "name": "even", "extends": "tflite", "requantize": [{"multiply": {"bits": 32}},
       {"shift": {"rounding": "tiesToEven", "minimum": 0, "maximum": 62}}]}
      """, to: "even.json")
    let result = try folder.tool(
      "compare", Workspace.model, "--profiles", "tflite,even.json,nna-int8", "--inputs", Workspace.images, "--count",
      "2",
      "--json")
    #expect(result.exitCode == 0, "\(result.errors)")
    let object = try result.object()
    let machines = try #require(object["machines"] as? [[String: Any]])
    #expect(machines.compactMap { $0["profile"] as? String } == ["tflite", "even"])
    #expect(machines[0]["identical"] as? Bool == true && machines[1]["identical"] as? Bool == false)
    #expect(machines[1]["firstDifference"] is [String: Any])
    #expect((machines[0]["ties"] as? Int ?? 0) > 0)
    let unfit = try #require(object["unfit"] as? [[String: Any]])
    #expect(unfit.compactMap { $0["profile"] as? String } == ["nna-int8"])
  }

  @Test("what cannot be compared is refused")
  func refused() throws {
    let folder = try Workspace()
    let inputs = ["--inputs", Workspace.images]
    #expect(try folder.tool(["compare", Workspace.model] + inputs).exitCode == 64)
    #expect(try folder.tool(["compare", Workspace.model, "--profiles", "tflite"] + inputs).exitCode == 64)
    #expect(
      try folder.tool(["compare", Workspace.model, Workspace.model, "--profiles", "tflite,nna-int8"] + inputs).exitCode
        == 64)
    #expect(try folder.tool(["compare", Workspace.model, "absent.tflite"] + inputs).exitCode == 2)
    #expect(try folder.tool(["compare", Workspace.model, Workspace.model, Workspace.model] + inputs).exitCode == 64)
    #expect(try folder.tool(["compare", Workspace.model, Workspace.model, "--min-sqnr", "x"] + inputs).exitCode == 64)
  }

  @Test("inspect --accumulators proves and observes, and fails where a channel is at risk")
  func accumulators() throws {
    let folder = try Workspace()
    let wide = try folder.tool(
      "inspect", Workspace.int8Model, "--accumulators", "--inputs", Workspace.images, "--count", "4", "--json")
    #expect(wide.exitCode == 0, "\(wide.errors)")
    let rows = try #require(try wide.object()["operators"] as? [[String: Any]])
    let proved = rows.compactMap { $0["provedBits"] as? Int }
    for row in rows {
      let (format, bits) = (row["formatBits"] as? Int ?? 0, row["provedBits"] as? Int ?? 0)
      #expect((row["observedBits"] as? Int ?? 99) <= bits && bits <= format)
      #expect(row["reached"] as? Bool != false)
    }
    let narrow = (proved.max() ?? 32) - 1
    try folder.write(
      #"{"schemaVersion": 1, "name": "narrow", "extends": "tflite", "accumulator": {"bits": \#(narrow)}}"#,
      to: "narrow.json")
    let risky = try folder.tool("inspect", Workspace.int8Model, "--accumulators", "--profile", "narrow.json")
    #expect(risky.exitCode == 1)
    #expect(try folder.tool("inspect", Workspace.int8Model, "--inputs", Workspace.images).exitCode == 64)
  }

  @Test("explore re-quantizes where it must, resumes its journal, and writes a table", arguments: Subject.all)
  func explore(subject: Subject) throws {
    let folder = try Workspace()
    try SmallClassifier.write(to: folder)
    let words = [
      "explore", subject.model, "--profile", "nna-int8", "--vary", "accumulator.bits=14,32", "--vary",
      "weights.granularity=tensor,channel", "--inputs", subject.images, "--labels", subject.labels, "--count", "12",
      "--effort", "fast", "--json",
    ]
    let plain = try folder.tool(words)
    #expect(plain.exitCode == 0, "\(plain.errors)")
    let points = try #require(try plain.object()["points"] as? [[String: Any]])
    #expect(points.count == 4 && points.allSatisfy { $0["requantized"] as? Bool == true && $0["top1"] is Double })
    #expect(points.contains { $0["pareto"] as? Bool == true })
    let journaled = try folder.tool(words + ["--journal", "j.jsonl", "--csv", "t.csv", "--threads", "1"])
    #expect(journaled.output == plain.output)
    // A sweep that was killed after two points has two lines less, and ends the same.
    let lines = String(decoding: try folder.bytes("j.jsonl"), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 5)
    try folder.write(lines.prefix(3).joined(separator: "\n") + "\n" + lines[3].prefix(20), to: "j.jsonl")
    let resumed = try folder.tool(words + ["--journal", "j.jsonl"])
    #expect(resumed.output == plain.output)
    #expect(String(decoding: try folder.bytes("j.jsonl"), as: UTF8.self).split(separator: "\n") == lines)
    #expect(String(decoding: try folder.bytes("t.csv"), as: UTF8.self).split(separator: "\n").count == 5)
    #expect(try folder.tool(words.map { $0 == "12" ? "11" : $0 } + ["--journal", "j.jsonl"]).exitCode == 2)
    #expect(
      try folder.tool("explore", Workspace.model, "--vary", "accumulator.bitz=1", "--inputs", Workspace.images).exitCode
        == 2)
    #expect(
      try folder.tool("explore", Workspace.model, "--vary", "accumulator.bits", "--inputs", Workspace.images).exitCode
        == 64)
  }

  @Test("a report is HTML or JSON, as its name says", arguments: Subject.all)
  func reports(subject: Subject) throws {
    let folder = try Workspace()
    try SmallClassifier.write(to: folder)
    let words = ["compare", Workspace.int8Model, Workspace.model, "--inputs", Workspace.images, "--count", "2"]
    let result = try folder.tool(words + ["--report", "r.json", "--json"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(String(decoding: try folder.bytes("r.json"), as: UTF8.self) == result.output)
    #expect(try folder.tool(words + ["--report", "r.html"]).exitCode == 0)
    let html = String(decoding: try folder.bytes("r.html"), as: UTF8.self)
    #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains("bitexact compare"))
    // Every figure of the page is in the JSON: the numbers of tensors, for instance.
    let tensors = try #require(try result.object()["tensors"] as? [[String: Any]])
    #expect(tensors.allSatisfy { html.contains("data-key=\"t\($0["index"] ?? "")\"") })
    #expect(try folder.tool(words + ["--report", "r.pdf"]).exitCode == 64)
    let requantized = try folder.tool(
      "requantize", subject.model, "--profile", "nna-int8-pow2", "--calibrate", subject.images, "--count", "4", "-o",
      "o.tflite", "--report", "q.json")
    #expect(requantized.exitCode == 0, "\(requantized.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(folder.bytes("q.json"))) as? [String: Any]
    let figures = try #require(object?["figures"] as? [[String: Any]])
    let convolutions = figures.filter { $0["name"] as? String == "CONV_2D" }
    #expect(convolutions.allSatisfy { $0["weightsBefore"] is [Int] && $0["weightsAfter"] is [Int] })
    #expect(convolutions.allSatisfy { $0["provedBits"] is Int && $0["activations"] is [Int] })
    // Where nothing differs there is no ratio; in the layers behind the first one something does.
    #expect(convolutions.contains { $0["bornSqnrDb"] is Double && $0["sqnrDb"] is Double })
    #expect(!convolutions.isEmpty)
  }

  @Test("a key that a model of int16 does not follow is named, and its width is not what the model has")
  func withoutEffect() throws {
    let folder = try Workspace()
    try folder.write([UInt8](RepositoryFiles.data("Tests/Fixtures/litert/conv_i16_dilation.tflite")), to: "wide.tflite")
    try NPYWriter.write((0..<144).map { Int16(200 * $0 - 14400) }, shape: [1, 9, 8, 2], to: folder.path("x.npy"))
    func explored(_ key: String) throws -> [String: Any] {
      let result = try folder.tool("explore", "wide.tflite", "--vary", key, "--inputs", "x.npy", "--json")
      #expect(result.exitCode == 0, "\(result.errors)")
      return try result.object()
    }
    let shared = try explored("accumulator.bits=12,20")
    #expect(shared["keysWithoutEffect"] as? [String] == ["accumulator.bits"])
    let points = try #require(shared["points"] as? [[String: Any]])
    #expect(points.map { $0["accumulatorBits"] as? Int } == [64, 64])
    let own = try explored("int16.accumulator.bits=16,40")
    #expect(own["keysWithoutEffect"] as? [String] == [])
    #expect((own["points"] as? [[String: Any]])?.map { $0["accumulatorBits"] as? Int } == [16, 40])
    let text = try folder.tool("explore", "wide.tflite", "--vary", "accumulator.bits=12,20", "--inputs", "x.npy").output
    #expect(text.contains("follow int16.accumulator.bits"))
  }
}
