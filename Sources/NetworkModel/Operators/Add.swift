/// ADD: `y = a + b`, element by element with NumPy's broadcasting; either operand may be constant.
package struct Add: OperatorRules, Hashable {
  /// The fused clamp.
  package var activation: Activation
  /// TensorFlow Lite's `pot_scale_int16`, which concerns int16 only; kept for writing.
  package var usesPowerOfTwoScalesForInt16: Bool

  /// Creates the operator's options.
  package init(activation: Activation = .none, usesPowerOfTwoScalesForInt16: Bool = true) {
    self.activation = activation
    self.usesPowerOfTwoScalesForInt16 = usesPowerOfTwoScalesForInt16
  }

  var name: String { "ADD" }
  var rescaling: Rescaling { .elementwise }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard operands.count == 2, let a = operands[0]?.shape, let b = operands[1]?.shape else {
      return .fault("needs two inputs")
    }
    guard let shape = a.broadcast(with: b) else { return .fault("shapes \(a) and \(b) do not broadcast") }
    return .success(shape)
  }
}
