import NetworkModel
import Testing

/// What each operator makes of its operands' shapes, and which it refuses.
@Suite struct ShapeRuleTests {
  static func tensor(_ shape: [Int]) -> Tensor { Tensor(name: "", type: .int8, shape: Shape(shape)) }

  static func list(_ values: [Int64], _ shape: [Int]? = nil) -> Tensor {
    let bytes = Tensor.bytes(values, as: .int32) ?? []
    return Tensor(name: "", type: .int32, shape: Shape(shape ?? [values.count]), data: bytes[...])
  }

  /// The output's extents, or `nil` with a reason that is not empty.
  static func shape(_ operation: Operation, _ operands: [Tensor?]) -> [Int]? {
    switch operation.outputShapes(operands).map({ $0[0] }) {
    case .success(let shape): return shape.extents
    case .failure(let fault):
      #expect(fault.description.count > 10)
      return nil
    }
  }

  static func shape(_ operation: Operation, _ shapes: [Int]...) -> [Int]? { shape(operation, shapes.map(tensor)) }

  @Test func conv2D() {
    let same = Operation.conv2D(Conv2D(padding: .same, strideHeight: 2, strideWidth: 3))
    #expect(Self.shape(same, [2, 7, 7, 4], [6, 3, 3, 4], [6]) == [2, 4, 3, 6])
    #expect(Self.shape(same, [2, 7, 7, 4], [6, 3, 3, 2]) == [2, 4, 3, 6])
    let valid = Operation.conv2D(Conv2D(padding: .valid, dilationHeight: 2))
    #expect(Self.shape(valid, [1, 7, 7, 4], [6, 3, 3, 4]) == [1, 3, 5, 6])
    #expect(Self.shape(valid, [1, 4, 7, 4], [6, 3, 3, 4]) == nil)
    #expect(Self.shape(same, [7, 7, 4], [6, 3, 3, 4]) == nil)
    #expect(Self.shape(same, [1, 7, 7, 4], [6, 3, 4]) == nil)
    #expect(Self.shape(same, [1, 7, 7, 4], [6, 3, 3, 3]) == nil)
    #expect(Self.shape(same, [1, 7, 7, 6], [4, 3, 3, 2]) == nil)
    #expect(Self.shape(same, [1, 7, 7, 4], [6, 3, 3, 4], [5]) == nil)
    #expect(Self.shape(same, [1, 7, 7, 4]) == nil)
    #expect(Self.shape(.conv2D(Conv2D(padding: .same, strideHeight: 0)), [1, 7, 7, 4], [6, 3, 3, 4]) == nil)
  }

  @Test func depthwiseConv2D() {
    let operation = Operation.depthwiseConv2D(DepthwiseConv2D(padding: .valid, strideWidth: 2))
    #expect(Self.shape(operation, [2, 6, 6, 3], [1, 2, 3, 6], [6]) == [2, 5, 2, 6])
    #expect(Self.shape(operation, [2, 6, 6, 4], [1, 2, 3, 6]) == nil)
    #expect(Self.shape(operation, [2, 6, 6, 3], [2, 2, 3, 6]) == nil)
    #expect(Self.shape(operation, [2, 6, 6, 3], [1, 7, 3, 6]) == nil)
    #expect(Self.shape(operation, [2, 6, 6, 3], [1, 2, 3, 6], [3]) == nil)
    #expect(Self.shape(operation, [2, 6, 6, 3]) == nil)
  }

  @Test func fullyConnected() {
    let flat = Operation.fullyConnected(FullyConnected())
    #expect(Self.shape(flat, [2, 3, 4], [5, 4]) == [6, 5])
    #expect(Self.shape(flat, [2, 3, 4], [5, 12]) == [2, 5])
    #expect(Self.shape(flat, [2, 3, 4], [5, 7]) == nil)
    #expect(Self.shape(flat, [2, 4], [5, 4, 1]) == nil)
    #expect(Self.shape(flat, [2, 4], [5, 4], [4]) == nil)
    #expect(Self.shape(flat, [2, 4]) == nil)
    #expect(Self.shape(flat, [Self.tensor([2, 4]), Self.tensor([5, 4]), nil]) == [2, 5])
    let keeping = Operation.fullyConnected(FullyConnected(keepsAxes: true))
    #expect(Self.shape(keeping, [2, 3, 4], [5, 4]) == [2, 3, 5])
    #expect(Self.shape(keeping, [2, 3, 4], [5, 12]) == nil)
  }

  @Test func add() {
    let operation = Operation.add(Add())
    #expect(Self.shape(operation, [2, 1, 4], [3, 1]) == [2, 3, 4])
    #expect(Self.shape(operation, [], [3, 1]) == [3, 1])
    #expect(Self.shape(operation, [2, 3], [3, 2]) == nil)
    #expect(Self.shape(operation, [2, 3]) == nil)
  }

  @Test func pools() {
    let pool = Pool2D(padding: .valid, filterHeight: 2, filterWidth: 3, strideHeight: 2, strideWidth: 1)
    for operation in [Operation.averagePool2D(pool), .maxPool2D(pool)] {
      #expect(Self.shape(operation, [2, 7, 7, 3]) == [2, 3, 5, 3])
      #expect(Self.shape(operation, [2, 1, 7, 3]) == nil)
      #expect(Self.shape(operation, [7, 7, 3]) == nil)
      #expect(Self.shape(operation, [2, 7, 7, 3], [1]) == nil)
    }
  }

