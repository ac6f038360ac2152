/// Functions of one real number, element by element.
package struct Unary: OperatorRules, Hashable {
  /// What is computed; raw values are TensorFlow Lite's names.
  package enum Function: String, CaseIterable, Sendable, Hashable {
    /// `1 / (1 + e^−x)`; the output's scale is 1/256 (1/32768 for int16) by definition.
    case logistic = "LOGISTIC"
    /// The hyperbolic tangent.
    case tanh = "TANH"
    /// `x · min(max(x + 3, 0), 6) / 6`.
    case hardSwish = "HARD_SWISH"
    /// `x` where it is positive, `alpha · x` elsewhere.
    case leakyRelu = "LEAKY_RELU"
    /// The square root, of float32 only.
    case squareRoot = "SQRT"
  }

  /// What is computed.
  package var function: Function
  /// The slope of LEAKY_RELU below zero.
  package var alpha: Float

  /// Creates the operator.
  package init(_ function: Function, alpha: Float = 0) {
    self.function = function
    self.alpha = alpha
  }

  var name: String { function.rawValue }

  var rescaling: Rescaling { function == .logistic ? .fixedOutput : .function }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard alpha.isFinite else { return .fault("alpha is \(alpha.text); it must be a number") }
    return unaryShape(operands)
  }
}

/// PRELU: `x` where it is positive, `alpha · x` elsewhere, with a slope for each element or slice of the input.
///
/// Operands: input, slopes, which are broadcast to the input.
package struct Prelu: OperatorRules, Hashable {
  /// Creates the operator; it has no options.
  package init() {}

  var name: String { "PRELU" }
  var rescaling: Rescaling { .elementwise }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    broadcastShape(operands).flatMap { shape in
      shape == operands[0]?.shape ? .success(shape) : .fault("has slopes that do not fit into its input")
    }
  }
}

/// CAST: the same numbers in another type, without scales.
package struct Cast: OperatorRules, Hashable {
  /// Creates the operator; the tensors say the types.
  package init() {}

  var name: String { "CAST" }
  var rescaling: Rescaling { .boundary }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> { unaryShape(operands) }
}
