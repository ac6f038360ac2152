import Arrays
import Foundation
import NetworkModel
import TFLite
import Testing

@Suite("Standard streams")
struct StreamTests {
  /// Runs shell words in which `$0` is the tool.
  private func shell(_ script: String, in folder: Workspace) throws -> BitexactTool.Result {
    try BitexactTool.run([], in: folder, limits: script + "; exit $?")
  }

  static let commands = [
    "--version", "--help", "profile", "profile --help", "run --help", "profile list", "profile show tflite",
    "profile schema", "profile check tflite", "profile diff tflite nna-int8", "inspect \(Workspace.model)",
    "inspect \(Workspace.model) --json", "run \(Workspace.model) --input \(Workspace.images) --count 1",
  ]

  @Test("a result that cannot be written is a failure", arguments: commands.filter { $0 != "profile" })
  func unwritable(command: String) throws {
    let folder = try Workspace()
    for target in [">&-"] + (FileManager.default.fileExists(atPath: "/dev/full") ? [">/dev/full"] : []) {
      let result = try shell("\"$0\" \(command) \(target)", in: folder)
      #expect(result.exitCode == 2 && result.errorLines.count == 1, "\(command) \(target): \(result.errors)")
      #expect(result.errors.contains("standard output cannot be written"))
    }
  }

  @Test("a reader that has seen enough ends the tool quietly")
  func closedPipe() throws {
    let folder = try Workspace()
    // The reader is gone before the tool writes.
    let result = try shell("{ sleep 1; \"$0\" profile show tflite; echo $? >code; } | exec true", in: folder)
    #expect(result.errors.isEmpty)
    #expect(String(decoding: try folder.bytes("code"), as: UTF8.self) == "141\n")
  }

  @Test("closed streams do not lend their numbers to files")
  func closedStreams() throws {
    let folder = try Workspace()
    let run = "\"$0\" run \(Workspace.model) --input \(Workspace.images) --count 1"
    let plain = try folder.tool("run", Workspace.model, "--input", Workspace.images, "--count", "1", "-o", "x.npy")
    #expect(plain.exitCode == 0)
    let closed = try shell("\(run) -o y.npy <&- >&- 2>&-", in: folder)
    #expect(closed.exitCode == 2)
    #expect(try folder.bytes("y.npy") == folder.bytes("x.npy"))
    #expect(try shell("\(run) -o z.npy --quiet >&-", in: folder).exitCode == 0)
  }

