import Arrays
import Foundation
import Testing

@Suite("What happens around a run")
struct SurvivalTests {
  /// Waits until something holds, a minute at most.
  private func wait(until isTrue: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<6000 {
      if try isTrue() { return true }
      Thread.sleep(forTimeInterval: 0.01)
    }
    return false
  }

  private func temporaries(_ folder: Workspace) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path("")).filter { $0.hasPrefix(".bitexact-") }
  }

  @Test("what a killed command left is deleted by the next one")
  func killed() throws {
    let folder = try Workspace()
    let words = ["vectors", Workspace.model, "--inputs", Workspace.images, "--engine", "reference", "-o", "v"]
    let process = try BitexactTool.start(
      words, in: folder.url, output: folder.url.appending(path: ".stdout"),
      errors: folder.url.appending(path: ".stderr"))
    #expect(try wait { try !temporaries(folder).isEmpty || !process.isRunning })
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(try temporaries(folder).count == 1)
    #expect(try folder.tool("profile", "list").exitCode == 0)
    #expect(try temporaries(folder).count == 1)
    let next = try folder.tool("run", Workspace.model, "--input", Workspace.images, "--count", "1", "-o", "y.npy")
    #expect(next.exitCode == 0)
    #expect(try temporaries(folder).isEmpty)
  }

  @Test(
    "a folder that was made for results goes where none come",
    arguments: [
      ["run", Workspace.model, "--input", Workspace.images, "-o", "a/b/", "--trace", "\(Workspace.images)/t"],
      ["run", Workspace.model, "--input", "x.npy", "--trace", "a/b"],
      ["run", Workspace.model, "--input", "x.npy", "-o", "a/b/"],
      ["vectors", Workspace.model, "--inputs", "x.npy", "-o", "a/b/v"],
    ])
  func folders(words: [String]) throws {
    let folder = try Workspace()
    // No number: told when the sample is read.
    let images = try NPYFile(contentsOf: folder.path(Workspace.images))
    try NPYWriter.write(
      [Float](repeating: .nan, count: images.sampleShape.reduce(1, *)), shape: [1] + images.sampleShape,
      to: folder.path("x.npy"))
    let before = try folder.names()
    let result = try folder.tool(words)
    #expect(result.exitCode == 2, "\(result.errors)")
    #expect(try folder.names() == before)
  }

  @Test("too few file descriptors leave nothing behind", arguments: 4...9)
  func descriptors(limit: Int) throws {
    let folder = try Workspace()
    let result = try BitexactTool.run(
      ["vectors", Workspace.model, "--inputs", Workspace.images, "--count", "1", "--operator", "0", "-o", "v"],
      in: folder,
      limits: "ulimit -n \(limit)")
    #expect(!result.wasSignalled && [0, 2, 127].contains(result.exitCode), "\(result.errors)")
    #expect(try temporaries(folder).isEmpty)
    #expect(try folder.names().contains("v") == (result.exitCode == 0))
  }

  @Test(
    "an input that is shortened during a run ends it with its name",
    arguments: [["run", "--input"], ["evaluate", "--inputs"]])
  func shortened(words: [String]) throws {
    let folder = try Workspace()
    let images = try NPYFile(contentsOf: folder.path(Workspace.images))
    let values = try images.values(as: UInt8.self)
    try NPYWriter.write(
      Array(repeatElement(values, count: 8).joined()), shape: [8 * images.sampleCount] + images.sampleShape,
      to: folder.path("x.npy"))
    let output = words[0] == "run" ? ["-o", "y.npy"] : ["--predictions", "y.npy"]
    let errors = folder.url.appending(path: ".stderr")
    let process = try BitexactTool.start(
      [words[0], Workspace.model, words[1], "x.npy", "--engine", "reference", "--quiet"] + output, in: folder.url,
      output: folder.url.appending(path: ".stdout"), errors: errors)
    // The run takes much longer than this, on any machine, with an engine that is not the fast one.
    Thread.sleep(forTimeInterval: 0.5)
    #expect(unsafe truncate(folder.path("x.npy"), 200) == 0)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 2)
    #expect(try String(contentsOf: errors, encoding: .utf8).contains("x.npy: "))
    #expect(try !folder.names().contains("y.npy") && temporaries(folder).isEmpty)
  }

  /// Shell words that leave a process no thread but its first; `nil` where a test cannot have that.
  static let noThreads: String? = {
    let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].first(where: FileManager.default.isExecutableFile)
    guard FileManager.default.isExecutableFile(atPath: "/bin/bash"), geteuid() != 0 || setpriv != nil else {
      return nil
    }
    let other = geteuid() == 0 ? "\(setpriv ?? "") --reuid 65534 --regid 65534 --clear-groups" : ""
    return "exec /bin/bash -c 'ulimit -u 1; exec \(other) ./tool \"$@\"' bash \"$@\""
  }()

  @Test("where no thread can be started, one is enough, and more are refused", .enabled(if: noThreads != nil))
  func threads() throws {
    let folder = try Workspace()
    try FileManager.default.copyItem(at: BitexactTool.url, to: folder.url.appending(path: "tool"))
    for path in [folder.url.path, folder.path("tool")] {
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }
    func run(_ words: String...) throws -> BitexactTool.Result {
      try BitexactTool.run(words, in: folder, limits: Self.noThreads)
    }
    #expect(try run("--version").exitCode == 0)
    #expect(try run("profile", "show", "tflite").exitCode == 0)
    let words = ["run", Workspace.model, "--input", Workspace.images, "--count", "2", "--json"]
    let single = try BitexactTool.run(words + ["--threads", "1"], in: folder, limits: Self.noThreads)
    #expect(single.exitCode == 0)
    #expect(single.output == (try folder.tool(words).output))
    let many = try BitexactTool.run(words + ["--threads", "4"], in: folder, limits: Self.noThreads)
    #expect(many.exitCode == 2 && many.output.isEmpty && many.errorLines.count == 1)
    #expect(many.errors.contains("only 1 of 4 threads can be started"), "\(many.errors)")
  }

  @Test(
    "a sparse array of terabytes is begun at once",
    arguments: [["--every", "1"], ["--every", "1000000"], ["--skip", "7000000000"]])
  func sparse(choice: [String]) throws {
    let folder = try Workspace()
    try SmallClassifier.write(to: folder)
    let (model, images) = (SmallClassifier.model, SmallClassifier.images)
    let shape = try NPYFile(contentsOf: folder.path(images)).sampleShape
    let count = 8_000_000_000
    let header = NPYWriter.header(of: .uint8, shape: [count] + shape)
    try folder.write(header, to: "x.npy")
    // File systems that cannot have such a file have nothing to test.
    guard unsafe truncate(folder.path("x.npy"), off_t(header.count + count * shape.reduce(1, *))) == 0 else { return }
    for words in [
      ["run", model, "--input", "x.npy", "--count", "2", "-o", "y.npy"],
      ["evaluate", model, "--inputs", "x.npy", "--count", "2", "--predictions", "p.npy"],
      [
        "requantize", model, "--profile", "nna-int8", "--calibrate", "x.npy", "--count", "2", "--effort",
        "fast", "-o", "m.tflite",
      ],
    ] {
      let result = try BitexactTool.run(words + choice, in: folder, limits: "ulimit -v 4000000; ulimit -t 60")
      #expect(result.exitCode == 0, "\(words): \(result.errors)")
    }
    let empty = try folder.tool(
      "run", model, "--input", "x.npy", "--skip", "\(Int.max)", "--every", "\(Int.max)")
    #expect(empty.exitCode == 2 && empty.errors.contains("empty"))
  }

  @Test("extreme numbers are refused or harmless")
  func numbers() throws {
    let folder = try Workspace()
    let run = ["run", Workspace.model, "--input", Workspace.images]
    for (words, code) in [
      (["--count", "\(Int.max)", "--skip", "359"], 0), (["--every", "\(Int.max)"], 0), (["--count", "0"], 64),
      (["--every", "\(Int.max)", "--complement", "--count", "1"], 0), (["--every", "\(Int.min)"], 64),
      (["--skip", "-1"], 64),
      (["--seed", "\(Int.max)", "--count", "1"], 0), (["--seed", "18446744073709551616"], 64),
      (["--threads", "\(Int.max)"], 64), (["--skip", "\(Int.max)"], 2),
      (["--tensor", "\(Int.max)", "--trace", "t"], 64),
    ] {
      #expect(try folder.tool(run + words).exitCode == code, "\(words)")
    }
    let explore = ["explore", Workspace.model, "--inputs", Workspace.images, "--count", "1"]
    for axes in [
      ["accumulator.bits=\(Int.min)..\(Int.max)"], ["accumulator.bits=12..999999999999"],
      [String](repeating: "accumulator.bits=1..9999", count: 1) + [
        "weights.bits=1..9999", "activations.bits=1..9999", "bias.bits=1..9999", "requantize.rounding=1..9999",
      ],
    ] {
      #expect(try folder.tool(explore + axes.flatMap { ["--vary", $0] }).exitCode == 64, "\(axes)")
    }
    for value in ["1e999999", "\(Int.max)", "\(Int.min)", "-0"] {
      #expect(try folder.tool(explore + ["--vary", "accumulator.bits=\(value)"]).exitCode == 2, "\(value)")
    }
  }

  @Test("a damaged line of a journal is named and computed again")
  func journal() throws {
    let folder = try Workspace()
    let words = [
      "explore", Workspace.model, "--vary", "accumulator.bits=14..17", "--inputs", Workspace.images, "--count", "1",
      "--journal", "j", "--csv", "t.csv",
    ]
    let whole = try folder.tool(words)
    let table = try folder.bytes("t.csv")
    #expect(whole.exitCode == 0)
    var bytes = try folder.bytes("j")
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    #expect(lines.count == 5)
    let overflows = try #require(Array(lines[2]).firstRange(of: Array("\"overflows\":".utf8)))
    bytes[lines[2].startIndex + overflows.upperBound] ^= 1
    try folder.write(bytes, to: "j")
    let again = try folder.tool(words)
    #expect(again.exitCode == 0 && again.output == whole.output)
    #expect(again.errors.contains("j: 1 damaged lines") && again.errors.contains(": 3\n"), "\(again.errors)")
    #expect(try folder.bytes("t.csv") == table)
    #expect(try folder.bytes("j").starts(with: bytes) && folder.bytes("j").count == bytes.count + lines[2].count + 1)
    #expect(!String(decoding: table, as: UTF8.self).contains("nan"))
  }
}
