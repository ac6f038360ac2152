/// RESHAPE: the same elements in the same order under another shape.
///
/// The new shape is the second operand (a constant int32 list) or, when that is absent, the option; one extent may be
/// −1 and is then inferred.
package struct Reshape: OperatorRules, Hashable {
  /// The new shape as the options state it; empty when they do not.
  package var newShape: [Int]

  /// Creates the operator's options.
  package init(newShape: [Int] = []) { self.newShape = newShape }

  var name: String { "RESHAPE" }
  var rescaling: Rescaling { .shared }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard let input = operands.first??.shape, let count = input.checkedCount else { return .fault("needs an input") }
    var extents = newShape
    if operands.count > 1, let operand = operands[1] {
      guard let list = operand.integers() else { return .fault("needs a constant list of extents") }
      extents = list.map { Int(truncatingIfNeeded: $0) }
    }
    if let unknown = extents.firstIndex(of: -1) {
      extents[unknown] = 1
      guard let known = Shape(extents).checkedCount, known > 0, count % known == 0 else {
        return .fault("\(input) cannot take the shape \(newShapeText(extents, unknown))")
      }
      extents[unknown] = count / known
    }
    guard extents.allSatisfy({ $0 >= 0 }), Shape(extents).checkedCount == count else {
      return .fault("\(input) has \(count) elements and cannot take the shape \(Shape(extents))")
    }
    return .success(Shape(extents))
  }

  private func newShapeText(_ extents: [Int], _ unknown: Int) -> String {
    extents.enumerated().map { $0 == unknown ? "−1" : "\($1)" }.joined(separator: "×")
  }
}
