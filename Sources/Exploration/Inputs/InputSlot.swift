package import NetworkModel

/// A place where a model takes data.
package struct InputSlot: Sendable, Hashable {
  /// The tensor's name.
  package var name: String
  /// The extents of what the program takes in one run.
  package var shape: Shape
  /// The numbers that the program takes.
  package var format: InputFormat
  /// The models for which the data may have been made: they decide what an array means.
  package var readers: InputReaders

  /// The type of the elements that the program takes.
  package var type: ElementType { format.type }

  /// Describes an input.
  ///
  /// - Parameters:
  ///   - name: The tensor's name.
  ///   - type: The type of the elements that the program takes.
  ///   - shape: The extents of what the program takes in one run.
  ///   - quantization: How the input's integers stand for real numbers.
  ///   - readers: The models for which the data may have been made; `nil` for this one alone.
  package init(
    name: String, type: ElementType, shape: Shape, quantization: Quantization?, readers: InputReaders? = nil
  ) {
    self.name = name
    self.shape = shape
    format = InputFormat(type: type, quantization: quantization)
    self.readers = readers ?? InputReaders([[InputReader(model: "the model", format: format)]])
  }
}

extension Network {
  /// The places where the network takes data, in order.
  ///
  /// - Parameter readers: For each input the models for which the data may have been made; those that are missing are this
  ///   network alone.
  /// - Returns: One for each input.
  package func inputSlots(readers: [InputReaders] = []) -> [InputSlot] {
    inputs.enumerated().map { position, index in
      let tensor = tensors[index]
      return InputSlot(
        name: tensor.name, type: tensor.type, shape: tensor.shape, quantization: tensor.quantization,
        readers: readers.indices.contains(position) ? readers[position] : nil)
    }
  }
}
