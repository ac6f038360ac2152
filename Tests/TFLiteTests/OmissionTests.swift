import NetworkModel
import TFLite
import Testing

/// Custom operators at the end of a file.
@Suite struct OmissionTests {
  /// The tiny model with a custom operator that reads its logits and probabilities, at the end or before it.
  static func file(isLast: Bool) throws -> TFLiteFile {
    var file = try TinyModel.file()
    var graph = file.model.tables("subgraphs")[0]
    var custom = Table(.operator)
    let codes = file.model.tables("operatorCodes")
    custom.set("opcodeIndex", Int64(codes.firstIndex { $0.integer("builtinCode") == 32 } ?? 0))
    custom.set("inputs", [5, 6])
    var tensors = graph.tables("tensors")
    var result = Table(.tensor)
    result.set("name", "boxes")
    tensors.append(result)
    custom.set("outputs", [Int64(tensors.count - 1)])
    graph.set("tensors", tensors)
    let nodes = graph.tables("operators")
    graph.set("operators", isLast ? nodes + [custom] : [custom] + nodes)
    if isLast { graph.set("outputs", [Int64(tensors.count - 1)]) }
    file.model.set("subgraphs", [graph])
    return file
  }

  @Test func whatACustomOperatorAtTheEndReadsBecomesOutputs() throws {
    let network = try Self.file(isLast: true).network()
    #expect(network.outputs == [5, 6])
    #expect(network.nodes.count == 3)
    #expect(network.omissions == [Omission(node: 3, name: "CUSTOM \"Mystery\"", outputs: [5, 6])])
  }

  /// A code that no enumeration has, of the operator that may be left out.
  @Test(arguments: [-1, -128, 1 << 20]) func anImpossibleCodeIsRefused(_ code: Int64) throws {
    var file = try Self.file(isLast: true)
    var codes = file.model.tables("operatorCodes")
    let last = try #require(codes.firstIndex { $0.integer("builtinCode") == 32 })
    codes[last].set("builtinCode", code)
    codes[last].set("deprecatedBuiltinCode", max(code, -128) > 127 ? 127 : code)
    file.model.set("operatorCodes", codes)
    let error = #expect(throws: TFLiteError.self) { try file.network() }
    #expect(error?.description.contains("not supported: number \(code) (1)") == true, "\(error?.description ?? "")")
  }

  @Test func severalCustomOperatorsKeepTheirOrder() throws {
    var file = try Self.file(isLast: true)
    var graph = file.model.tables("subgraphs")[0]
    let nodes = graph.tables("operators")
    graph.set("operators", nodes + [nodes[nodes.count - 1]])
    file.model.set("subgraphs", [graph])
    #expect(try file.network().omissions.map(\.node) == [3, 4])
  }

  @Test func aCustomOperatorElsewhereIsRefused() throws {
    let file = try Self.file(isLast: false)
    let error = #expect(throws: TFLiteError.self) { try file.network() }
    #expect(error?.description.contains("not supported: CUSTOM \"Mystery\" (1)") == true)
  }
}
