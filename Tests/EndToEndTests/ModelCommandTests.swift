import Arrays
import Foundation
import Testing

@Suite("inspect, evaluate, requantize, verify, demo")
struct ModelCommandTests {
  @Test("inspect counts violations and fails when there are any")
  func violations() throws {
    let folder = try Workspace()
    let result = try folder.tool("inspect", Workspace.int8Model, "--profile", "nna-int8-pow2", "--json")
    #expect(result.exitCode == 1)
    let violations = try #require(try result.object()["violations"] as? [[String: Any]])
    #expect(!violations.isEmpty)
    for violation in violations {
      #expect(Set(violation.keys) == ["kind", "key", "place", "operator", "rule", "remedy"])
    }
    let text = try folder.tool("inspect", Workspace.int8Model, "--profile", "nna-int8-pow2")
    #expect(text.exitCode == 1)
    #expect(text.output.contains("\(violations.count) violations"))
    let refused = try folder.tool(
      "run", Workspace.int8Model, "--profile", "nna-int8-pow2", "--input", Workspace.images)
    #expect(refused.exitCode == 2 && refused.errorLines.count == 1)
    let first = try #require(violations.first)
    for word in ["place", "rule", "key"] {
      #expect(refused.errors.contains(try #require(first[word] as? String)), "\(refused.errors)")
    }
    #expect(refused.errors.contains("and \(violations.count - 1) more"))
    #expect(try folder.tool("inspect", Workspace.int8Model, "--profile", "tflite").output.contains("0 violations"))
    #expect(try folder.tool("inspect", Workspace.int8Model).exitCode == 0)
  }

  @Test("inspect adds up what a model costs")
  func totals() throws {
    let result = try Workspace().tool("inspect", Workspace.model, "--json")
    let summary = try #require(try result.object()["summary"] as? [String: Any])
    let rows = try #require(summary["operators"] as? [[String: Any]])
    // The first layer: 16·16 pixels, 16 channels, 3·3 weights each.
    #expect(rows.first?["macs"] as? Int == 16 * 16 * 16 * 9)
    #expect(summary["macs"] as? Int == rows.compactMap { $0["macs"] as? Int }.reduce(0, +))
  }

  @Test("evaluate gives its documented keys, and the same whatever the number of threads")
  func evaluate() throws {
    let folder = try Workspace()
    var seen: [[Double]] = []
    for threads in ["1", "2"] {
      let result = try folder.tool(
        "evaluate", Workspace.model, "--inputs", Workspace.images, "--labels", Workspace.labels, "--count", "12",
        "--every", "8", "--complement", "--threads", threads, "--predictions", "p\(threads).npy", "--json")
      #expect(result.exitCode == 0, "\(result.errors)")
      let object = try result.object()
      #expect(
        Set(object.keys).isSuperset(of: ["count", "top1", "top5", "secondsPerSample", "threads", "profile", "events"]))
      #expect(object["count"] as? Int == 12)
      #expect(object["threads"] as? Int == Int(threads))
      seen.append(["top1", "top5"].compactMap { object[$0] as? Double })
    }
    #expect(seen[0] == seen[1])
    #expect(seen[0].count == 2 && seen[0][0] >= 0.75 && seen[0][1] >= seen[0][0])
    #expect(try folder.bytes("p1.npy") == folder.bytes("p2.npy"))
    #expect(try NPYFile(contentsOf: folder.path("p1.npy")).shape == [12])
  }

  @Test("a re-quantized model needs no profile, is verified, and is the same on every run", arguments: Subject.all)
  func requantize(subject: Subject) throws {
    let folder = try Workspace()
    try SmallClassifier.write(to: folder)
    for name in ["a.tflite", "b.tflite"] {
      let result = try folder.tool(
        "requantize", subject.model, "--profile", "nna-int8-pow2", "--calibrate", subject.images, "--count", "4",
        "-o", name, "--report", "\(name).json", "--threads", name == "a.tflite" ? "1" : "2")
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    #expect(try folder.bytes("a.tflite") == folder.bytes("b.tflite"))
    #expect(try folder.tool("inspect", "a.tflite", "--profile", "nna-int8-pow2").exitCode == 0)
    let run = try folder.tool("run", "a.tflite", "--input", subject.images, "--count", "1", "--json")
    #expect(try run.object()["profile"] as? String == "nna-int8-pow2")
    let verified = try folder.tool(
      "verify", "a.tflite", "--source", subject.model, "--inputs", subject.images, "--count", "2", "--json")
    #expect(verified.exitCode == 0, "\(verified.errors)")
    let object = try verified.object()
    #expect(object["passed"] as? Bool == true)
    let outputs = try #require(object["outputs"] as? [[String: Any]])
    #expect(outputs.allSatisfy { $0["agreement"] is Double && $0.keys.contains("sqnrDb") } && outputs.count == 1)
    #expect(((object["tensors"] as? [Any])?.count ?? 0) > (subject.model == Workspace.model ? 10 : 4))
  }

  @Test("verify fails when the model does not conform")
  func verifyFails() throws {
    let result = try Workspace().tool("verify", Workspace.model, "--profile", "nna-int8", "--json")
    #expect(result.exitCode == 1)
    #expect(try result.object()["passed"] as? Bool == false)
  }

  @Test("the demo verifies its result and writes files to go on with", .enabled(if: BitexactTool.isOptimized))
  func demo() throws {
    let folder = try Workspace()
    let result = try folder.tool("demo", "--output", "demo", "--json")
    #expect(result.exitCode == 0, "\(result.errors)")
    let object = try result.object()
    #expect(object["passed"] as? Bool == true)
    #expect((object["top1After"] as? Double ?? 0) > 0.95)
    #expect(try folder.names("demo").count == 5)
    #expect(try folder.tool("verify", "demo/demo_int8_pow2.tflite").exitCode == 0)
  }
}
