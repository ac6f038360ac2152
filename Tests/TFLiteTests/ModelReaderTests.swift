import NetworkModel
import TFLite
import Testing

@Suite struct ModelReaderTests {
  @Test func aNetworkSurvivesAFileOfItsOwn() throws {
    let bytes = try TFLiteFile(TinyModel.network()).bytes()
    #expect(try TFLiteFile(bytes: bytes).network() == TinyModel.network())
  }

  /// One scale needs no axis: what the file says of it is not believed, and is kept when the file is written.
  @Test(arguments: [-2, -1, 4, Int64(Int32.max), Int64(Int32.min)]) func anAxisOfOneScaleMeansNothing(_ axis: Int64)
    throws
  {
    func edited(_ tensor: Int) throws -> TFLiteFile {
      TinyModel.edit(try TinyModel.file(), "tensors", tensor) {
        var quantization = $0.table("quantization") ?? Table(.quantizationParameters)
        quantization.set("quantizedDimension", axis)
        $0.set("quantization", quantization)
      }
    }
    let file = try edited(3)
    let network = try file.network()
    #expect(try network == TinyModel.file().network())
    #expect(try TFLiteFile(network, replacing: file) == file)
    // Of several scales it is one of the tensor's.
    let error = #expect(throws: TFLiteError.self) { try edited(1).network() }
    let isOutside = error?.description.contains("along the axis \(axis), which its shape") ?? false
    #expect(isOutside, "\(error?.description ?? "")")
  }

  /// Damage to the first subgraph's list, and the fault that it must give.
  struct Damage: Sendable, CustomTestStringConvertible {
    let list: String
    let index: Int
    let place: String
    let message: String
    let change: @Sendable (inout Table) -> Void
    var testDescription: String { message }

    init(
      _ list: String, _ index: Int, _ place: String, _ message: String,
      _ change: @escaping @Sendable (inout Table) -> Void
    ) {
      (self.list, self.index, self.place, self.message, self.change) = (list, index, place, message, change)
    }
  }

  static let damages = [
    Damage("tensors", 0, "tensor 0 \"image\"", "has the type 99; known are 0 to 20") { $0.set("type", 99) },
    Damage("tensors", 0, "tensor 0 \"image\"", "has the extent -4 in its shape") { $0.set("shape", [1, -4, 4, 1]) },
    Damage("tensors", 1, "tensor 1 \"filter\"", "has the extent 0 in its shape") { $0.set("shape", [2, 3, 3, 0]) },
    Damage("tensors", 1, "tensor 1 \"filter\"", "24 bytes; its buffer holds 18") { $0.set("shape", [2, 3, 4, 1]) },
    Damage("tensors", 1, "tensor 1 \"filter\"", "in buffer 77, and the file has 5 buffers") { $0.set("buffer", 77) },
    Damage("tensors", 2, "tensor 2 \"bias\"", "stored sparsely") { $0.set("sparsity", Table(.sparsityParameters)) },
    Damage("tensors", 2, "tensor 2 \"bias\"", "in another file") { $0.set("externalBuffer", 3) },
    Damage("tensors", 3, "tensor 3 \"features\"", "quantized by BlockwiseQuantization") {
      var quantization = Table(.quantizationParameters)
      quantization.set("details", Table(.blockwiseQuantization))
      $0.set("quantization", quantization)
    },
    Damage("tensors", 3, "tensor 3 \"features\"", "has the scale nan at 0") { quantize(&$0, [.nan], [0]) },
    Damage("tensors", 3, "tensor 3 \"features\"", "has the scale inf at 0") { quantize(&$0, [.infinity], [0]) },
    Damage("tensors", 3, "tensor 3 \"features\"", "has the scale 0.0 at 0") { quantize(&$0, [0], [0]) },
    Damage("tensors", 3, "tensor 3 \"features\"", "has the scale -0.5 at 0") { quantize(&$0, [-0.5], [0]) },
    Damage("tensors", 3, "tensor 3 \"features\"", "has the zero point 128 at 0") { quantize(&$0, [1], [128]) },
    Damage("tensors", 3, "tensor 3 \"features\"", "has 1 scales and 0 zero points") { quantize(&$0, [1], []) },
    Damage("tensors", 3, "tensor 3 \"features\"", "has 3 scales along the axis 0") {
      quantize(&$0, [1, 1, 1], [0, 0, 0])
    },
    Damage("operators", 0, "operator 0", "has the operator code 9, and the file has 4") { $0.set("opcodeIndex", 9) },
    Damage("operators", 0, "operator 0 (CONV_2D)", "reads tensor -2") { $0.set("inputs", [0, -2]) },
    Damage("operators", 0, "operator 0 (CONV_2D)", "an input is tensor 70") { $0.set("inputs", [0, 70]) },
    Damage("operators", 0, "operator 0 (CONV_2D)", "an output is tensor -1") { $0.set("outputs", [-1]) },
    Damage("operators", 0, "operator 0 (CONV_2D)", "options of the type Pool2DOptions instead of Conv2DOptions") {
      $0.set("builtinOptions", Table(.pool2DOptions))
    },
    Damage("operators", 0, "operator 0 (CONV_2D)", "its padding is 7; allowed are 0 (SAME) and 1 (VALID)") {
      change(&$0) { $0.set("padding", 7) }
    },
    Damage("operators", 0, "operator 0 (CONV_2D)", "its fused activation is -1; known are 0 to 5") {
      change(&$0) { $0.set("fusedActivationFunction", -1) }
    },
    Damage("operators", 0, "operator 0 (CONV_2D)", "its window does not fit") {
      change(&$0) { $0.set("strideH", 0) }
    },
    Damage("operators", 1, "operator 1 (FULLY_CONNECTED)", "its option weightsFormat is 1") {
      change(&$0) { $0.set("weightsFormat", 1) }
    },
    Damage("operators", 2, "operator 2 (SOFTMAX)", "beta is 0.0") { change(&$0) { $0["beta"] = nil } },
  ]

