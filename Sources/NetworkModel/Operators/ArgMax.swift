/// ARG_MAX and ARG_MIN: the position of the largest or smallest element along an axis, the first of equal ones.
///
/// Operands: input, a constant with the axis. The output is int32 or int64 and lacks the axis.
package struct ArgMax: OperatorRules, Hashable {
  /// Whether the smallest element is looked for.
  package var findsMinimum: Bool
  /// The type of the positions, int32 or int64.
  package var positionType: ElementType

  /// Creates the operator's options.
  package init(findsMinimum: Bool = false, positionType: ElementType = .int32) {
    self.findsMinimum = findsMinimum
    self.positionType = positionType
  }

  var name: String { findsMinimum ? "ARG_MIN" : "ARG_MAX" }
  var rescaling: Rescaling { .fixedOutput }

  /// The axis, zero or more; `nil` where it is not constant or the input does not have it.
  package func axis(_ operands: [Tensor?]) -> Int? {
    guard operands.count == 2, let input = operands[0], let list = operands[1]?.integers(), list.count == 1 else {
      return nil
    }
    return Int(exactly: list[0]).flatMap(input.shape.axis)
  }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard let input = operands.first??.shape, let axis = axis(operands) else {
      return .fault("needs an input and a constant with one of its axes")
    }
    var extents = input.extents
    extents.remove(at: axis)
    return .success(Shape(extents))
  }
}
