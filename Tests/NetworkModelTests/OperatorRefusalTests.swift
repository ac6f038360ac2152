import NetworkModel
import Testing

/// Attributes and operands that an operator refuses, one row each.
@Suite struct OperatorRefusalTests {
  static let x = ShapeRuleTests.tensor([2, 4, 6, 3])

  static func list(_ values: Int64...) -> Tensor { ShapeRuleTests.list(values) }

  static let refused: [(Operation, [Tensor?])] = [
    (.binary(Binary(.multiply)), [x]),
    (.binary(Binary(.multiply)), [x, ShapeRuleTests.tensor([5])]),
    (.prelu(Prelu()), [ShapeRuleTests.tensor([3]), x]),
    (.unary(Unary(.leakyRelu, alpha: .nan)), [x]),
    (.argMax(ArgMax()), [x, list(4)]),
    (.argMax(ArgMax()), [x, x]),
    (.resize(Resize(takesNearest: false)), [x, list(0, 5)]),
    (.resize(Resize(takesNearest: false)), [x, list(5, 1 << 20)]),
    (.resize(Resize(takesNearest: false, alignsCorners: true, hasHalfPixelCenters: true)), [x, list(5, 5)]),
    (.pack(Pack(axis: 5)), [x, x]),
    (.pack(Pack(axis: 0)), [x, ShapeRuleTests.tensor([2, 4, 6, 4])]),
    (.lookup(Lookup(axis: 4)), [x, list(1)]),
    (.lookup(Lookup(axis: 1, sharedAxes: 1)), [x, list(1)]),
    (.lookup(Lookup(axis: nil)), [x, list(1, 1, 1, 1, 1)]),
    (.movement(.transpose(Transpose())), [x, list(0, 1, 2, 2)]),
    (.movement(.slice(Slice())), [x, list(0, 0, 0, 0), list(2, 5, 6, 3)]),
    (.movement(.slice(Slice())), [x, list(0, 4, 0, 0), list(-1, -1, -1, -1)]),
    (.movement(.stridedSlice(StridedSlice())), [x, list(1), list(1), list(1)]),
    (.movement(.stridedSlice(StridedSlice())), [x, list(0), list(2), list(0)]),
    (.movement(.stridedSlice(StridedSlice(endsAreCounts: true))), [x, list(0), list(2), list(1)]),
    (.movement(.stridedSlice(StridedSlice(ellipsisMask: 3))), [x, list(0, 0), list(2, 2), list(1, 1)]),
    (.movement(.stridedSlice(StridedSlice(newAxisMask: 2))), [x, list(0), list(2), list(1)]),
    (
      .movement(.stridedSlice(StridedSlice(ellipsisMask: 1))),
      [x, list(0, 0, 0, 0, 0), list(1, 1, 1, 1, 1), list(1, 1, 1, 1, 1)]
    ),
    (.lookup(Lookup(axis: 0, sharedAxes: 1)), [x, list(1, 1)]),
    (.lookup(Lookup(axis: 1, sharedAxes: 2)), [x, list(1, 1)]),
    (.movement(.stridedSlice(StridedSlice(shrinkAxisMask: 1))), [x, list(2), list(3), list(1)]),
    (.movement(.split(Split(count: 4))), [list(2), x]),
    (.movement(.split(Split(count: 0))), [list(2), x]),
    (.movement(.split(Split(count: 2, hasExtents: true))), [x, list(-1, -1), list(2)]),
    (.movement(.split(Split(count: 2, hasExtents: true))), [x, list(2, 5), list(2)]),
    (.movement(.unpack(Unpack(count: 3, axis: 1))), [x]),
    (.movement(.squeeze(Squeeze(axes: [1]))), [x]),
    (.movement(.expandDims(ExpandDims())), [x, list(5)]),
    (.movement(.blocks(Blocks(size: 4, becomeChannels: true))), [x]),
    (.movement(.blocks(Blocks(size: 2, becomeChannels: false))), [x]),
    (.movement(.blocks(Blocks(size: 0, becomeChannels: true))), [x]),
    (.batchMatMul(BatchMatMul()), [x, x]),
    (.sum(Sum(keepsAxes: true)), [x, list(7)]),
    (
      .transposeConv(TransposeConv(padding: .same, strideHeight: 2, strideWidth: 2)),
      [list(2, 9, 12, 5), ShapeRuleTests.tensor([5, 3, 3, 3]), x]
    ),
    (
      .transposeConv(TransposeConv(padding: .same, strideHeight: 2, strideWidth: 2)),
      [list(2, 8, 12, 4), ShapeRuleTests.tensor([5, 3, 3, 3]), x]
    ),
    (.sequenceLSTM(SequenceLSTM()), [ShapeRuleTests.tensor([1, 2, 3])]),
  ]

  @Test(arguments: refused.indices) func anOperandThatDoesNotFitIsRefused(_ row: Int) {
    let (operation, operands) = Self.refused[row]
    guard case .failure(let fault) = operation.outputShapes(operands) else {
      Issue.record("\(operation.name) takes \(operands.map { $0?.shape.description ?? "-" })")
      return
    }
    #expect(fault.description.count > 10)
  }

  @Test func severalOutputsHaveTheirShapes() {
    let parts = Operation.movement(.split(Split(count: 3, hasExtents: true)))
    let shapes = parts.outputShapes([Self.x, Self.list(1, -1, 2), Self.list(-2)])
    #expect(shapes == .success([[2, 4, 1, 3], [2, 4, 3, 3], [2, 4, 2, 3]].map { Shape($0) }))
    let slices = Operation.movement(.unpack(Unpack(count: 4, axis: 1))).outputShapes([Self.x])
    #expect(slices == .success((0..<4).map { _ in Shape([2, 6, 3]) }))
  }
}
