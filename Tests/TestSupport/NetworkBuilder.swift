package import NetworkModel

/// Builds small networks for tests: each call adds a tensor or an operator and gives its index.
package struct NetworkBuilder {
  /// What was built so far.
  public private(set) var network = Network(tensors: [], nodes: [], inputs: [], outputs: [])

  /// Starts an empty network.
  package init() {}

  /// Adds an activation.
  ///
  /// - Parameters:
  ///   - shape: The extents.
  ///   - type: The type of the elements.
  ///   - scale: The real size of one step; `nil` for no quantization.
  ///   - zeroPoint: The stored integer that stands for 0.
  /// - Returns: Its index.
  package mutating func activation(
    _ shape: [Int], _ type: ElementType = .int8, scale: Float? = 1, zeroPoint: Int64 = 0
  ) -> Int {
    add(
      Tensor(
        name: "t\(network.tensors.count)", type: type, shape: Shape(shape),
        quantization: scale.map { Quantization(scale: $0, zeroPoint: zeroPoint) }))
  }

  /// Adds an activation that a caller sets.
  ///
  /// - Parameters:
  ///   - shape: The extents.
  ///   - type: The type of the elements.
  ///   - scale: The real size of one step; `nil` for no quantization.
  ///   - zeroPoint: The stored integer that stands for 0.
  /// - Returns: Its index.
  package mutating func input(
    _ shape: [Int], _ type: ElementType = .int8, scale: Float? = 1, zeroPoint: Int64 = 0
  ) -> Int {
    let index = activation(shape, type, scale: scale, zeroPoint: zeroPoint)
    network.inputs.append(index)
    return index
  }

  /// Adds a constant.
  ///
  /// - Parameters:
  ///   - values: The stored integers.
  ///   - shape: The extents.
  ///   - type: An integer type.
  ///   - quantization: How they stand for real numbers.
  /// - Returns: Its index.
  package mutating func constant(
    _ values: [Int64], _ shape: [Int], _ type: ElementType = .int8, _ quantization: Quantization? = nil
  ) -> Int {
    let bytes = Tensor.bytes(values, as: type)
    precondition(bytes != nil, "a test's constants fit their type")
    return add(
      Tensor(
        name: "c\(network.tensors.count)", type: type, shape: Shape(shape), quantization: quantization,
        data: bytes.map { $0[...] }))
  }

  /// Adds an operator.
  ///
  /// - Parameters:
  ///   - operation: What is computed.
  ///   - inputs: The operands.
  ///   - output: The tensor that is written.
  package mutating func node(_ operation: Operation, _ inputs: [Int?], _ output: Int) {
    network.nodes.append(Node(operation, inputs: inputs, outputs: [output]))
  }

  /// The network with its outputs.
  ///
  /// - Parameter outputs: The tensors that a caller reads.
  /// - Returns: The network.
  package func finish(_ outputs: Int...) -> Network {
    var result = network
    result.outputs = outputs
    return result
  }

  private mutating func add(_ tensor: Tensor) -> Int {
    network.tensors.append(tensor)
    return network.tensors.count - 1
  }
}
