/// SQUEEZE: the same elements without some axes of one position.
package struct Squeeze: MovementRules, Hashable {
  /// The axes to leave out, negative ones count from the end; empty leaves out all that have one position.
  package var axes: [Int]

  /// Creates the operator's options.
  package init(axes: [Int] = []) { self.axes = axes }

  var name: String { "SQUEEZE" }

  func views(_ operands: [Tensor?]) -> Result<[View], OperandFault> {
    guard operands.count == 1, let input = operands[0]?.shape else { return .fault("needs one input") }
    let places = axes.map { input.axis($0) }
    guard places.allSatisfy({ $0.map { input[$0] == 1 } ?? false }) else {
      return .fault("leaves out the axes \(axes) of \(input); each must have one position")
    }
    let kept = input.extents.indices.filter { axes.isEmpty ? input[$0] != 1 : !places.contains($0) }
    return .success([View(of: input).renamed(Shape(kept.map { input[$0] }))])
  }
}

/// EXPAND_DIMS: the same elements with another axis of one position.
///
/// Operands: input, a constant with the output's new axis; negative counts from the end.
package struct ExpandDims: MovementRules, Hashable {
  /// Creates the operator; it has no options.
  package init() {}

  var name: String { "EXPAND_DIMS" }

  func views(_ operands: [Tensor?]) -> Result<[View], OperandFault> {
    guard operands.count == 2, let input = operands[0]?.shape, let index = operands[1]?.integers(), index.count == 1,
      let given = Int(exactly: index[0]), given >= -input.rank - 1, given <= input.rank
    else { return .fault("needs an input and a constant with one axis of the output") }
    var extents = input.extents
    extents.insert(1, at: given < 0 ? given + input.rank + 1 : given)
    return .success([View(of: input).renamed(Shape(extents))])
  }
}
