/// SUB, MUL, DIV, FLOOR_DIV, MAXIMUM and MINIMUM: element by element with NumPy's broadcasting; either operand may be
/// constant.
///
/// ADD has a file of its own.
package struct Binary: OperatorRules, Hashable {
  /// What is computed; raw values are TensorFlow Lite's names.
  package enum Function: String, CaseIterable, Sendable, Hashable {
    case subtract = "SUB"
    case multiply = "MUL"
    case divide = "DIV"
    case floorDivide = "FLOOR_DIV"
    case maximum = "MAXIMUM"
    case minimum = "MINIMUM"
  }

  /// What is computed.
  package var function: Function
  /// The fused clamp.
  package var activation: Activation
  /// TensorFlow Lite's `pot_scale_int16` of SUB, which concerns int16 only; kept for writing.
  package var usesPowerOfTwoScalesForInt16: Bool

  /// Creates the operator's options.
  package init(_ function: Function, activation: Activation = .none, usesPowerOfTwoScalesForInt16: Bool = true) {
    self.function = function
    self.activation = activation
    self.usesPowerOfTwoScalesForInt16 = usesPowerOfTwoScalesForInt16
  }

  var name: String { function.rawValue }

  var rescaling: Rescaling {
    switch function {
    case .maximum, .minimum: .shared
    case .subtract, .multiply, .divide, .floorDivide: .elementwise
    }
  }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> { broadcastShape(operands) }
}

/// The shape rule of an operator on two operands that are broadcast.
func broadcastShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
  guard operands.count == 2, let a = operands[0], let b = operands[1] else { return .fault("needs two inputs") }
  guard let shape = a.shape.broadcast(with: b.shape) else {
    return .fault("shapes \(a.shape) and \(b.shape) do not broadcast")
  }
  return .success(shape)
}
