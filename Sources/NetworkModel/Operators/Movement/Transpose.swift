/// TRANSPOSE: the axes in another order.
///
/// Operands: input, a constant list that names the input's axis for each axis of the output.
package struct Transpose: MovementRules, Hashable {
  /// Creates the operator; it has no options.
  package init() {}

  var name: String { "TRANSPOSE" }

  func views(_ operands: [Tensor?]) -> Result<[View], OperandFault> {
    guard operands.count == 2, let input = operands[0]?.shape, let list = operands[1]?.integers(),
      list.sorted() == input.extents.indices.map(Int64.init)
    else { return .fault("needs an input and a constant list that names each of its axes once") }
    let axes = View(of: input).axes
    return .success([View(list.map { axes[Int($0)] })])
  }
}