  static func quantize(_ tensor: inout Table, _ scales: [Float], _ zeroPoints: [Int64]) {
    var quantization = Table(.quantizationParameters)
    quantization.set("scale", floats: scales)
    quantization.set("zeroPoint", zeroPoints)
    tensor.set("quantization", quantization)
  }

  static func change(_ node: inout Table, _ change: (inout Table) -> Void) {
    guard var options = node.table("builtinOptions") else { return }
    change(&options)
    node.set("builtinOptions", options)
  }

  @Test(arguments: damages) func damageIsRefusedWithItsPlace(damage: Damage) throws {
    let file = TinyModel.edit(try TinyModel.file(), damage.list, damage.index, damage.change)
    let error = #expect(throws: TFLiteError.self) { try file.network() }
    #expect(
      error?.faults.contains { $0.place == damage.place && $0.message.contains(damage.message) } == true,
      "\(error?.description ?? "no error")")
  }

  @Test func everyFaultIsListed() throws {
    var file = TinyModel.edit(try TinyModel.file(), "tensors", 0) { $0.set("type", 99) }
    file = TinyModel.edit(file, "tensors", 1) { $0.set("buffer", 77) }
    file.model.set("version", 2)
    let error = #expect(throws: TFLiteError.self) { try file.network() }
    #expect(error?.faults.map(\.place) == ["model", "tensor 0 \"image\"", "tensor 1 \"filter\""])
  }

  @Test func unsupportedOperatorsAreListedOnceWithTheSupportedOnes() throws {
    var file = try TinyModel.file()
    var codes = file.model.tables("operatorCodes")
    codes[0].set("builtinCode", 111)
    codes[2].set("builtinCode", 300)
    file.model.set("operatorCodes", codes)
    for (index, code) in [(0, 3), (1, 0), (2, 2)] {
      file = TinyModel.edit(file, "operators", index) { $0.set("opcodeIndex", Int64(code)) }
    }
    let error = #expect(throws: TFLiteError.self) { try file.network() }
    let message = try #require(error?.faults.first?.message)
    #expect(error?.faults.count == 1)
    #expect(message.contains("not supported: CUSTOM \"Mystery\" (1), ELU (1), number 300 (1). Supported are: ADD, "))
    #expect(TFLiteFile.supportedOperators.allSatisfy(message.contains))
  }

  @Test func aModelWithoutSubgraphOrWithDataInBufferZeroIsRefused() throws {
    let error = #expect(throws: TFLiteError.self) { try TFLiteFile().network() }
    #expect(error?.description.contains("has no subgraph") == true)
    var file = try TinyModel.file()
    var buffers = file.model.tables("buffers")
    buffers[0].set("data", bytes: [1])
    file.model.set("buffers", buffers)
    let second = #expect(throws: TFLiteError.self) { try file.network() }
    #expect(second?.faults.map(\.place) == ["buffers[0]"])
  }

  @Test func supportedOperatorsAreSortedAndNamedAsInTheSchema() {
    #expect(TFLiteFile.supportedOperators == TFLiteFile.supportedOperators.sorted())
    #expect(TFLiteFile.supportedOperators.contains("DEPTHWISE_CONV_2D"))
    #expect(TFLiteFile.supportedOperators.allSatisfy { builtinOperatorNames.contains(Substring($0)) })
  }
}