  @Test("an output may be standard output, a pipe or a device")
  func outputs() throws {
    let folder = try Workspace()
    let run = "\"$0\" run \(Workspace.model) --input \(Workspace.images) --count 2"
    #expect(try shell("\(run) -o x.npy --quiet", in: folder).exitCode == 0)
    let piped = try shell("\(run) -o /dev/stdout | cat >y.npy", in: folder)
    // The words for people go elsewhere.
    #expect(piped.exitCode == 0 && piped.output.isEmpty && piped.errors.contains("2 samples"))
    #expect(try shell("\(run) -o /dev/stdout >z.npy", in: folder).exitCode == 0)
    #expect(try shell("mkfifo p; cat p >w.npy & \(run) -o p --quiet && wait", in: folder).exitCode == 0)
    for name in ["y.npy", "z.npy", "w.npy"] { #expect(try folder.bytes(name) == folder.bytes("x.npy"), "\(name)") }
    let both = try shell("\(run) -o /dev/stdout --json | cat; exit ${PIPESTATUS:-0}", in: folder)
    #expect(both.output.isEmpty && both.errors.contains("both go to standard output"))
    let input = try shell("\(run) >>\(Workspace.images)", in: folder)
    #expect(input.exitCode == 64 && input.errors.contains("which is read"))
    #expect(try NPYFile(contentsOf: folder.path(Workspace.images)).sampleCount > 0)
  }

  @Test(
    "what never ends and begins as no array is not read on",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/zero")))
  func endless() throws {
    let folder = try Workspace()
    for input in ["/dev/zero", "/dev/stdin"] {
      // Little memory is left to it.
      let result = try shell(
        "ulimit -v 4000000; \"$0\" run \(Workspace.model) --input \(input) --count 1 </dev/zero", in: folder)
      #expect(result.exitCode == 2 && result.errorLines.count == 1, "\(input): \(result.errors)")
      #expect(result.errors.contains("does not begin"), "\(result.errors)")
    }
  }

  @Test("an output that cannot be written takes the trace with it")
  func traceOfAFailure() throws {
    let folder = try Workspace()
    let name = String(repeating: "x", count: 300)
    let result = try folder.tool(
      "run", Workspace.model, "--input", Workspace.images, "--count", "1", "--trace", "t", "-o", name)
    #expect(result.exitCode == 2 && result.errorLines.count == 1)
    #expect(!FileManager.default.fileExists(atPath: folder.path("t")))
  }

  @Test("a link to no file yet creates it, one to itself is refused")
  func links() throws {
    let folder = try Workspace()
    for (link, target) in [("a", "y.npy"), ("b", "b")] {
      try FileManager.default.createSymbolicLink(atPath: folder.path(link), withDestinationPath: target)
    }
    let words = ["run", Workspace.model, "--input", Workspace.images, "--count", "1", "-o"]
    #expect(try folder.tool(words + ["a"]).exitCode == 0)
    #expect(try NPYFile(contentsOf: folder.path("y.npy")).shape == [1, 10])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("a")) == "y.npy")
    let circle = try folder.tool(words + ["b"])
    #expect(circle.exitCode == 2 && circle.errors.contains("in a circle"), "\(circle.errors)")
  }

  @Test("a report that cannot be written leaves no model either")
  func modelAndReport() throws {
    let folder = try Workspace()
    try SmallClassifier.write(to: folder)
    let words = [
      "requantize", SmallClassifier.model, "--profile", "nna-int8", "--calibrate", SmallClassifier.images, "--count",
      "1", "--effort", "fast", "-o", "m.tflite", "--report",
    ]
    let result = try folder.tool(words + ["none/r.html"])
    #expect(result.exitCode == 2 && result.errors.contains("none/r.html"), "\(result.errors)")
    #expect(try !folder.names().contains("m.tflite"))
  }
}

@Suite("Names that steer a terminal")
struct HostileNameTests {
  private static let other = "other.tflite"

  /// The small classifier with another name for its output, and its form of int8.
  private func models(_ folder: Workspace, _ name: String) throws {
    try SmallClassifier.write(to: folder)
    var network = SmallClassifier.network()
    network.tensors[network.outputs[0]].name = name
    let bytes = try TFLiteFile(network).bytes()
    #expect(try TFLiteFile(bytes: bytes).network().tensors.contains { $0.name == name })
    try folder.write(bytes, to: "evil.tflite")
    try folder.write(TFLiteFile(SmallClassifier.network(.int8)).bytes(), to: Self.other)
  }

  @Test(
    "reach neither standard output nor standard error nor a report",
    arguments: ["a\u{1b}[31mb", "\u{202e}ab\nc", "\u{9b}1m\0\r\u{7}"])
  func names(name: String) throws {
    let folder = try Workspace()
    try models(folder, name)
    let data = ["--inputs", SmallClassifier.images, "--count", "1"]
    let commands = [
      ["run", "evil.tflite", "--input", SmallClassifier.images, "--count", "1", "-o", "y.npy"],
      ["run", "evil.tflite", "--input", SmallClassifier.images, "--count", "1", "-o", "y/", "--json"],
      ["inspect", "evil.tflite", "--profile", "nna-int8-pow2"],
      ["compare", "evil.tflite", Self.other] + data + ["--report", "r.html"],
      ["compare", "evil.tflite", "--profiles", "tflite,tflite-single-rounding"] + data + ["--json"],
      ["verify", "evil.tflite", "--source", Self.other] + data + ["--report", "v.html"],
      ["run", "evil.tflite", "--input", name, "--count", "1"],
      ["profile", "show", name], ["explore", "evil.tflite", "--vary", "\(name)=1"] + data,
    ].filter { !$0.contains { $0.contains("\0") } }
    for words in commands {
      let result = try folder.tool(words)
      #expect(!result.wasSignalled)
      let report =
        words.last?.hasSuffix(".html") == true
        ? String(decoding: try folder.bytes(words[words.count - 1]), as: UTF8.self) : ""
      for text in [result.output, result.errors, report] {
        let bad = text.unicodeScalars.first {
          $0 != "\n"
            && [.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
        }
        #expect(bad == nil, "\(words): \(bad.map { String($0.value, radix: 16) } ?? "")")
      }
      // A line feed in a name does not begin a line.
      #expect(!result.output.split(separator: "\n").contains { $0.hasPrefix("c\"") || $0 == "c" })
    }
  }
}