  @Test func mean() {
    let dropping = Operation.mean(Mean(keepsAxes: false))
    #expect(Self.shape(dropping, [Self.tensor([2, 3, 4]), Self.list([1, -1, 1])]) == [2])
    #expect(Self.shape(dropping, [Self.tensor([2, 3]), Self.list([0, 1])]) == [])
    #expect(Self.shape(.mean(Mean(keepsAxes: true)), [Self.tensor([2, 3, 4]), Self.list([-1])]) == [2, 3, 1])
    #expect(Self.shape(dropping, [Self.tensor([2, 3]), Self.list([2])]) == nil)
    #expect(Self.shape(dropping, [Self.tensor([2, 3]), Self.list([-3])]) == nil)
    #expect(Self.shape(dropping, [2, 3], [1]) == nil)
    #expect(Self.shape(dropping, [2, 3]) == nil)
  }

  @Test func reshape() {
    #expect(Self.shape(.reshape(Reshape(newShape: [3, -1])), [2, 6]) == [3, 4])
    #expect(Self.shape(.reshape(Reshape(newShape: [1])), [Self.tensor([2, 6]), Self.list([4, 3])]) == [4, 3])
    #expect(Self.shape(.reshape(Reshape(newShape: [5])), [2, 6]) == nil)
    #expect(Self.shape(.reshape(Reshape(newShape: [5, -1])), [2, 6]) == nil)
    #expect(Self.shape(.reshape(Reshape(newShape: [-1, -1])), [2, 6]) == nil)
    #expect(Self.shape(.reshape(Reshape(newShape: [-2, -6])), [2, 6]) == nil)
    #expect(Self.shape(.reshape(Reshape(newShape: [0, -1])), [2, 6]) == nil)
    #expect(Self.shape(.reshape(Reshape(newShape: [.max, .max])), [2, 6]) == nil)
    #expect(Self.shape(.reshape(Reshape()), [Self.tensor([2]), Self.tensor([1])]) == nil)
    #expect(Self.shape(.reshape(Reshape()), [[Int]]().map(Self.tensor)) == nil)
  }

  @Test func softmax() {
    #expect(Self.shape(.softmax(Softmax()), [2, 3]) == [2, 3])
    #expect(Self.shape(.softmax(Softmax()), [[Int]]().map(Self.tensor)) == nil)
    for beta: Float in [0, -1, .infinity, .nan] { #expect(Self.shape(.softmax(Softmax(beta: beta)), [2]) == nil) }
  }

  @Test func operatorsThatKeepTheShape() {
    for operation in [Operation.quantize(Quantize()), .dequantize(Dequantize()), .relu(Relu(.relu6))] {
      #expect(Self.shape(operation, [2, 3]) == [2, 3])
      #expect(Self.shape(operation, [2, 3], [2, 3]) == nil)
      #expect(Self.shape(operation, [nil]) == nil)
    }
  }

  @Test func pad() {
    let amounts = Self.list([1, 2, 0, 3], [2, 2])
    #expect(Self.shape(.pad(Pad()), [Self.tensor([4, 5]), amounts]) == [7, 8])
    #expect(Self.shape(.pad(Pad(hasValue: true)), [Self.tensor([4, 5]), amounts, Self.tensor([1])]) == [7, 8])
    #expect(Self.shape(.pad(Pad(hasValue: true)), [Self.tensor([4, 5]), amounts]) == nil)
    #expect(Self.shape(.pad(Pad()), [Self.tensor([4, 5]), amounts, Self.tensor([1])]) == nil)
    #expect(Self.shape(.pad(Pad()), [Self.tensor([4]), amounts]) == nil)
    #expect(Self.shape(.pad(Pad()), [Self.tensor([4, 5]), Self.list([1, -2, 0, 3], [2, 2])]) == nil)
    #expect(Self.shape(.pad(Pad()), [4, 5], [2, 2]) == nil)
  }

  @Test func concatenation() {
    #expect(Self.shape(.concatenation(Concatenation(axis: -1)), [2, 3], [2, 5], [2, 1]) == [2, 9])
    #expect(Self.shape(.concatenation(Concatenation(axis: 0)), [2, 3], [4, 3]) == [6, 3])
    #expect(Self.shape(.concatenation(Concatenation(axis: 0)), [2, 3], [4, 5]) == nil)
    #expect(Self.shape(.concatenation(Concatenation(axis: 0)), [2, 3], [4]) == nil)
    #expect(Self.shape(.concatenation(Concatenation(axis: 2)), [2, 3]) == nil)
    #expect(Self.shape(.concatenation(Concatenation(axis: 0)), [.max], [1]) == nil)
    #expect(Self.shape(.concatenation(Concatenation(axis: 0)), [nil]) == nil)
    #expect(Self.shape(.concatenation(Concatenation(axis: 0)), [[Int]]().map(Self.tensor)) == nil)
  }
}
