/// TRANSPOSE_CONV: each element of the input adds its multiple of a filter to the output.
///
/// It is the convolution, without a stride and with the filter turned around, of the input with `stride − 1` zeros
/// between its elements.
/// Operands: a constant `[4]` with the output's shape, weights `[O,kh,kw,C]`, input `[N,H,W,C]`, bias `[O]` (may be
/// absent). Output `[N,H',W',O]`.
package struct TransposeConv: OperatorRules, Hashable {
  /// The placement at the borders of the output.
  package var padding: Padding
  /// The vertical stride.
  package var strideHeight: Int
  /// The horizontal stride.
  package var strideWidth: Int
  /// The fused clamp.
  package var activation: Activation
  /// TensorFlow Lite's `quantized_bias_type`, which concerns int16 activations only; `nil` where the file leaves it out.
  package var biasType: ElementType?

  /// Creates the operator's options.
  package init(
    padding: Padding, strideHeight: Int, strideWidth: Int, activation: Activation = .none, biasType: ElementType? = nil
  ) {
    self.padding = padding
    self.strideHeight = strideHeight
    self.strideWidth = strideWidth
    self.activation = activation
    self.biasType = biasType
  }

  var name: String { "TRANSPOSE_CONV" }
  // Its operands stand in another order than a convolution's; a re-quantizer leaves them as they are.
  var rescaling: Rescaling { .function }

  /// For rows and columns the window of the convolution that leads from the output to the input, with its padding
  /// before the first element; `nil` where none does.
  package func windows(input: Shape, weights: Shape, output: Shape) -> [(window: Window, before: Int)]? {
    var result: [(window: Window, before: Int)] = []
    for (axis, stride) in [(1, strideHeight), (2, strideWidth)] {
      let window = Window(size: weights[axis], stride: stride)
      guard let placement = window.placement(over: output[axis], padding), placement.outputs == input[axis],
        placement.before < weights[axis]
      else { return nil }
      result.append((window, placement.before))
    }
    return result
  }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard operands.count >= 3, let list = operands[0]?.integers(), let weights = operands[1]?.shape,
      let input = operands[2]?.shape
    else { return .fault("needs a constant shape, weights and an input") }
    guard list.count == 4, list.allSatisfy({ (1...Int64(Int32.max)).contains($0) }), weights.rank == 4, input.rank == 4,
      weights[3] == input[3]
    else { return .fault("needs a shape of 4 extents, and weights that fit the channels of a 4-axis input") }
    let output = Shape(list.map { Int($0) })
    guard output[0] == input[0], output[3] == weights[0] else {
      return .fault("gives \(output) from an input of \(input) and weights of \(weights)")
    }
    if operands.count > 3, let bias = operands[3], bias.shape.checkedCount != weights[0] {
      return .fault("bias \(bias.shape) does not fit \(weights[0]) output channels")
    }
    guard windows(input: input, weights: weights, output: output) != nil else {
      return .fault("has an output of \(output) over which its windows do not meet an input of \(input)")
    }
    return .success(output)
  }
}
