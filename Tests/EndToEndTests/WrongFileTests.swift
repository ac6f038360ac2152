import Arrays
import Foundation
import TestSupport
import Testing

@Suite("Files of another kind")
struct WrongFileTests {
  /// The beginning of a ZIP archive whose only file is empty.
  private static func archive(_ name: String) -> [UInt8] {
    [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 22) + [UInt8(name.utf8.count), 0, 0, 0] + Array(name.utf8)
  }

  private static func field(_ number: UInt8, _ body: [UInt8]) -> [UInt8] {
    [number << 3 | 2, UInt8(body.count)] + body
  }

  /// For each kind a file's bytes and words of the refusal as a model.
  static let kinds: [(name: String, bytes: [UInt8], words: String)] = [
    ("ONNX", [8, 8] + field(2, Array("pytorch".utf8)) + field(7, [0]), "ONNX model"),
    ("ONNX without a name", [8, 3] + field(7, [0]), "onnx2tf"),
    ("Keras", archive("metadata.json") + archive("config.json"), "from_keras_model"),
    ("HDF5", [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "Keras model (.h5)"),
    ("SavedModel", [8, 1] + field(2, field(1, [8, 1])), "from_saved_model"),
    ("graph", field(1, field(1, Array("x".utf8)) + field(2, Array("Placeholder".utf8))), "from_frozen_graph"),
    ("PyTorch", archive("m/data.pkl"), "PyTorch file"), ("GGUF", Array("GGUF\u{3}".utf8), "GGUF"),
    ("pickle", [0x80, 4, 0x95, 0], "Python pickle"), ("ZIP", archive("x.txt"), "a ZIP archive;"),
    ("packed model", archive("m/x.tflite"), "holds m/x.tflite; unpack it first"),
    ("npz", archive("arr_0.npy"), "archive of arrays"), ("gzip", [0x1F, 0x8B, 8, 0], "gzip; unpack it first"),
    ("JSON", Array(" {\"a\": 1}".utf8), "this is JSON"), ("text", Array("Grüße\n".utf8), "this is text"),
    ("empty", [], "an empty file"), ("PNG", [0x89, 0x50, 0x4E, 0x47, 13, 10], "PNG image"),
    ("LFS", Array("version https://git-lfs.github.com/spec/v1\n".utf8), "git lfs pull"),
    ("page", Array("<!DOCTYPE html>".utf8), "web page"),
  ]

  private func expectRefusal(_ result: BitexactTool.Result, _ words: String, _ kind: String) {
    #expect(result.exitCode == 2 && result.output.isEmpty && result.errorLines.count == 1, "\(kind): \(result.errors)")
    #expect(result.errors.contains(words), "\(kind): \(result.errors)")
  }

  @Test("what is given as a model says what it is")
  func models() throws {
    let folder = try Workspace()
    for (kind, bytes, words) in Self.kinds {
      try folder.write(bytes, to: "x")
      expectRefusal(try folder.tool("inspect", "x"), words, kind)
    }
    expectRefusal(try folder.tool("inspect", Workspace.images), "this is an array (.npy)", "npy")
    expectRefusal(
      try folder.tool("verify", Workspace.model, "--source", Workspace.images), "this is an array (.npy)", "source")
    try FileManager.default.createDirectory(atPath: folder.path("saved"), withIntermediateDirectories: true)
    try folder.write([8, 1], to: "saved/saved_model.pb")
    expectRefusal(try folder.tool("inspect", "saved"), "this is a TensorFlow SavedModel", "folder")
  }

  @Test("what is given as data or as a profile says what it is", arguments: [0, 2, 6, 7, 8, 13, 14, 15, 16])
  func others(place: Int) throws {
    let folder = try Workspace()
    let (kind, bytes, _) = Self.kinds[place]
    try folder.write(bytes, to: "x")
    expectRefusal(try folder.tool("run", Workspace.model, "--input", "x"), "numpy", kind)
    if !["JSON", "text", "empty"].contains(kind) {
      expectRefusal(try folder.tool("inspect", Workspace.model, "--profile", "x"), "this is", kind)
    }
  }

  @Test("a model given as data or as a profile is called a model")
  func modelElsewhere() throws {
    let folder = try Workspace()
    for arguments in [["--input", Workspace.model], ["--input", Workspace.images, "--profile", Workspace.model]] {
      expectRefusal(
        try folder.tool(["run", Workspace.model] + arguments), "this is a TensorFlow Lite model", "model")
    }
  }

  @Test("a file that is not there is said not to be there", arguments: ["./none.json", "none.tflite"])
  func missing(name: String) throws {
    let folder = try Workspace()
    expectRefusal(try folder.tool("inspect", name), "\(name): there is no such file", name)
    expectRefusal(
      try folder.tool("inspect", Workspace.model, "--profile", "./none.json"), "there is no such file", "profile")
    expectRefusal(try folder.tool("profile", "check", "./none.json"), "there is no such file", "profile")
  }

  @Test("a pipe is not emptied by looking at it")
  func pipes() throws {
    let folder = try Workspace()
    let result = try BitexactTool.run(
      ["profile", "check", "/dev/stdin"], in: folder,
      limits: "exec < /dev/null; mkfifo p; (printf '{}' > p &) ; exec < p")
    #expect(result.exitCode == 2 && !result.wasSignalled && result.errorLines.count == 1, "\(result.errors)")
  }
}
