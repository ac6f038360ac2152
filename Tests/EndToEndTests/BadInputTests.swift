import Arrays
import Foundation
import TestSupport
import Testing

@Suite("Bad input")
struct BadInputTests {
  /// That a run ended with 2 and one line which names a file.
  private func expectRefusal(_ result: BitexactTool.Result, _ file: String) {
    #expect(result.exitCode == 2 && !result.wasSignalled)
    #expect(result.output.isEmpty)
    #expect(result.errorLines.count == 1, "\(result.errors)")
    #expect(result.errors.hasPrefix("bitexact: error: ") && result.errors.contains(file), "\(result.errors)")
  }

  @Test(
    "files that are not there, folders and empty files are refused by name", arguments: ["none.tflite", ".", "empty"])
  func unreadable(name: String) throws {
    let folder = try Workspace()
    try folder.write([UInt8](), to: "empty")
    expectRefusal(try folder.tool("inspect", name), name)
    expectRefusal(try folder.tool("run", Workspace.model, "--input", name), name)
  }

  @Test("a truncated model is refused, wherever it ends")
  func truncation() throws {
    let folder = try Workspace()
    let bytes = try folder.bytes(Workspace.model)
    for part in 0..<12 {
      try folder.write(Array(bytes.prefix(bytes.count * part / 12)), to: "cut.tflite")
      expectRefusal(try folder.tool("run", "cut.tflite", "--input", Workspace.images, "--count", "1"), "cut.tflite")
    }
  }

  @Test("a model with a changed byte runs or is refused, and never crashes")
  func mutation() throws {
    let folder = try Workspace()
    let bytes = try folder.bytes(Workspace.model)
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<30 {
      var mangled = bytes
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      mangled[place] ^= UInt8.random(in: 1...255, using: &generator)
      try folder.write(mangled, to: "mangled.tflite")
      let result = try folder.tool("run", "mangled.tflite", "--input", Workspace.images, "--count", "1")
      #expect(!result.wasSignalled && [0, 2].contains(result.exitCode), "byte \(place) of \(mangled[place])")
      #expect(result.errorLines.count == (result.exitCode == 0 ? 0 : 1), "\(result.errors)")
    }
  }

  @Test("what steers a terminal does not reach it")
  func controlCharacters() throws {
    let result = try Workspace().tool("inspect", "no\u{1b}[31m\nfile")
    #expect(result.exitCode == 2)
    #expect(result.errorLines.count == 1)
    #expect(!result.errors.contains("\u{1b}"))
  }

  @Test("an unknown key of a profile is named with its path and the nearest known one")
  func profileKey() throws {
    let folder = try Workspace()
    try folder.write(
      "{\"schemaVersion\": 1, \"name\": \"mine\", \"extends\": \"tflite\", \"accumulator\": {\"bitz\": 24}}",
      to: "mine.json")
    let check = try folder.tool("profile", "check", "mine.json")
    #expect(check.exitCode == 1)
    for part in ["mine.json", "accumulator", "bitz", "did you mean \"bits\"?"] {
      #expect(check.errors.contains(part), "\(check.errors)")
    }
    let run = try folder.tool("run", Workspace.model, "--input", Workspace.images, "--profile", "mine.json")
    #expect(run.exitCode == 2)
    #expect(run.errorLines.count == 1)
    #expect(run.errors.contains("bitz"))
    let unknown = try folder.tool("run", Workspace.model, "--input", Workspace.images, "--profile", "nna-int")
    expectRefusal(unknown, "nna-int8")
  }

  @Test("labels that do not fit are refused")
  func labels() throws {
    let folder = try Workspace()
    try NPYWriter.write([Int64](repeating: 3, count: 7), shape: [7], to: folder.path("y.npy"))
    let result = try folder.tool("evaluate", Workspace.model, "--inputs", Workspace.images, "--labels", "y.npy")
    expectRefusal(result, "y.npy")
    #expect(result.errors.contains("360"))
  }

  @Test("a place that cannot be written is refused")
  func unwritable() throws {
    let result = try Workspace().tool(
      "run", Workspace.model, "--input", Workspace.images, "--count", "1", "--output", "none/y.npy")
    expectRefusal(result, "none/y.npy")
  }
}

@Suite("profile")
struct ProfileTests {
  @Test("show prints what check accepts, and diff finds nothing between them")
  func roundTrip() throws {
    let folder = try Workspace()
    let shown = try folder.tool("profile", "show", "nna-int8-pow2")
    #expect(shown.exitCode == 0)
    try folder.write(shown.output, to: "copy.json")
    #expect(try folder.tool("profile", "check", "copy.json").exitCode == 0)
    let diff = try folder.tool("profile", "diff", "nna-int8-pow2", "copy.json")
    #expect(diff.exitCode == 0)
    #expect(diff.output == "the profiles are equal\n")
  }

  @Test("diff names the keys that differ with both values")
  func diff() throws {
    let result = try Workspace().tool("profile", "diff", "nna-int8-shift", "nna-int8-pow2", "--json")
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    let scale = rows.first { $0["path"] as? String == "weights.scale" }
    #expect(scale?["before"] as? String == "\"real\"")
    #expect(scale?["after"] as? String == "\"powerOfTwo\"")
  }

  @Test("list names the built-in profiles, and the schema is JSON")
  func list() throws {
    let folder = try Workspace()
    let result = try folder.tool("profile", "list", "--json")
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    #expect(rows.compactMap { $0["name"] as? String }.contains("tflite"))
    let schema = try folder.tool("profile", "schema")
    #expect(try schema.object()["$schema"] is String)
  }
}
