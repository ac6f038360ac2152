/// PAD and PADV2: elements are added around the input.
///
/// Operands: the input; a constant `[rank, 2]` list of counts before and after each axis; for PADV2 a constant with the
/// value to add, quantized as the output is. PAD adds the zero point.
package struct Pad: OperatorRules, Hashable {
  /// Whether the operator is PADV2, whose third operand is the value to add.
  package var hasValue: Bool

  /// Creates the operator.
  package init(hasValue: Bool = false) { self.hasValue = hasValue }

  var name: String { hasValue ? "PADV2" : "PAD" }
  var rescaling: Rescaling { .shared }

  /// The counts added before and after each axis; `nil` when the operand is no such list.
  package func amounts(_ operands: [Tensor?]) -> [(before: Int, after: Int)]? {
    guard operands.count >= 2, let input = operands[0], let list = operands[1]?.integers(),
      list.count == 2 * input.shape.rank, list.allSatisfy({ (0...Int64(Int32.max)).contains($0) })
    else { return nil }
    return input.shape.extents.indices.map { (Int(list[2 * $0]), Int(list[2 * $0 + 1])) }
  }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard operands.count == (hasValue ? 3 : 2), let input = operands[0]?.shape, let amounts = amounts(operands) else {
      return .fault("needs an input and a constant list of two counts, zero or more, for each of its axes")
    }
    return .success(Shape(zip(input.extents, amounts).map { $0 + $1.before + $1.after }))
  }
}
