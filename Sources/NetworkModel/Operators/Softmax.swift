/// SOFTMAX over the last axis: `exp(beta · x) / Σ exp(beta · x)`.
package struct Softmax: OperatorRules, Hashable {
  /// The factor in the exponent.
  package var beta: Float

  /// Creates the operator's options.
  package init(beta: Float = 1) { self.beta = beta }

  var name: String { "SOFTMAX" }
  var rescaling: Rescaling { .fixedOutput }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard operands.count == 1, let input = operands[0]?.shape, input.rank >= 1 else {
      return .fault("needs one input of one or more axes")
    }
    guard beta.isFinite, beta > 0 else { return .fault("beta is \(beta.text); it must be a positive number") }
    return .success(input)
  }
}
