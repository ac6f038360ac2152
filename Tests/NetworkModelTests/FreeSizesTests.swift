import NetworkModel
import TestSupport
import Testing

@Suite("Sizes that a file leaves open")
struct FreeSizesTests {
  /// Convolutions, pooling, joins and a mean over an image of some size; `end` adds what comes last.
  static func network(
    _ height: Int, _ width: Int, end: (inout NetworkBuilder, Int, [Int]) -> Int = mean
  ) -> Network {
    var builder = NetworkBuilder()
    func same(_ size: Int, _ stride: Int) -> Int { (size + stride - 1) / stride }
    let (h, w) = (same(height, 2), same(width, 2))
    let x = builder.input([1, height, width, 1])
    let filter = builder.constant([Int64](repeating: 1, count: 18), [2, 3, 3, 1], .int8, Quantization(scale: 1))
    let a = builder.activation([1, h, w, 2])
    builder.node(.conv2D(Conv2D(padding: .same, strideHeight: 2, strideWidth: 2)), [x, filter, nil], a)
    let b = builder.activation([1, h, w, 2])
    builder.node(.maxPool2D(Pool2D(padding: .same, filterHeight: 3, filterWidth: 3)), [a], b)
    let sum = builder.activation([1, h, w, 2])
    builder.node(.add(Add()), [a, b], sum)
    let amounts = builder.constant([0, 0, 1, 0, 0, 2, 0, 0], [4, 2], .int32)
    let padded = builder.activation([1, h + 1, w + 2, 2])
    builder.node(.pad(Pad()), [sum, amounts], padded)
    let last = end(&builder, padded, [1, h + 1, w + 2, 2])
    return builder.finish(last)
  }

  static let mean: @Sendable (inout NetworkBuilder, Int, [Int]) -> Int = { builder, input, shape in
    let axes = builder.constant([1, 2], [2], .int32)
    let output = builder.activation([shape[0], shape[3]])
    builder.node(.mean(Mean(keepsAxes: false)), [input, axes], output)
    return output
  }

  static let reshape: @Sendable (inout NetworkBuilder, Int, [Int]) -> Int = { builder, input, shape in
    let count = shape.reduce(1, *)
    let target = builder.constant([1, Int64(count)], [2], .int32)
    let output = builder.activation([1, count])
    builder.node(.reshape(Reshape()), [input, target], output)
    return output
  }

  @Test(
    "every shape follows from the input's, as if the network had been made so", arguments: [(1, 1), (5, 8), (17, 4)])
  func shapes(height: Int, width: Int) throws {
    let resized = try Self.network(8, 8).resized([0: Shape([1, height, width, 1])]).get()
    #expect(resized == Self.network(height, width))
    #expect(resized.validate().isEmpty)
  }

  @Test("an operator whose output cannot have a shape is named with the input")
  func refused() throws {
    let network = Self.network(8, 8, end: Self.reshape)
    #expect(network.validate().isEmpty)
    guard case .failure(let fault) = network.resized([0: Shape([1, 4, 4, 1])]) else {
      Issue.record("a constant shape was ignored")
      return
    }
    #expect(fault.place == "operator 4 (RESHAPE)")
    #expect(fault.message.contains("tensor 0 \"t0\" is 1×4×4×1"), "\(fault.message)")
    #expect(throws: NetworkFault.self) { try network.resized([0: Shape([1, 1 << 20, 1 << 20, 1])]).get() }
  }

  @Test("a signature tells what is free, what is fixed and what is only a placeholder")
  func signatures() {
    var tensor = Tensor(name: "x", type: .int8, shape: Shape([1, 1, 5, 3]), shapeSignature: [-1, -1, -1, 3])
    #expect(tensor.freeAxes == [0, 1, 2] && tensor.freeSizes == [1, 2] && tensor.placeholderAxes == [1])
    #expect(tensor.openShape == "1×?×?×3")
    #expect(tensor.allows([2, 7, 9, 3]) && !tensor.allows([1, 7, 9, 4]) && !tensor.allows([1, 7, 9]))
    #expect(!tensor.allows([1, 0, 9, 3]))
    #expect(tensor.signature(for: [1, 7, 9, 3]) == [-1, -1, -1, 3])
    tensor.shapeSignature = []
    #expect(tensor.freeAxes.isEmpty && tensor.allows([1, 1, 5, 3]) && !tensor.allows([1, 2, 5, 3]))
    let sound = Tensor(name: "x", type: .int8, shape: Shape([1]), shapeSignature: [-1])
    #expect(sound.freeSizes == [0] && sound.placeholderAxes == [0])
    #expect(Tensor(name: "x", type: .int8, shape: Shape([-1, 0, 3])).freeAxes == [0, 1])
  }
}
