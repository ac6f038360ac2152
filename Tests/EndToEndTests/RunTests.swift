import Arrays
import Foundation
import Testing

@Suite("run")
struct RunTests {
  @Test("the first output is written as stored, samples first; with --dequantize as float32")
  func output() throws {
    let folder = try Workspace()
    let run = ["run", Workspace.model, "--input", Workspace.images, "--count", "3", "--output"]
    let result = try folder.tool(run + ["y.npy", "--json"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let object = try result.object()
    #expect(object["count"] as? Int == 3)
    #expect(object["profile"] as? String == "tflite")
    let stored = try NPYFile(contentsOf: folder.path("y.npy"))
    #expect(stored.elementType == .uint8)
    #expect(stored.shape == [3, 10])
    #expect(try folder.tool(run + ["z.npy", "--dequantize", "--quiet"]).output.isEmpty)
    let real = try NPYFile(contentsOf: folder.path("z.npy"))
    #expect(real.elementType == .float32)
    // Softmax has the scale 1/256 and the zero point 0.
    #expect(try real.values(as: Float.self) == stored.values(as: UInt8.self).map { Float($0) / 256 })
  }

  @Test("a folder takes every output under its tensor's name")
  func folderOutput() throws {
    let folder = try Workspace()
    let result = try folder.tool(
      "run", Workspace.model, "--input", Workspace.images, "--count", "1", "--output", "out/")
    #expect(result.exitCode == 0, "\(result.errors)")
    let names = try folder.names("out")
    #expect(names.count == 1)
    #expect(names.allSatisfy { $0.hasSuffix(".npy") })
  }

  @Test("a trace holds every tensor by sample and index, and explains itself")
  func trace() throws {
    let folder = try Workspace()
    let result = try folder.tool(
      "run", Workspace.int8Model, "--input", Workspace.images, "--count", "2", "--trace", "trace")
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(try folder.names("trace") == ["00000", "00001", "tensors.json"])
    let json = try JSONSerialization.jsonObject(with: Data(folder.bytes("trace/tensors.json")))
    let rows = try #require(json as? [[String: Any]])
    let indices = rows.compactMap { $0["index"] as? Int }
    let expected = indices.map { "\(String(repeating: "0", count: 5 - "\($0)".count))\($0).npy" }
    #expect(try folder.names("trace/00000") == expected.sorted())
    #expect(try folder.names("trace/00001") == expected.sorted())
    for row in rows {
      #expect(Set(row.keys).isSuperset(of: ["index", "name", "operator", "type", "shape", "scales", "zeroPoints"]))
      let index = try #require(row["index"] as? Int)
      let array = try NPYFile(contentsOf: folder.path("trace/00001/\(expected[indices.firstIndex(of: index) ?? 0])"))
      #expect(array.shape == row["shape"] as? [Int])
      #expect(array.elementType.rawValue == row["type"] as? String)
    }
  }

  @Test("--tensor keeps only what is named, and refuses constants and what is not there")
  func tensors() throws {
    let folder = try Workspace()
    let run = ["run", Workspace.int8Model, "--input", Workspace.images, "--count", "1", "--trace", "t"]
    #expect(try folder.tool(run + ["--tensor", "0", "--tensor", "50"]).exitCode == 0)
    #expect(try folder.names("t/00000") == ["00000.npy", "00050.npy"])
    // A second trace replaces the first.
    #expect(try folder.tool(run + ["--tensor", "51", "--skip", "1"]).exitCode == 0)
    #expect(try folder.names("t") == ["00001", "tensors.json"])
    #expect(try folder.names("t/00001") == ["00051.npy"])
    #expect(try folder.tool(run + ["--tensor", "5"]).exitCode == 2)
    #expect(try folder.tool(run + ["--tensor", "5000"]).exitCode == 64)
  }

  @Test("a run that fails at a later sample leaves no trace, and a folder that was there before stays")
  func discardedTrace() throws {
    let folder = try Workspace()
    let sample = [Float](repeating: 0.5, count: 256)
    try NPYWriter.write(
      sample + sample + [.nan] + sample.dropLast(), shape: [3, 16, 16, 1], to: folder.path("x.npy"))
    try FileManager.default.createDirectory(atPath: folder.path("old"), withIntermediateDirectories: false)
    let before = try folder.names()
    for name in ["new", "old"] {
      let result = try folder.tool(
        "run", Workspace.int8Model, "--input", "x.npy", "--trace", name, "--output", "y.npy", "--threads", "1")
      #expect(result.exitCode == 2 && result.errors.contains("sample 2, element 0 is NaN"), "\(result.errors)")
      #expect(try folder.names() == before)
      #expect(try folder.names("old").isEmpty)
    }
  }

  @Test("a trace does not go into a folder with other files")
  func foreignFolder() throws {
    let folder = try Workspace()
    let result = try folder.tool(
      "run", Workspace.int8Model, "--input", Workspace.images, "--count", "1", "--trace", ".")
    #expect(result.exitCode == 2)
    #expect(result.errors.contains("holds other files"), "\(result.errors)")
  }

  @Test("outputs, traces and JSON are the same with one thread and with two")
  func determinism() throws {
    let folder = try Workspace()
    var outputs: [[UInt8]] = []
    var reports: [String] = []
    for threads in ["1", "2"] {
      let result = try folder.tool(
        "run", Workspace.model, "--input", Workspace.images, "--count", "5", "--output", "y.npy", "--trace",
        "trace\(threads)", "--threads", threads, "--json")
      #expect(result.exitCode == 0, "\(result.errors)")
      outputs.append(try folder.bytes("y.npy"))
      reports.append(result.output.replacing("trace\(threads)", with: "trace"))
    }
    #expect(outputs[0] == outputs[1])
    #expect(reports[0] == reports[1])
    for name in try folder.names("trace1/00004") {
      #expect(try folder.bytes("trace1/00004/\(name)") == folder.bytes("trace2/00004/\(name)"), "\(name)")
    }
  }

  @Test("a wrong shape names both shapes and writes nothing")
  func wrongShape() throws {
    let folder = try Workspace()
    try NPYWriter.write([UInt8](repeating: 0, count: 30), shape: [2, 3, 5], to: folder.path("x.npy"))
    let result = try folder.tool("run", Workspace.model, "--input", "x.npy", "--output", "y.npy")
    #expect(result.exitCode == 2)
    #expect(result.errorLines.count == 1)
    #expect(result.errors.contains("[2, 3, 5]") && result.errors.contains("[1, 16, 16, 1]"), "\(result.errors)")
    #expect(try !folder.names().contains("y.npy"))
  }

  @Test("a model that does not fit the profile is refused with the first violation and where to see all")
  func nonconforming() throws {
    let result = try Workspace().tool(
      "run", Workspace.model, "--input", Workspace.images, "--profile", "nna-int8-pow2")
    #expect(result.exitCode == 2)
    #expect(result.errorLines.count == 1)
    #expect(result.errors.contains("does not fit the profile nna-int8-pow2"), "\(result.errors)")
    #expect(result.errors.contains("inspect"))
  }

  @Test("an interrupted run leaves no file", arguments: [SIGINT, SIGTERM])
  func interruption(number: Int32) throws {
    let folder = try Workspace()
    // Enough samples for minutes.
    let images = try NPYFile(contentsOf: folder.path(Workspace.images)).values(as: UInt8.self)
    let many = Array(repeatElement(images, count: 100).joined())
    try NPYWriter.write(many, shape: [36000, 16, 16, 1], to: folder.path("many.npy"))
    let before = try folder.names()
    let process = try BitexactTool.start(
      ["run", Workspace.model, "--input", "many.npy", "--output", "y.npy"], in: folder.url,
      output: folder.url.appending(path: ".stdout"), errors: folder.url.appending(path: ".stderr"))
    Thread.sleep(forTimeInterval: 1)
    #expect(process.isRunning)
    kill(process.processIdentifier, number)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(process.terminationStatus == number)
    #expect(try folder.names() == before)
  }
}
