package import FixedPoint
package import HardwareProfile
package import NetworkModel

/// What a machine does: integer steps, each of whose constants is an integer.
///
/// Whoever wants to know what the hardware computes reads a `Program` and nothing else. Real numbers end where a
/// program begins: ``lower(_:for:)`` turned every scale into multipliers and shifts. Its ``digest`` names it.
package struct Program: Hashable, Sendable {
  /// The name of the profile whose machine it is for.
  package let profile: String
  /// What each tensor of the file holds, by the file's index; tensors that no step touches keep their place.
  package let values: [Value]
  /// The steps, in order.
  package let steps: [Step]
  /// The values that a caller sets.
  package let inputs: [Int]
  /// The values that a caller reads.
  package let outputs: [Int]

  /// Creates a program; only lowering and tests do.
  package init(profile: String, values: [Value], steps: [Step], inputs: [Int], outputs: [Int]) {
    self.profile = profile
    self.values = values
    self.steps = steps
    self.inputs = inputs
    self.outputs = outputs
  }
}

extension Program {
  /// For each value the last step that reads it, or `nil` where none does: until then it must be kept.
  package func lastUses() -> [Int?] {
    var result = [Int?](repeating: nil, count: values.count)
    for (index, step) in steps.enumerated() {
      for input in step.inputs { result[input] = index }
    }
    return result
  }
}

/// What one tensor holds while a program runs.
package struct Value: Hashable, Sendable {
  /// The kind of the elements.
  package enum Kind: Hashable, Sendable {
    /// Integers of a format.
    case integer(IntegerFormat)
    /// IEEE 754 single-precision bit patterns: the values of host steps at a graph's borders.
    case float32Bits
  }

  /// The file's index of the tensor.
  package let tensor: Int
  /// The file's name of the tensor.
  package let name: String
  /// The type as the file stores it.
  package let type: ElementType
  /// The extents.
  package let shape: Shape
  /// The kind of the elements.
  package let kind: Kind
  /// The elements of a constant that a step reads as an operand; `nil` for an activation.
  package let constant: [Int32]?

  /// Creates a value's description.
  package init(
    tensor: Int, name: String, type: ElementType, shape: Shape, kind: Kind, constant: [Int32]? = nil
  ) {
    self.tensor = tensor
    self.name = name
    self.type = type
    self.shape = shape
    self.kind = kind
    self.constant = constant
  }
}

/// One operator as the machine, or the host beside it, performs it.
package struct Step: Hashable, Sendable {
  /// The file's index of the operator.
  package let node: Int
  /// The operator's name in TensorFlow Lite.
  package let name: String
  /// Who performs it.
  package let placement: Placement
  /// The values that are read.
  package let inputs: [Int]
  /// The value that is written.
  package let output: Int
  /// What is computed.
  package let kernel: Kernel

  /// Creates a step.
  package init(node: Int, name: String, placement: Placement, inputs: [Int], output: Int, kernel: Kernel) {
    self.node = node
    self.name = name
    self.placement = placement
    self.inputs = inputs
    self.output = output
    self.kernel = kernel
  }
}

/// What a step computes.
package enum Kernel: Hashable, Sendable {
  /// Convolutions of every kind and fully connected layers.
  case convolution(ConvolutionKernel)
  /// A sum of two operands.
  case add(AddKernel)
  /// The mean of each window.
  case averagePool(AveragePoolKernel)
  /// The largest element of each window.
  case maxPool(MaxPoolKernel)
  /// The mean or the sum over whole axes.
  case mean(MeanKernel)
  /// Each element requantized and clamped.
  case rescale(RescaleKernel)
  /// Each element looked up.
  case table(TableKernel)
  /// The same elements under another shape.
  case copy
  /// Elements added around.
  case pad(PadKernel)
  /// Inputs one after another.
  case concatenation(ConcatenationKernel)
  /// TensorFlow Lite's fixed-point softmax.
  case softmax(SoftmaxKernel)
  /// TensorFlow Lite's softmax of 16-bit integers.
  case softmax16(Softmax16Kernel)
  /// Softmax in float32.
  case floatSoftmax(FloatSoftmaxKernel)
  /// Float32 to integers, on the host.
  case quantizeFloat(QuantizeFloatKernel)
  /// Two quantized operands, element by element.
  case binary(BinaryKernel)
  /// Two operands without scales, on the host.
  case hostBinary(HostBinaryKernel)
  /// One operand without a scale, on the host.
  case hostUnary(HostUnaryKernel)
  /// Elements in another order.
  case view(ViewKernel)
  /// Slices at computed positions.
  case lookup(LookupKernel)
  /// The position of an extreme element.
  case argMax(ArgMaxKernel)
  /// Images of another size.
  case bilinear(BilinearKernel)
  /// A long short-term memory over sequences.
  case sequenceLSTM(SequenceLSTMKernel)
  /// A layer of low rank over the last inputs of a sequence.
  case svdf(SVDFKernel)
  /// Rows divided by their lengths.
  case l2Normalization(L2NormalizationKernel)
  /// Products of matrices.
  case matrixProduct(MatrixProductKernel)
}
