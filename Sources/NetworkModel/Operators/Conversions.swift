/// QUANTIZE: from float32, or from other quantization parameters, to the output's parameters.
package struct Quantize: OperatorRules, Hashable {
  /// Creates the operator; it has no options.
  package init() {}

  var name: String { "QUANTIZE" }
  var rescaling: Rescaling { .convert }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> { unaryShape(operands) }
}

/// DEQUANTIZE: to float32.
package struct Dequantize: OperatorRules, Hashable {
  /// Creates the operator; it has no options.
  package init() {}

  var name: String { "DEQUANTIZE" }
  var rescaling: Rescaling { .boundary }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> { unaryShape(operands) }
}

/// RELU, RELU6 and RELU_N1_TO_1 as operators of their own: a clamp that may rescale.
package struct Relu: OperatorRules, Hashable {
  /// The clamp: `.relu`, `.relu6` or `.reluN1To1`.
  package let clamp: Activation

  /// Creates the operator.
  ///
  /// - Parameter clamp: The clamp.
  /// - Precondition: `clamp` is `.relu`, `.relu6` or `.reluN1To1`.
  package init(_ clamp: Activation) {
    precondition(clamp.isClamp && clamp != .none, "RELU, RELU6 and RELU_N1_TO_1 are operators")
    self.clamp = clamp
  }

  var name: String { clamp.rawValue }
  var rescaling: Rescaling { .convert }
  var activation: Activation { clamp }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> { unaryShape(operands) }
}

/// The shape rule of an operator that keeps its one input's shape.
func unaryShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
  guard operands.count == 1, let input = operands[0] else { return .fault("needs one input") }
  return .success(input.shape)
}
