import Arrays
import Foundation
import NetworkModel
import TFLite
import TestSupport
import Testing

/// Files with two signatures or free sizes, in the smallest form.
enum GraphFiles {
  /// `y = w · x` with zero points that a symmetric machine does not have.
  static func product(_ scale: Float, name: String) -> Network {
    var builder = NetworkBuilder()
    let x = builder.input([1, 4], .int8, scale: scale)
    let w = builder.constant([9, -8, 7, 6, -5, 4, 3, 2], [2, 4], .int8, Quantization(scale: 0.01))
    let y = builder.activation([1, 2], .int8, scale: 0.2, zeroPoint: 3)
    builder.node(.fullyConnected(FullyConnected()), [x, w, nil], y)
    var network = builder.finish(y)
    network.name = name
    return network
  }

  /// Two products with a signature each.
  static func twoSignatures(_ folder: Workspace, second: Network = product(0.3, name: "b")) throws {
    var file = try TFLiteFile(product(0.1, name: "a"))
    let other = try TFLiteFile(second)
    var graph = other.model.tables("subgraphs")[0]
    // The other file's buffers and codes go after this one's.
    let (buffers, codes) = (file.model.tables("buffers").count, file.model.tables("operatorCodes").count)
    graph.set(
      "tensors",
      graph.tables("tensors").map { tensor in
        var tensor = tensor
        if tensor.integer("buffer") > 0 { tensor.set("buffer", tensor.integer("buffer") + Int64(buffers)) }
        return tensor
      })
    graph.set(
      "operators",
      graph.tables("operators").map { node in
        var node = node
        node.set("opcodeIndex", node.integer("opcodeIndex") + Int64(codes))
        return node
      })
    file.model.set("subgraphs", file.model.tables("subgraphs") + [graph])
    file.model.set("buffers", file.model.tables("buffers") + other.model.tables("buffers"))
    file.model.set("operatorCodes", file.model.tables("operatorCodes") + other.model.tables("operatorCodes"))
    file.model.set(
      "signatureDefs",
      ["encode", "decode"].enumerated().map { place, name in
        var signature = Table(.signatureDef)
        signature.set("signatureKey", name)
        signature.set("subgraphIndex", Int64(place))
        return signature
      })
    try folder.write(file.bytes(), to: "two.tflite")
  }

  /// A convolution over images of any size, of which the file holds 1×1.
  static func freeSizes(_ folder: Workspace) throws {
    var builder = NetworkBuilder()
    let x = builder.input([1, 1, 1, 2], .int8, scale: 0.1, zeroPoint: 5)
    let w = builder.constant(
      (0..<54).map { Int64($0 * 37 % 201 - 100) }, [3, 3, 3, 2], .int8, Quantization(scale: 0.004))
    let y = builder.activation([1, 1, 1, 3], .int8, scale: 0.3, zeroPoint: -128)
    builder.node(.conv2D(Conv2D(padding: .same, activation: .relu)), [x, w, nil], y)
    var network = builder.finish(y)
    for index in [x, y] { network.tensors[index].shapeSignature = [1, -1, -1, index == x ? 2 : 3] }
    try folder.write(TFLiteFile(network).bytes(), to: "free.tflite")
    let pixels = (0..<2 * 6 * 5 * 2).map { Int8(truncatingIfNeeded: $0 * 29) }
    try NPYWriter.write(pixels, shape: [2, 6, 5, 2], to: folder.path("x.npy"))
  }
}

@Suite("Models with several signatures")
struct GraphSelectionTests {
  @Test("the graph that is used and those that are left out are named, in text and JSON")
  func named() throws {
    let folder = try Workspace()
    try GraphFiles.twoSignatures(folder)
    try NPYWriter.write([Int8](repeating: 3, count: 8), shape: [2, 4], to: folder.path("x.npy"))
    let first = try folder.tool("run", "two.tflite", "--input", "x.npy", "--json")
    #expect(first.errors.contains("signature \"encode\" (subgraph 0) is used; left out: signature \"decode\""))
    let object = try first.object()
    #expect((object["graph"] as? [String: Any])?["signatures"] as? [String] == ["encode"])
    #expect((object["leftOut"] as? [[String: Any]])?.first?["subgraph"] as? Int == 1)
    #expect(object["inputShapes"] as? [[Int]] == [[1, 4]])
    let second = try folder.tool("run", "two.tflite", "--input", "x.npy", "--json", "--signature", "decode")
    #expect((try second.object()["graph"] as? [String: Any])?["subgraph"] as? Int == 1)
    #expect(try folder.tool("run", "two.tflite", "--input", "x.npy", "--quiet").errors.isEmpty)
    let unknown = try folder.tool("inspect", "two.tflite", "--signature", "encod")
    #expect(unknown.exitCode == 2 && unknown.errors.contains("did you mean \"encode\"? it has \"encode\", \"decode\""))
  }

