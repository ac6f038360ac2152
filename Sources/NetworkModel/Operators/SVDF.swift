/// SVDF: a fully connected layer of low rank over the last inputs of a sequence; one element of it for each call.
///
/// Operands: input `[batch, inputs]`, features `[units·rank, inputs]`, times `[units·rank, memory]`, bias `[units]` (may
/// be absent), the variable that holds the last features, which is zero where a sequence begins. Output
/// `[batch, units]`.
package struct SVDF: OperatorRules, Hashable {
  /// The filters of a unit.
  package var rank: Int
  /// The fused clamp, which TensorFlow Lite's integer kernel leaves to the output's format.
  package var function: Activation

  /// Creates the operator's options.
  package init(rank: Int, function: Activation = .relu) {
    self.rank = rank
    self.function = function
  }

  var name: String { "SVDF" }
  var rescaling: Rescaling { .function }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard operands.count == 5, let input = operands[0]?.shape, let features = operands[1]?.shape,
      let times = operands[2]?.shape, let state = operands[4]?.shape, input.rank == 2, features.rank == 2,
      times.rank == 2
    else { return .fault("needs an input, features and times of 2 axes each, a bias or none, and a variable") }
    guard rank > 0, features[0] % rank == 0, features[1] == input[1], times[0] == features[0],
      state == Shape([input[0], times[1] * features[0]])
    else {
      return .fault("has features \(features), times \(times) and a variable \(state) that do not fit rank \(rank)")
    }
    guard function == .relu else {
      return .fault("fuses \(function.rawValue); RELU is supported, which TensorFlow Lite demands")
    }
    let units = features[0] / rank
    if let bias = operands[3], bias.shape.checkedCount != units {
      return .fault("bias \(bias.shape) does not fit \(units) units")
    }
    return .success(Shape([input[0], units]))
  }
}
