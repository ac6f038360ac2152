/// CONV_2D: `y[n,i,j,o] = b[o] + Σ w[o,u,v,c] · x[n, i·sh + u·dh − ph, j·sw + v·dw − pw, c]`.
///
/// Operands: input `[N,H,W,C]`, weights `[O,kh,kw,C/groups]`, bias `[O]` (may be absent). Output `[N,H',W',O]`.
/// Where the weights have fewer input channels than the input, channels are grouped.
package struct Conv2D: OperatorRules, Hashable {
  /// The placement at the borders.
  package var padding: Padding
  /// The vertical stride.
  package var strideHeight: Int
  /// The horizontal stride.
  package var strideWidth: Int
  /// The vertical dilation.
  package var dilationHeight: Int
  /// The horizontal dilation.
  package var dilationWidth: Int
  /// The fused clamp.
  package var activation: Activation
  /// TensorFlow Lite's `quantized_bias_type`, which concerns int16 activations only; `nil` where the file leaves it out.
  package var biasType: ElementType?

  /// Creates the operator's options.
  package init(
    padding: Padding, strideHeight: Int = 1, strideWidth: Int = 1, dilationHeight: Int = 1, dilationWidth: Int = 1,
    activation: Activation = .none, biasType: ElementType? = nil
  ) {
    self.padding = padding
    self.strideHeight = strideHeight
    self.strideWidth = strideWidth
    self.dilationHeight = dilationHeight
    self.dilationWidth = dilationWidth
    self.activation = activation
    self.biasType = biasType
  }

  var name: String { "CONV_2D" }
  var rescaling: Rescaling { .weighted }

  /// The vertical window for given weights.
  package func rows(_ weights: Shape) -> Window {
    Window(size: weights[1], stride: strideHeight, dilation: dilationHeight)
  }

  /// The horizontal window for given weights.
  package func columns(_ weights: Shape) -> Window {
    Window(size: weights[2], stride: strideWidth, dilation: dilationWidth)
  }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard operands.count >= 2, let input = operands[0]?.shape, let weights = operands[1]?.shape else {
      return .fault("needs an input and weights")
    }
    guard input.rank == 4, weights.rank == 4 else {
      return .fault("needs a 4-axis input and 4-axis weights; they are \(input) and \(weights)")
    }
    guard weights[3] > 0, input[3] % weights[3] == 0, weights[0] % (input[3] / weights[3]) == 0 else {
      return .fault("weights \(weights) do not fit an input of \(input[3]) channels")
    }
    if let fault = biasFault(operands, channels: weights[0]) { return .failure(fault) }
    guard let rows = rows(weights).placement(over: input[1], padding),
      let columns = columns(weights).placement(over: input[2], padding)
    else { return .fault("its window does not fit an input of \(input)") }
    return .success(Shape([input[0], rows.outputs, columns.outputs, weights[0]]))
  }
}

/// What is wrong with the bias operand (position 2) of an operator with so many output channels, or `nil`.
func biasFault(_ operands: [Tensor?], channels: Int) -> OperandFault? {
  guard operands.count > 2, let bias = operands[2] else { return nil }
  guard bias.shape.checkedCount == channels else {
    return OperandFault("bias \(bias.shape) does not fit \(channels) output channels")
  }
  return nil
}
