/// SUM: the sum over axes.
///
/// Operands: input, a constant list of axes (negative ones count from the end).
package struct Sum: OperatorRules, Hashable {
  /// Whether the axes that were summed stay with one position.
  package var keepsAxes: Bool

  /// Creates the operator's options.
  package init(keepsAxes: Bool) { self.keepsAxes = keepsAxes }

  var name: String { "SUM" }
  var rescaling: Rescaling { .convert }

  /// The axes, ascending and each once; `nil` where they are not constant or the input does not have one.
  package func axes(_ operands: [Tensor?]) -> [Int]? { Mean(keepsAxes: keepsAxes).axes(operands) }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    Mean(keepsAxes: keepsAxes).outputShape(operands)
  }
}

/// L2_NORMALIZATION: each row of the last axis divided by its Euclidean length.
///
/// The output's scale is 1/128.
package struct L2Normalization: OperatorRules, Hashable {
  /// Creates the operator; a fused activation is not supported by TensorFlow Lite.
  package init() {}

  var name: String { "L2_NORMALIZATION" }
  var rescaling: Rescaling { .fixedOutput }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    unaryShape(operands).flatMap { shape in
      shape.rank >= 1 ? .success(shape) : .fault("needs an input of one or more axes")
    }
  }
}
