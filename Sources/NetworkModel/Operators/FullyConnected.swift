/// FULLY_CONNECTED: `y[b,o] = b[o] + Σ w[o,k] · x[b,k]`.
///
/// Operands: input of `B·K` elements, weights `[O,K]`, bias `[O]` (may be absent). Output `[B,O]`, or the input's axes
/// with the last replaced by `O` when ``keepsAxes`` is set.
package struct FullyConnected: OperatorRules, Hashable {
  /// The fused clamp.
  package var activation: Activation
  /// Whether the output keeps the input's leading axes.
  package var keepsAxes: Bool
  /// TensorFlow Lite's `asymmetric_quantize_inputs`, which concerns float inputs only; kept for writing.
  package var quantizesInputsAsymmetrically: Bool
  /// TensorFlow Lite's `quantized_bias_type`, which concerns int16 activations only; `nil` where the file leaves it out.
  package var biasType: ElementType?

  /// Creates the operator's options.
  package init(
    activation: Activation = .none, keepsAxes: Bool = false, quantizesInputsAsymmetrically: Bool = false,
    biasType: ElementType? = nil
  ) {
    self.activation = activation
    self.biasType = biasType
    self.keepsAxes = keepsAxes
    self.quantizesInputsAsymmetrically = quantizesInputsAsymmetrically
  }

  var name: String { "FULLY_CONNECTED" }
  var rescaling: Rescaling { .weighted }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard operands.count >= 2, let input = operands[0]?.shape, let weights = operands[1]?.shape else {
      return .fault("needs an input and weights")
    }
    guard weights.rank == 2, weights[1] > 0, let count = input.checkedCount, count % weights[1] == 0 else {
      return .fault("weights \(weights) do not fit an input of \(input)")
    }
    if let fault = biasFault(operands, channels: weights[0]) { return .failure(fault) }
    if keepsAxes {
      guard input.rank > 0, input[input.rank - 1] == weights[1] else {
        return .fault("weights \(weights) do not fit the last axis of \(input)")
      }
      return .success(Shape(input.extents.dropLast() + [weights[0]]))
    }
    return .success(Shape([count / weights[1], weights[0]]))
  }
}
