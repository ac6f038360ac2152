/// PACK: the inputs one after another along an axis that the output has and they have not.
package struct Pack: OperatorRules, Hashable {
  /// The output's new axis; negative counts from the end.
  package var axis: Int

  /// Creates the operator's options.
  package init(axis: Int) { self.axis = axis }

  var name: String { "PACK" }
  var rescaling: Rescaling { .shared }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    let shapes = operands.compactMap { $0?.shape }
    guard let first = shapes.first, shapes.count == operands.count, shapes.allSatisfy({ $0 == first }) else {
      return .fault("needs one or more inputs of equal shapes")
    }
    let position = axis < 0 ? axis + first.rank + 1 : axis
    guard (0...first.rank).contains(position) else { return .fault("has no axis \(axis)") }
    var extents = first.extents
    extents.insert(shapes.count, at: position)
    return .success(Shape(extents))
  }
}
