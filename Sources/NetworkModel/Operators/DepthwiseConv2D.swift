/// DEPTHWISE_CONV_2D: each input channel is convolved with its own `multiplier` filters.
///
/// `y[n,i,j,c·m + q] = b[c·m + q] + Σ w[0,u,v,c·m + q] · x[n, i·sh + u·dh − ph, j·sw + v·dw − pw, c]`.
/// Operands: input `[N,H,W,C]`, weights `[1,kh,kw,C·m]`, bias `[C·m]` (may be absent). Output `[N,H',W',C·m]`.
package struct DepthwiseConv2D: OperatorRules, Hashable {
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
  /// What the file says of `m`; the shapes decide, as they do in TensorFlow Lite.
  package var depthMultiplier: Int
  /// The fused clamp.
  package var activation: Activation

  /// Creates the operator's options.
  package init(
    padding: Padding, strideHeight: Int = 1, strideWidth: Int = 1, dilationHeight: Int = 1, dilationWidth: Int = 1,
    depthMultiplier: Int = 1, activation: Activation = .none
  ) {
    self.padding = padding
    self.strideHeight = strideHeight
    self.strideWidth = strideWidth
    self.dilationHeight = dilationHeight
    self.dilationWidth = dilationWidth
    self.depthMultiplier = depthMultiplier
    self.activation = activation
  }

  var name: String { "DEPTHWISE_CONV_2D" }
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
    guard input.rank == 4, weights.rank == 4, weights[0] == 1 else {
      return .fault("needs a 4-axis input and weights of 1×kh×kw×channels; they are \(input) and \(weights)")
    }
    guard input[3] > 0, weights[3] % input[3] == 0 else {
      return .fault("weights \(weights) do not fit an input of \(input[3]) channels")
    }
    if let fault = biasFault(operands, channels: weights[3]) { return .failure(fault) }
    guard let rows = rows(weights).placement(over: input[1], padding),
      let columns = columns(weights).placement(over: input[2], padding)
    else { return .fault("its window does not fit an input of \(input)") }
    return .success(Shape([input[0], rows.outputs, columns.outputs, weights[3]]))
  }
}
