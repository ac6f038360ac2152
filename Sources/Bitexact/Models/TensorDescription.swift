internal import NetworkModel

/// What a model's file says of a tensor that a run computes, reads or gives.
public struct TensorDescription: Hashable, Sendable {
  /// The file's index of the tensor.
  public let index: Int
  /// The name that the file gives; it need not be unique.
  public let name: String
  /// The extents, outermost first.
  public let shape: [Int]
  /// The type of the stored elements.
  public let elementType: ElementType
  /// The scale: the real number between two neighbouring integers, `real = scale · (stored − zeroPoint)`; `nil` for a type
  /// that stands for itself.
  public let scale: Float?
  /// The integer that stands for 0; `nil` for a type that stands for itself.
  public let zeroPoint: Int?

  /// The number of elements.
  public var elementCount: Int { shape.reduce(1, *) }

  init(_ index: Int, of network: Network) {
    let tensor = network.tensors[index]
    self.index = index
    name = tensor.name
    shape = tensor.shape.extents
    elementType = ElementType(tensor.type)
    let quantization = tensor.quantization.flatMap { $0.isPerAxis ? nil : $0 }
    scale = quantization?.scale
    zeroPoint = quantization.map { Int($0.zeroPoint) }
  }
}

/// One operator of a model, in the order in which they run.
public struct OperatorDescription: Hashable, Sendable {
  /// The file's index of the operator.
  public let index: Int
  /// Its name in TensorFlow Lite, such as `CONV_2D`.
  public let name: String
  /// The indices of the tensors that it reads, constants included; an absent operand is left out.
  public let inputs: [Int]
  /// The tensors that it writes.
  public let outputs: [TensorDescription]
  /// The activation that is part of it, such as `RELU6`, or `NONE`.
  public let activation: String

  init(_ index: Int, of network: Network) {
    let node = network.nodes[index]
    self.index = index
    name = node.operation.name
    inputs = node.inputs.compactMap(\.self)
    outputs = node.outputs.map { TensorDescription($0, of: network) }
    activation = node.operation.activation.rawValue
  }
}
