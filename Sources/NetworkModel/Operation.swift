/// Every operator that a network may hold, one case each.
///
/// An operator's file in `Operators/` says what it computes, which shapes it takes and where it rescales. A new
/// operator is its file, one case here and one arm in each switch that the compiler then names.
package enum Operation: Hashable, Sendable {
  case conv2D(Conv2D)
  case depthwiseConv2D(DepthwiseConv2D)
  case fullyConnected(FullyConnected)
  case add(Add)
  case averagePool2D(Pool2D)
  case maxPool2D(Pool2D)
  case mean(Mean)
  case reshape(Reshape)
  case softmax(Softmax)
  case quantize(Quantize)
  case dequantize(Dequantize)
  case pad(Pad)
  case concatenation(Concatenation)
  case relu(Relu)
  case binary(Binary)
  case unary(Unary)
  case prelu(Prelu)
  case cast(Cast)
  case argMax(ArgMax)
  case resize(Resize)
  case movement(Movement)
  case pack(Pack)
  case lookup(Lookup)
  case sequenceLSTM(SequenceLSTM)
  case svdf(SVDF)
  case sum(Sum)
  case l2Normalization(L2Normalization)
  case batchMatMul(BatchMatMul)
  case transposeConv(TransposeConv)

  /// The rules of the operator: the one place where a case meets its file.
  var rules: any OperatorRules {
    switch self {
    case .conv2D(let rules): rules
    case .depthwiseConv2D(let rules): rules
    case .fullyConnected(let rules): rules
    case .add(let rules): rules
    case .averagePool2D(let window): AveragePoolRules(window: window)
    case .maxPool2D(let window): MaxPoolRules(window: window)
    case .mean(let rules): rules
    case .reshape(let rules): rules
    case .softmax(let rules): rules
    case .quantize(let rules): rules
    case .dequantize(let rules): rules
    case .pad(let rules): rules
    case .concatenation(let rules): rules
    case .relu(let rules): rules
    case .binary(let rules): rules
    case .unary(let rules): rules
    case .prelu(let rules): rules
    case .cast(let rules): rules
    case .argMax(let rules): rules
    case .resize(let rules): rules
    case .movement(let movement): movement.rules
    case .pack(let rules): rules
    case .lookup(let rules): rules
    case .sequenceLSTM(let rules): rules
    case .svdf(let rules): rules
    case .sum(let rules): rules
    case .l2Normalization(let rules): rules
    case .batchMatMul(let rules): rules
    case .transposeConv(let rules): rules
    }
  }

  /// The operator's name in TensorFlow Lite: `CONV_2D`.
  package var name: String { rules.name }

  /// How the operator's quantization parameters depend on each other.
  package var rescaling: Rescaling { rules.rescaling }

  /// The clamp fused into the operator; `.none` for an operator that has none.
  package var activation: Activation { rules.activation }

  /// Whether the operator converts between number formats and does nothing else: where data enters or leaves a device.
  package var isConversion: Bool {
    switch self {
    case .quantize, .dequantize, .cast: true
    default: false
    }
  }

  /// The positions of those of so many operands that are activations; the others say what is done with them.
  package func activationPositions(count: Int) -> Range<Int> {
    switch self {
    case .concatenation, .pack, .binary: 0..<count
    case .transposeConv: min(2, count)..<min(3, count)
    case .movement(let movement): movement.dataPosition..<min(movement.dataPosition + 1, count)
    default: rescaling == .elementwise ? 0..<count : 0..<min(1, count)
    }
  }

  /// How many outputs the options state; `nil` where they say nothing of it.
  var statedOutputs: Int? {
    switch self {
    case .movement(.split(let rules)): rules.count
    case .movement(.unpack(let rules)): rules.count
    default: nil
    }
  }

  /// Whether the operator holds something from call to call in tensors that are variables.
  package var keepsVariables: Bool {
    switch self {
    case .sequenceLSTM, .svdf: true
    default: false
    }
  }

  /// The shapes of the outputs for given operands.
  ///
  /// - Parameter operands: The operands by position; `nil` where one is absent.
  /// - Returns: The shapes, or the reason why the operands do not fit.
  package func outputShapes(_ operands: [Tensor?]) -> Result<[Shape], OperandFault> { rules.outputShapes(operands) }
}

/// How an operator's quantization parameters depend on each other, which is what a re-quantizer must respect.
package enum Rescaling: Hashable, Sendable {
  /// Products of input and weights are rescaled to the output: scales are free, the bias has scale s_x·s_w.
  case weighted
  /// Inputs are aligned and the sum is rescaled to the output.
  case elementwise
  /// The input is rescaled to the output; both have scales of their own.
  case convert
  /// Stored integers are moved, compared or averaged: inputs and output share their scale and zero point.
  case shared
  /// The output's parameters are fixed by the operator, whatever the input's are.
  case fixedOutput
  /// A function of real numbers, one by one: input and output have any scales of their own.
  case function
  /// One side is not quantized.
  case boundary
}

/// Why an operator does not accept its operands.
package struct OperandFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, what is allowed.
  package let description: String

  /// Creates a fault.
  package init(_ description: String) { self.description = description }
}

/// What each operator's file states.
protocol OperatorRules: Sendable {
  /// The operator's name in TensorFlow Lite.
  var name: String { get }
  /// How its quantization parameters depend on each other.
  var rescaling: Rescaling { get }
  /// The fused clamp.
  var activation: Activation { get }
  /// The shape rule, with every condition on the operands' shapes and constants.
  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault>
  /// The shape rule of an operator with several outputs.
  func outputShapes(_ operands: [Tensor?]) -> Result<[Shape], OperandFault>
}

extension OperatorRules {
  var activation: Activation { .none }

  func outputShapes(_ operands: [Tensor?]) -> Result<[Shape], OperandFault> { outputShape(operands).map { [$0] } }
}

extension Result where Success == Shape, Failure == OperandFault {
  static func fault(_ text: String) -> Self { .failure(OperandFault(text)) }
}
