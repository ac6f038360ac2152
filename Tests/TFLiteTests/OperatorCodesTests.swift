import NetworkModel
import TFLite
import TestSupport
import Testing

@Suite struct OperatorCodesTests {
  static let fixtures = (try? RepositoryFiles.names(in: "Tests/Fixtures/litert", suffix: ".tflite")) ?? []

  @Test func thereAreFixtures() { #expect(Self.fixtures.count > 200) }

  @Test func everyFixtureIsReadAndWrittenUnchanged() throws {
    for name in Self.fixtures {
      let file = try TFLiteFile(bytes: Array(try RepositoryFiles.data("Tests/Fixtures/litert/\(name)")))
      let network = try file.network()
      #expect(try TFLiteFile(network, replacing: file) == file, "\(name)")
      var fresh = try TFLiteFile(bytes: try TFLiteFile(network).bytes()).network()
      for index in fresh.nodes.indices { fresh.nodes[index].sourceVersion = network.nodes[index].sourceVersion }
      #expect(fresh == network, "\(name)")
    }
  }

  @Test func theFixturesHoldEverySupportedOperator() throws {
    var found: Set<String> = []
    for name in Self.fixtures {
      let file = try TFLiteFile(bytes: Array(try RepositoryFiles.data("Tests/Fixtures/litert/\(name)")))
      found.formUnion(try file.network().nodes.map(\.operation.name))
    }
    #expect(found == Set(TFLiteFile.supportedOperators))
  }

  /// A network of one operator on `[1,4,4,2]` in one type, with its version.
  static func version(
    _ operation: Operation, _ type: ElementType, weights: [Int]? = nil, of weightType: ElementType? = nil, output: [Int]
  ) throws -> Int? {
    let quantization = type == .float32 ? nil : Quantization(scale: 1)
    func tensor(_ shape: [Int], _ type: ElementType, isConstant: Bool = false) -> Tensor {
      let bytes = type.byteCount(of: Shape(shape).count) ?? 0
      return Tensor(
        name: "", type: type, shape: Shape(shape), quantization: quantization,
        data: isConstant ? Array(repeating: 0, count: bytes)[...] : nil)
    }
    var tensors = [tensor([1, 4, 4, 2], type), tensor(output, type)]
    var inputs: [Int?] = [0]
    if let weights {
      tensors.append(tensor(weights, weightType ?? type, isConstant: true))
      tensors.append(tensor([output[output.count - 1]], type == .float32 ? .float32 : .int32, isConstant: true))
      inputs += [2, 3]
    }
    let network = Network(
      tensors: tensors, nodes: [Node(operation, inputs: inputs, outputs: [1])], inputs: [0], outputs: [1])
    return try TFLiteFile(network).network().nodes[0].sourceVersion
  }

  @Test(arguments: [
    (ElementType.float32, [1, 1, 1, 1, 2, 1]), (.uint8, [1, 1, 1, 1, 2, 1]), (.int8, [3, 3, 4, 2, 3, 2]),
  ])
  func versionsFollowTheTypes(type: ElementType, expected: [Int]) throws {
    let dilated = DepthwiseConv2D(padding: .same, dilationHeight: 2, dilationWidth: 2)
    let pool = Pool2D(padding: .valid, filterHeight: 2, filterWidth: 2, strideHeight: 2, strideWidth: 2)
    #expect(
      try [
        Self.version(.conv2D(Conv2D(padding: .same)), type, weights: [5, 3, 3, 2], output: [1, 4, 4, 5]),
        Self.version(
          .depthwiseConv2D(DepthwiseConv2D(padding: .same)), type, weights: [1, 3, 3, 2], output: [1, 4, 4, 2]),
        Self.version(.fullyConnected(FullyConnected()), type, weights: [3, 32], output: [1, 3]),
        Self.version(.averagePool2D(pool), type, output: [1, 2, 2, 2]),
        Self.version(.depthwiseConv2D(dilated), type, weights: [1, 3, 3, 2], output: [1, 4, 4, 2]),
        Self.version(.softmax(Softmax()), type, output: [1, 4, 4, 2]),
      ] == expected)
  }

  /// `GetBuiltinOperatorVersion` in `tools/versioning/op_version.cc` of TensorFlow Lite, but for the depthwise 7, which
  /// LiteRT 2.3.0's reference resolver refuses.
  @Test func layersOfPackedWeightsHaveVersionsOfTheirOwn() throws {
    let depthwise = DepthwiseConv2D(padding: .same)
    #expect(
      try [
        Self.version(.conv2D(Conv2D(padding: .same)), .int8, weights: [5, 3, 3, 2], of: .int4, output: [1, 4, 4, 5]),
        Self.version(.depthwiseConv2D(depthwise), .int8, weights: [1, 3, 3, 2], of: .int4, output: [1, 4, 4, 2]),
        Self.version(.fullyConnected(FullyConnected()), .int8, weights: [3, 32], of: .int4, output: [1, 3]),
      ] == [7, 6, 10])
  }
}
