import Foundation
import Testing

@Suite("plans of requantize")
struct PlanCommandTests {
  private static let command = [
    "requantize", Workspace.model, "--profile", "nna-int8-pow2", "--calibrate", Workspace.images, "--every", "256",
    "--effort", "fast",
  ]

  @Test(
    "a plan gives the same bytes again, an edited one others, and one that does not fit is refused by its file's name")
  func plans() throws {
    let folder = try Workspace()
    let made = try folder.tool(Self.command + ["--plan", "p.json", "-o", "a.tflite"])
    #expect(made.exitCode == 0, "\(made.errors)")
    let again = try folder.tool(Self.command + ["--from-plan", "p.json", "--plan", "q.json", "-o", "b.tflite"])
    #expect(again.exitCode == 0, "\(again.errors)")
    #expect(try folder.bytes("a.tflite") == folder.bytes("b.tflite"))
    #expect(try folder.bytes("p.json") == folder.bytes("q.json"))

    // The input twice as coarse.
    var text = String(decoding: try folder.bytes("p.json"), as: UTF8.self)
    let scales = text.ranges(of: try Regex("\"scale\" : [-0-9.e]+"))
    let first = try #require(scales.first)
    let number = try #require(Double(text[first].split(separator: " ").last ?? ""))
    text.replaceSubrange(first, with: "\"scale\" : \(number * 2)")
    try folder.write(text, to: "edited.json")
    let edited = try folder.tool(Self.command + ["--from-plan", "edited.json", "-o", "c.tflite"])
    #expect(edited.exitCode == 0, "\(edited.errors)")
    #expect(try folder.bytes("a.tflite") != folder.bytes("c.tflite"))
    #expect(try folder.tool("verify", "c.tflite").exitCode == 0)
    // The written model says that somebody changed what the passes chose.
    func record(_ name: String) throws -> String { String(decoding: try folder.bytes(name), as: UTF8.self) }
    #expect(try record("c.tflite").contains("edited-plan") && !record("b.tflite").contains("edited-plan"))

    let coarse = try #require(text.ranges(of: try Regex("\"scale\" : [-0-9.e]+")).first)
    text.replaceSubrange(coarse, with: "\"scale\" : 0")
    try folder.write(text, to: "bad.json")
    try folder.write("{\"planVersion\": 1}", to: "empty.json")
    try folder.write("[", to: "broken.json")
    for (plan, words) in [
      ("bad.json", "scale: is 0"), ("empty.json", "is missing"), ("broken.json", "not JSON"),
      (Workspace.images, "a plan is JSON"), ("none.json", "no such file"),
    ] {
      let refused = try folder.tool(Self.command + ["--from-plan", plan, "-o", "d.tflite"])
      #expect(
        refused.exitCode == 2 && refused.errors.contains(plan) && refused.errors.contains(words), "\(refused.errors)")
    }
    let other = try folder.tool(
      "requantize", Workspace.int8Model, "--profile", "nna-int8-pow2", "--from-plan", "p.json", "-o", "d.tflite")
    #expect(other.exitCode == 2 && other.errors.contains("is a plan for \(Workspace.model)"), "\(other.errors)")
    let machine = try folder.tool(
      "requantize", Workspace.model, "--profile", "nna-int8", "--from-plan", "p.json", "-o", "d.tflite")
    #expect(machine.exitCode == 2 && machine.errors.contains("is for profile nna-int8-pow2"), "\(machine.errors)")
    #expect(try !folder.names().contains("d.tflite"))
    let over = try folder.tool(Self.command + ["--from-plan", "p.json", "--plan", "p.json", "-o", "d.tflite"])
    #expect(over.exitCode == 64)
  }
}
