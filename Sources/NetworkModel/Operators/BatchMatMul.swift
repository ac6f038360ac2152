/// BATCH_MATMUL: products of matrices that stand in the last two axes; the axes before them are broadcast.
///
/// Operands: `[…, M, K]` and `[…, K, N]`, each with its last two axes exchanged where the option says so; either may be
/// constant. Output `[…, M, N]`.
package struct BatchMatMul: OperatorRules, Hashable {
  /// Whether the first operand's matrices are stored by columns.
  package var transposesFirst: Bool
  /// Whether the second operand's matrices are stored by columns.
  package var transposesSecond: Bool

  /// Creates the operator's options.
  package init(transposesFirst: Bool = false, transposesSecond: Bool = false) {
    self.transposesFirst = transposesFirst
    self.transposesSecond = transposesSecond
  }

  var name: String { "BATCH_MATMUL" }
  var rescaling: Rescaling { .elementwise }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard operands.count == 2, let a = operands[0]?.shape, let b = operands[1]?.shape, (2...5).contains(a.rank),
      (2...5).contains(b.rank)
    else { return .fault("needs two inputs of 2 to 5 axes") }
    let (first, second) = (a.extents.suffix(2), b.extents.suffix(2))
    let (rows, depth) = transposesFirst ? (first.last, first.first) : (first.first, first.last)
    let (other, columns) = transposesSecond ? (second.last, second.first) : (second.first, second.last)
    guard let rows, let columns, depth == other else { return .fault("has matrices \(a) and \(b) that do not fit") }
    guard let batches = Shape(a.extents.dropLast(2)).broadcast(with: Shape(b.extents.dropLast(2))) else {
      return .fault("has matrices \(a) and \(b) whose first axes do not broadcast")
    }
    return .success(Shape(batches.extents + [rows, columns]))
  }
}