  @Test("requantize rewrites all graphs, verify and inspect check all", arguments: [nil, "decode"])
  func requantized(signature: String?) throws {
    let folder = try Workspace()
    try GraphFiles.twoSignatures(folder)
    let chosen = signature.map { ["--signature", $0] } ?? []
    let made = try folder.tool(
      ["requantize", "two.tflite", "--profile", "nna-int8-pow2", "-o", "out.tflite", "--json"] + chosen)
    #expect(made.exitCode == 0, "\(made.errors)")
    let other = try #require((try made.object()["otherGraphs"] as? [[String: Any]])?.first)
    #expect(other["subgraph"] as? Int == (signature == nil ? 1 : 0) && other["isMadeUp"] as? Bool == true)
    let file = try TFLiteFile(bytes: folder.bytes("out.tflite"))
    for subgraph in 0...1 {
      let tensors = try file.network(subgraph: subgraph).tensors
      #expect(tensors.allSatisfy { $0.quantization?.zeroPoint ?? 0 == 0 })
    }
    let checked = try folder.tool("verify", "out.tflite", "--json")
    #expect(checked.exitCode == 0)
    #expect((try checked.object()["otherGraphs"] as? [[String: Any]])?.first?["passed"] as? Bool == true)
    let inspected = try folder.tool("inspect", "out.tflite", "--profile", "nna-int8-pow2")
    #expect(inspected.exitCode == 0 && inspected.output.contains("signature \"decode\" (subgraph 1): conforms"))
    let alone = try folder.tool("verify", "out.tflite", "--signature", "decode")
    #expect(alone.exitCode == 0 && alone.output.contains("alone; not checked: signature \"encode\""))
  }

  @Test("a file in which only one graph fits the machine is neither verified nor conforming")
  func half() throws {
    let folder = try Workspace()
    try GraphFiles.twoSignatures(folder)
    #expect(
      try folder.tool("requantize", "two.tflite", "--profile", "nna-int8-pow2", "-o", "out.tflite").exitCode == 0)
    let good = try TFLiteFile(bytes: folder.bytes("out.tflite"))
    let source = try TFLiteFile(bytes: folder.bytes("two.tflite"))
    let half = try TFLiteFile([1: source.network(subgraph: 1)], replacing: good)
    try folder.write(half.bytes(), to: "half.tflite")
    let verified = try folder.tool("verify", "half.tflite")
    #expect(verified.exitCode == 1)
    #expect(verified.output.hasSuffix("NOT verified: signature \"decode\" (subgraph 1)\n"), "\(verified.output)")
    #expect(!verified.output.contains("\nverified"))
    let inspected = try folder.tool("inspect", "half.tflite", "--profile", "nna-int8-pow2")
    #expect(inspected.exitCode == 1 && inspected.output.contains("signature \"decode\" (subgraph 1): 4 violations"))
    #expect(!inspected.output.contains("the model conforms"))
  }

  @Test("a journal of one graph's results is not taken for another's")
  func journal() throws {
    let folder = try Workspace()
    try GraphFiles.twoSignatures(folder)
    try NPYWriter.write([Int8](repeating: 3, count: 8), shape: [2, 4], to: folder.path("x.npy"))
    let command = [
      "explore", "two.tflite", "--vary", "accumulator.bits=20", "--inputs", "x.npy", "--journal", "j.jsonl",
    ]
    #expect(try folder.tool(command).exitCode == 0)
    #expect(try folder.tool(command).exitCode == 0)
    let other = try folder.tool(command + ["--signature", "decode"])
    #expect(other.exitCode == 2 && other.errors.contains("j.jsonl"), "\(other.errors)")
  }

  @Test("a graph that cannot be rewritten is named, and nothing is written")
  func refused() throws {
    let folder = try Workspace()
    var second = GraphFiles.product(0.3, name: "b")
    second.nodes[0].operation = .fullyConnected(FullyConnected(activation: .tanh))
    try GraphFiles.twoSignatures(folder, second: second)
    let made = try folder.tool("requantize", "two.tflite", "--profile", "nna-int8-pow2", "-o", "out.tflite")
    #expect(made.exitCode == 2)
    #expect(
      made.errors.contains("two.tflite: signature \"decode\" (subgraph 1), operator 0 (FULLY_CONNECTED)"),
      "\(made.errors)")
    #expect(try folder.names() == Workspace().names().filter { $0 != "two.tflite" } + ["two.tflite"])
  }
}

