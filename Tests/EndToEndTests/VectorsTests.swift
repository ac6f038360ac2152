import Arrays
import Foundation
import Testing

@Suite("vectors")
struct VectorsTests {
  private static let base = ["vectors", Workspace.int8Model, "--inputs", Workspace.images, "--count", "2", "-o", "v"]

  /// The paths of all files in a folder.
  private func files(_ folder: Workspace, _ name: String) throws -> [String] {
    try folder.names(name).flatMap { entry in
      entry.contains(".") ? [entry] : try folder.names("\(name)/\(entry)").map { "\(entry)/\($0)" }
    }.sorted()
  }

  private func manifest(_ folder: Workspace) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(folder.bytes("v/manifest.json"))) as? [String: Any])
  }

  @Test("the manifest names each file that is there, in every format", arguments: ["npy", "hex", "c", "sv"])
  func formats(_ format: String) throws {
    let folder = try Workspace()
    let result = try folder.tool(
      Self.base + ["--format", format, "--operator", "0", "--operator", "9", "--json"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let report = try result.object()
    let manifest = try manifest(folder)
    let named = try #require(manifest["files"] as? [String])
    #expect(try files(folder, "v") == (named + ["manifest.json"]).sorted())
    #expect(report["files"] as? Int == named.count + 1)
    #expect(report["count"] as? Int == 2 && report["operators"] as? Int == 2)
    #expect(manifest["format"] as? String == "bitexact-vectors")
    #expect(manifest["samples"] as? [Int] == [0, 1])
    let size = try (named + ["manifest.json"]).map { try folder.bytes("v/\($0)").count }.reduce(0, +)
    #expect(report["bytes"] as? Int == size)
    #expect(named.contains { $0.hasSuffix("_tb.sv") } == (format == "sv"))
  }

  @Test("inputs and outputs are those of a trace, with either engine, and hex holds what .npy does")
  func content() throws {
    let folder = try Workspace()
    #expect(try folder.tool(Self.base + ["--engine", "reference"]).exitCode == 0)
    let operators = try #require(try manifest(folder)["operators"] as? [[String: Any]])
    #expect(
      try folder.tool(
        "run", Workspace.int8Model, "--input", Workspace.images, "--count", "2", "--trace", "t"
      ).exitCode == 0)
    var arrays: [String: [Int64]] = [:]
    for entry in operators {
      let outputs = try #require(entry["outputs"] as? [String: Any])
      let name = try #require(outputs["file"] as? String)
      let file = try NPYFile(contentsOf: folder.path("v/\(name)"))
      #expect(file.shape == outputs["shape"] as? [Int])
      let tensor = "\(try #require(outputs["tensor"] as? Int))"
      let traced = try ["00000", "00001"].flatMap { sample in
        try NPYFile(
          contentsOf: folder.path("t/\(sample)/\(String(repeating: "0", count: 5 - tensor.count))\(tensor).npy")
        )
        .values(as: Int64.self)
      }
      arrays[name] = try file.values(as: Int64.self)
      #expect(arrays[name] == traced, "\(name)")
    }
    // The former vectors are replaced.
    #expect(try folder.tool(Self.base + ["--format", "hex"]).exitCode == 0)
    for (name, values) in arrays {
      let text = String(decoding: try folder.bytes("v/\(name.replacing(".npy", with: ".hex"))"), as: UTF8.self)
      #expect(
        text.split(separator: "\n").map { Int64(Int8(bitPattern: UInt8($0, radix: 16) ?? 0)) } == values, "\(name)")
    }
    #expect(try !files(folder, "v").contains { $0.hasSuffix(".npy") })
  }

  @Test("a folder with other files is left alone, and so is what was added to former vectors")
  func foreignFolder() throws {
    let folder = try Workspace()
    try FileManager.default.createDirectory(atPath: folder.path("v"), withIntermediateDirectories: true)
    try folder.write("mine", to: "v/notes.txt")
    var result = try folder.tool(Self.base)
    #expect(result.exitCode == 2 && result.errors.contains("holds other files"), "\(result.errors)")
    #expect(try folder.names("v") == ["notes.txt"])
    try FileManager.default.removeItem(atPath: folder.path("v/notes.txt"))
    #expect(try folder.tool(Self.base + ["--operator", "0"]).exitCode == 0)
    try folder.write("mine", to: "v/00000-CONV_2D/my_requantizer.v")
    let before = try files(folder, "v")
    result = try folder.tool(Self.base)
    #expect(result.exitCode == 2 && result.errors.contains("00000-CONV_2D/my_requantizer.v"), "\(result.errors)")
    #expect(try files(folder, "v") == before)
  }

  @Test("a command that fails writes nothing")
  func failures() throws {
    let folder = try Workspace()
    try folder.write(
      #"{"schemaVersion": 1, "name": "trap", "extends": "tflite", "#
        + #""accumulator": {"bits": 10, "overflow": "trap", "check": "product"}}"#, to: "trap.json")
    let before = try folder.names()
    for (options, code) in [
      (["--profile", "trap.json"], 2), (["--skip", "100000"], 2), (["--profile", "nna-int8-pow2"], 2),
      (["--operator", "29"], 64), (["--operator", "x"], 64), (["--format", "verilog"], 64),
    ] as [([String], Int32)] {
      let result = try folder.tool(Self.base + options)
      #expect(result.exitCode == code, "\(options): \(result.errors)")
      #expect(result.errorLines.count == 1 && result.errors.hasPrefix("bitexact: error: "), "\(result.errors)")
      #expect(try folder.names() == before, "\(options)")
    }
    #expect(try folder.tool("vectors", Workspace.int8Model, "--inputs", "none.npy", "-o", "v").exitCode == 2)
    #expect(try folder.tool("vectors", Workspace.int8Model, "--inputs", Workspace.images).exitCode == 64)
    let file = try folder.tool(
      "vectors", Workspace.int8Model, "--inputs", Workspace.images, "-o", Workspace.labels)
    #expect(file.exitCode == 2 && file.errors.contains("name a folder"), "\(file.errors)")
    #expect(try folder.names() == before)
  }

  @Test("an interrupted command leaves nothing", arguments: [SIGINT, SIGTERM])
  func interruption(number: Int32) throws {
    let folder = try Workspace()
    // Enough samples for a while.
    let images = try NPYFile(contentsOf: folder.path(Workspace.images)).values(as: UInt8.self)
    let many = Array(repeatElement(images, count: 20).joined())
    try NPYWriter.write(many, shape: [7200, 16, 16, 1], to: folder.path("many.npy"))
    let before = try folder.names()
    let process = try BitexactTool.start(
      ["vectors", Workspace.model, "--inputs", "many.npy", "-o", "v"], in: folder.url,
      output: folder.url.appending(path: ".stdout"), errors: folder.url.appending(path: ".stderr"))
    while process.isRunning, try folder.names() == before { Thread.sleep(forTimeInterval: 0.05) }
    Thread.sleep(forTimeInterval: 0.5)
    #expect(process.isRunning)
    kill(process.processIdentifier, number)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(process.terminationStatus == number)
    #expect(try folder.names() == before)
  }
}
