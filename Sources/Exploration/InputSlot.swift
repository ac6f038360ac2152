public import Network

/// A place where a model takes data.
public struct InputSlot: Sendable, Hashable {
  /// The tensor's name.
  public var name: String
  /// The type of the elements that the program takes.
  public var type: ElementType
  /// The extents of what the program takes in one run.
  public var shape: Shape
  /// How the input's integers stand for real numbers.
  public var quantization: Quantization?
  /// How integers of the other signedness stand for real numbers: the input of the model that this one was made from.
  public var sourceQuantization: Quantization?

  /// Describes an input.
  public init(
    name: String, type: ElementType, shape: Shape, quantization: Quantization?,
    sourceQuantization: Quantization? = nil
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.quantization = quantization
    self.sourceQuantization = sourceQuantization
  }
}

extension Network {
  /// The places where the network takes data, in order.
  ///
  /// - Parameter sources: The parameters of the inputs of the model that this one was made from, in the same order;
  ///   missing ones are not known.
  /// - Returns: One for each input.
  public func inputSlots(sources: [Quantization?] = []) -> [InputSlot] {
    inputs.enumerated().map { position, index in
      let tensor = tensors[index]
      return InputSlot(
        name: tensor.name, type: tensor.type, shape: tensor.shape, quantization: tensor.quantization,
        sourceQuantization: sources.indices.contains(position) ? sources[position] : nil)
    }
  }
}