@Suite("Models with free sizes")
struct FreeSizeCommandTests {
  @Test("data or an option give the sizes, and both the same numbers")
  func sizes() throws {
    let folder = try Workspace()
    try GraphFiles.freeSizes(folder)
    for (name, option) in [("a", []), ("b", ["--input-shape", "t0=1,6,5,2"]), ("c", ["--input-shape", "1x6x5x2"])] {
      let run = try folder.tool(["run", "free.tflite", "--input", "x.npy", "--output", "\(name).npy"] + option)
      #expect(run.exitCode == 0, "\(run.errors)")
      #expect(try NPYFile(contentsOf: folder.path("\(name).npy")).shape == [2, 6, 5, 3])
      #expect(try folder.bytes("\(name).npy") == folder.bytes("a.npy"))
    }
    let inspected = try folder.tool("inspect", "free.tflite", "--input-shape", "1,6,5,2", "--json")
    #expect(try inspected.object()["inputShapes"] as? [[Int]] == [[1, 6, 5, 2]])
  }

  @Test(
    "a shape that does not fit is refused by name",
    arguments: [("1,6,5,3", 2, "which is 1×?×?×2"), ("z=1,6,5,2", 2, "inputs are \"t0\""), ("1,a", 64, "1,224,224,3")])
  func wrong(shape: String, code: Int32, words: String) throws {
    let folder = try Workspace()
    try GraphFiles.freeSizes(folder)
    let run = try folder.tool("run", "free.tflite", "--input", "x.npy", "--input-shape", shape)
    #expect(run.exitCode == code && run.errorLines.count == 1 && run.errors.contains(words), "\(run.errors)")
    let fixed = try folder.tool("inspect", Workspace.model, "--input-shape", "1,9,9,3")
    #expect(fixed.exitCode == 2 && fixed.errors.contains("has no free sizes"), "\(fixed.errors)")
  }

  @Test("data of other channels are told what fits")
  func wrongData() throws {
    let folder = try Workspace()
    try GraphFiles.freeSizes(folder)
    try NPYWriter.write([Int8](repeating: 0, count: 48), shape: [1, 4, 4, 3], to: folder.path("y.npy"))
    let run = try folder.tool("run", "free.tflite", "--input", "y.npy")
    #expect(run.exitCode == 2 && run.errors.contains("takes [N, ?, ?, 2]"), "\(run.errors)")
  }

  @Test("nothing is concluded from a placeholder; what is written leaves the sizes free")
  func placeholders() throws {
    let folder = try Workspace()
    try GraphFiles.freeSizes(folder)
    let command = ["requantize", "free.tflite", "--profile", "nna-int8-pow2", "-o", "out.tflite", "--effort", "fast"]
    let inspected = try folder.tool("inspect", "free.tflite")
    #expect(inspected.exitCode == 0 && inspected.errors.contains("only a placeholder"))
    for arguments in [command, ["verify", "free.tflite"], ["inspect", "free.tflite", "--accumulators"]] {
      let refused = try folder.tool(arguments)
      #expect(refused.exitCode == 2 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(refused.errors.contains("--input-shape 1,224,224,2"), "\(refused.errors)")
    }
    for option in [["--calibrate", "x.npy"], ["--input-shape", "1,6,5,2"]] {
      let made = try folder.tool(command + option)
      #expect(made.exitCode == 0, "\(made.errors)")
      let input = try TFLiteFile(bytes: folder.bytes("out.tflite")).network().tensors[0]
      #expect(input.shape == Shape([1, 6, 5, 2]) && input.shapeSignature == [1, -1, -1, 2])
      // The source, whose file holds the placeholder, takes the size of the result.
      #expect(try folder.tool("verify", "out.tflite", "--source", "free.tflite", "--json").output.contains("conforms"))
    }
    try NPYWriter.write([Int8](repeating: 7, count: 2 * 7 * 3 * 2), shape: [2, 7, 3, 2], to: folder.path("z.npy"))
    #expect(try folder.tool("run", "out.tflite", "--input", "z.npy").exitCode == 0)
  }
}
