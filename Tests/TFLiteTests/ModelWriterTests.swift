import NetworkModel
import TFLite
import Testing

@Suite struct ModelWriterTests {
  @Test func anUnchangedNetworkLeavesItsSourceUnchanged() throws {
    let file = try TinyModel.file()
    #expect(try TFLiteFile(try file.network(), replacing: file) == file)
  }

  @Test func aFreshFileIsWhatLiteRTExpects() throws {
    let model = try TFLiteFile(TinyModel.network()).model
    #expect(model.integer("version") == 3)
    #expect(model.text("description") == "bitexact")
    #expect(model.tables("buffers")[0].vector("data") == nil)
    let tensors = model.tables("subgraphs")[0].tables("tensors")
    #expect(tensors.map { $0.integer("buffer") } == [0, 1, 2, 0, 3, 0, 0])
    #expect(model.tables("operatorCodes").map { $0.integer("builtinCode") } == [3, 9, 25])
    #expect(model.tables("operatorCodes").map { $0.integer("deprecatedBuiltinCode") } == [3, 9, 25])
  }

  @Test func changedParametersLoseTheirRangeAndOthersKeepIt() throws {
    let file = try TinyModel.file()
    var network = try file.network()
    network.tensors[3].quantization = Quantization(scale: 0.0625, zeroPoint: -5)
    let first = try TFLiteFile(network, replacing: file).model.tables("subgraphs")[0].tables("tensors")
    #expect(first[0].table("quantization")?.vector("min")?.floats == [-1])
    #expect(first[3].table("quantization")?.vector("scale")?.floats == [0.0625])
    #expect(first[3].table("quantization")?.integers("zeroPoint") == [-5])
    network.tensors[0].quantization = nil
    let second = try TFLiteFile(network, replacing: file).model.tables("subgraphs")[0].tables("tensors")
    #expect(second[0].table("quantization") == Table(.quantizationParameters))
  }

  @Test func aBufferThatOthersUseIsNotOverwritten() throws {
    let file = try TinyModel.file()
    var network = try file.network()
    // The filter's buffer is used by the second subgraph too; the bias has one of its own.
    network.tensors[1].data = Array(repeating: 9, count: 18)[...]
    network.tensors[2].data = Array(repeating: 8, count: 8)[...]
    let written = try TFLiteFile(network, replacing: file)
    let buffers = written.model.tables("buffers")
    let tensors = written.model.tables("subgraphs")[0].tables("tensors")
    #expect(tensors[1].integer("buffer") == 5 && buffers.count == 6)
    #expect(tensors[2].integer("buffer") == 2)
    #expect(buffers[1] == file.model.tables("buffers")[1])
    #expect(try written.network() == network)
    #expect(written.model.tables("subgraphs")[1] == file.model.tables("subgraphs")[1])
  }

  @Test func dataThatNobodyUsesIsDropped() throws {
    let file = try TinyModel.file()
    var network = try file.network()
    network.nodes[1].inputs[1] = 7
    network.tensors.append(network.tensors[4])
    network.tensors[7].name = "new weights"
    network.tensors[4].data = nil
    let written = try TFLiteFile(network, replacing: file)
    #expect(written.model.tables("buffers")[3].vector("data") == nil)
    #expect(try written.network() == network)
  }

  @Test func whatANetworkDoesNotHoldStays() throws {
    let file = try TinyModel.file()
    var network = try file.network()
    network.nodes[0].operation = .conv2D(Conv2D(padding: .valid, activation: .none))
    let model = try TFLiteFile(network, replacing: file).model
    let options = model.tables("subgraphs")[0].tables("operators")[0].table("builtinOptions")
    #expect(options?.integer("quantizedBiasType") == 2)
    #expect(options?.integer("fusedActivationFunction") == 0)
    #expect(model.tables("operatorCodes") == file.model.tables("operatorCodes"))
    #expect(model.tables("signatureDefs") == file.model.tables("signatureDefs"))
  }

  @Test func signaturesFollowTheGraphsInputsAndOutputs() throws {
    let file = try TinyModel.file()
    var network = try file.network()
    network.nodes.removeLast()
    network.outputs = [5]
    let model = try TFLiteFile(network, replacing: file).model
    #expect(model.tables("signatureDefs")[0].tables("outputs")[0].integer("tensorIndex") == 5)
    #expect(model.tables("signatureDefs")[0].tables("inputs")[0].integer("tensorIndex") == 0)
    #expect(model.tables("subgraphs")[0].integers("outputs") == [5])
  }

  @Test func metadataIsAddedReplacedAndRead() throws {
    let file = try TinyModel.file()
    #expect(file.metadata(named: "notes") == Array("first".utf8))
    #expect(file.metadata(named: "absent") == nil)
    let network = try file.network()
    let written = try TFLiteFile(
      network, replacing: file, metadata: [("notes", Array("second".utf8)), ("more", [1, 2]), ("empty", [])])
    let again = try TFLiteFile(bytes: try written.bytes())
    #expect(again.metadata(named: "notes") == Array("second".utf8))
    #expect(again.metadata(named: "more") == [1, 2])
    #expect(again.metadata(named: "empty") == [])
    #expect(again.model.tables("buffers").count == file.model.tables("buffers").count + 1)
    // Writing the same entries again changes nothing.
    #expect(try TFLiteFile(network, replacing: again, metadata: [("more", [1, 2]), ("empty", [])]) == again)
  }

  @Test func aNetworkWithFaultsIsNotWritten() {
    var network = TinyModel.network()
    network.outputs = [99]
    let error = #expect(throws: TFLiteError.self) { try TFLiteFile(network) }
    #expect(error?.faults.map(\.place) == ["the graph"])
  }

  @Test func anOperatorWhoseTypesChangeGetsTheVersionForThem() throws {
    var network = TinyModel.network()
    network.nodes[0].sourceVersion = 1
    let file = try TFLiteFile(network)
    #expect(try file.network().nodes.map(\.sourceVersion) == [3, 6, 2])
    // An operator that stays as it was keeps the version that the source states, even a lower one.
    var old = file
    var codes = old.model.tables("operatorCodes")
    codes[0].set("version", 1)
    old.model.set("operatorCodes", codes)
    #expect(try TFLiteFile(try old.network(), replacing: old) == old)
    var changed = try old.network()
    changed.nodes[0].operation = .conv2D(Conv2D(padding: .valid, activation: .relu))
    #expect(try TFLiteFile(changed, replacing: old).network().nodes[0].sourceVersion == 3)
  }
}
