/// MEAN: the mean over the axes that the constant second operand lists (int32; negative counts from the end).
package struct Mean: OperatorRules, Hashable {
  /// Whether reduced axes stay, with extent 1.
  package var keepsAxes: Bool

  /// Creates the operator's options.
  package init(keepsAxes: Bool) { self.keepsAxes = keepsAxes }

  var name: String { "MEAN" }
  var rescaling: Rescaling { .convert }

  /// The reduced axes in ascending order, each once; `nil` when the operand is no list of axes.
  package func axes(_ operands: [Tensor?]) -> [Int]? {
    guard operands.count == 2, let input = operands[0], let list = operands[1]?.integers() else { return nil }
    var axes: Set<Int> = []
    for index in list {
      guard let axis = Int(exactly: index).flatMap(input.shape.axis) else { return nil }
      axes.insert(axis)
    }
    return axes.sorted()
  }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard let input = operands.first??.shape, let axes = axes(operands) else {
      return .fault("needs an input and a constant int32 list of its axes")
    }
    if keepsAxes { return .success(Shape(input.extents.enumerated().map { axes.contains($0) ? 1 : $1 })) }
    return .success(Shape(input.extents.enumerated().filter { !axes.contains($0.offset) }.map(\.element)))
  }
}
