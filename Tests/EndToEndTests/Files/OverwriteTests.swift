import Arrays
import Foundation
import Testing

@Suite("Outputs that are inputs, or each other")
struct OverwriteTests {
  private static let explore = [
    "explore", Workspace.model, "--vary", "accumulator.bits=31", "--inputs", Workspace.images, "--labels",
    Workspace.labels, "--calibrate", "cal.npy", "--profile", "mine.json", "--count", "1",
  ]
  private static let requantize = [
    "requantize", Workspace.model, "--profile", "mine.json", "--calibrate", Workspace.images, "--labels",
    Workspace.labels, "--count", "1", "--effort", "fast",
  ]
  private static let run = ["run", Workspace.model, "--input", Workspace.images, "--count", "1"]

  /// Command lines with the output that must not be written last, or before what belongs to it.
  static let cases: [[String]] = [
    run + ["-o", Workspace.model], run + ["-o", "./\(Workspace.images)"], run + ["-o", "../{}/\(Workspace.images)"],
    run + ["-o", "soft.npy"], run + ["-o", "hard.npy"], run + ["-o", "folder/\(Workspace.images)"],
    run + ["--profile", "mine.json", "-o", "mine.json"], run + ["--profile", "mine.json", "-o", "base.json"],
    run + ["--trace", "t", "-o", "t/y.npy"], run + ["--trace", "t", "-o", "./t/new/y.npy"],
    run + ["--trace", "t", "-o", "t/"],
    ["run", Workspace.model, "--input", "x.npz:a", "--count", "1", "-o", "x.npz"],
    ["run", Workspace.model, "--input", "names/softmax.npy", "--count", "1", "-o", "names/"],
    ["run", Workspace.model, "--input", "old/00000/00000.npy", "--count", "1", "--trace", "old"],
    [
      "evaluate", Workspace.model, "--inputs", Workspace.images, "--labels", Workspace.labels, "--predictions",
      Workspace.labels,
    ],
    explore + ["--csv", "cal.npy"], explore + ["--csv", Workspace.images], explore + ["--journal", Workspace.labels],
    explore + ["--journal", "j", "--csv", "./j"], explore + ["--csv", "r.html", "--report", "r.html"],
    explore + ["--csv", "base.json"], requantize + ["-o", Workspace.model], requantize + ["-o", "mine.json"],
    requantize + ["-o", Workspace.labels], requantize + ["-o", "r.html", "--report", "folder/./r.html"],
    requantize + ["-o", "dangling.html", "--report", "nowhere.html"],
    ["verify", "m.json", "--report", "m.json"], ["verify", "m.json", "--source", "n.json", "--report", "n.json"],
    ["compare", "m.json", "n.json", "--inputs", Workspace.images, "--report", "n.json"],
    ["compare", "m.json", "--profiles", "tflite,mine.json", "--inputs", Workspace.images, "--report", "mine.json"],
    ["vectors", Workspace.model, "--inputs", "v/000/in.npy", "--count", "1", "-o", "v"],
  ]

  @Test("are refused before work begins, with both names, and all files stay as they were", arguments: cases)
  func refusals(words: [String]) throws {
    let folder = try Workspace()
    try prepare(folder)
    let before = try contents(folder)
    let result = try folder.tool(words.map { $0.replacing("{}", with: folder.url.lastPathComponent) })
    #expect(result.exitCode == 64 && result.output.isEmpty && result.errorLines.count == 1, "\(result.errors)")
    #expect(
      result.errors.contains("are the same file") || result.errors.contains("whose content is replaced"),
      "\(result.errors)")
    #expect(try contents(folder) == before)
  }

  /// Inputs under many names: links, folders, profiles that extend others, folders of former runs.
  private func prepare(_ folder: Workspace) throws {
    let files = FileManager.default
    try files.createSymbolicLink(atPath: folder.path("soft.npy"), withDestinationPath: Workspace.images)
    try files.linkItem(atPath: folder.path(Workspace.images), toPath: folder.path("hard.npy"))
    try files.createSymbolicLink(atPath: folder.path("folder"), withDestinationPath: ".")
    try files.createSymbolicLink(atPath: folder.path("dangling.html"), withDestinationPath: "nowhere.html")
    try folder.write(try folder.bytes(Workspace.images), to: "cal.npy")
    for name in ["m.json", "n.json"] { try folder.write(try folder.bytes(Workspace.model), to: name) }
    try folder.write(#"{"schemaVersion": 1, "name": "mine", "extends": "base.json"}"#, to: "mine.json")
    try folder.write(#"{"schemaVersion": 1, "name": "base", "extends": "nna-int8"}"#, to: "base.json")
    let images = try NPYFile(contentsOf: folder.path(Workspace.images))
    let archive = try NPZWriter(path: folder.path("x.npz"))
    try archive.add("a", images.values(as: UInt8.self), shape: images.shape)
    try archive.finish()
    for place in ["names", "old/00000", "v/000"] {
      try files.createDirectory(atPath: folder.path(place), withIntermediateDirectories: true)
    }
    for file in ["names/softmax.npy", "old/00000/00000.npy", "v/000/in.npy"] {
      try folder.write(try folder.bytes(Workspace.images), to: file)
    }
    try folder.write("[]", to: "old/tensors.json")
    try folder.write(#"{"format": "bitexact vectors", "files": ["000/in.npy"]}"#, to: "v/manifest.json")
  }

  /// What lies in a folder, by paths.
  private func contents(_ folder: Workspace) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path("")) where !name.hasPrefix(".std") {
      found[name] = FileManager.default.contents(atPath: folder.path(name)) ?? Data()
    }
    return found
  }

  @Test("a device may be named twice, and outputs beside inputs are written")
  func allowed() throws {
    let folder = try Workspace()
    #expect(try folder.tool(Self.run + ["-o", "/dev/null"]).exitCode == 0)
    #expect(try folder.tool(Self.run + ["-o", "./", "--trace", "t"]).exitCode == 0)
    #expect(try folder.names().contains("softmax.npy") && folder.names("t").contains("tensors.json"))
    #expect(try folder.tool(Self.run + ["-o", "y.npy", "--trace", "t"]).exitCode == 0)
  }
}
