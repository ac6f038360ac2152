/// CONCATENATION: the inputs one after another along an axis.
package struct Concatenation: OperatorRules, Hashable {
  /// The axis; negative counts from the end.
  package var axis: Int
  /// The fused clamp.
  package var activation: Activation

  /// Creates the operator's options.
  package init(axis: Int, activation: Activation = .none) {
    self.axis = axis
    self.activation = activation
  }

  var name: String { "CONCATENATION" }
  var rescaling: Rescaling { .shared }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    let shapes = operands.compactMap { $0?.shape }
    guard let first = shapes.first, shapes.count == operands.count, let axis = first.axis(axis) else {
      return .fault("needs one or more inputs that have the axis \(axis)")
    }
    var extents = first.extents
    extents[axis] = 0
    for shape in shapes {
      guard shape.rank == first.rank,
        shape.extents.indices.allSatisfy({ $0 == axis || shape[$0] == first[$0] })
      else { return .fault("input \(shape) differs from \(first) in another axis than \(axis)") }
      let (sum, overflow) = extents[axis].addingReportingOverflow(shape[axis])
      if overflow { return .fault("the axis \(axis) grows beyond what can be counted") }
      extents[axis] = sum
    }
    return .success(Shape(extents))
  }
}
