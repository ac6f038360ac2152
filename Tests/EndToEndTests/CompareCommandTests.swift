import Foundation
import Testing

@Suite("compare")
struct CompareCommandTests {
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
}
