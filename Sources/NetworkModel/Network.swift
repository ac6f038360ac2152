/// What a model file said: tensors, and operators in the order in which they run.
///
/// Tensor indices are those of the file, so that a trace, an error and a report name the same tensor as the file does.
package struct Network: Hashable, Sendable {
  /// The name of the graph.
  package var name: String
  /// All tensors; indices into this list stand everywhere else.
  package var tensors: [Tensor]
  /// The operators, each after those whose outputs it reads.
  package var nodes: [Node]
  /// The tensors that a caller sets, in order.
  package var inputs: [Int]
  /// The tensors that a caller reads, in order.
  package var outputs: [Int]
  /// Operators at the end of the file that are left out.
  package var omissions: [Omission] = []

  /// Creates a network; ``validate()`` says whether it makes sense.
  package init(name: String = "", tensors: [Tensor], nodes: [Node], inputs: [Int], outputs: [Int]) {
    self.name = name
    self.tensors = tensors
    self.nodes = nodes
    self.inputs = inputs
    self.outputs = outputs
  }

  /// For each tensor the index of the node that produces it, or `nil` for inputs and constants.
  package func producers() -> [Int?] {
    var result = [Int?](repeating: nil, count: tensors.count)
    for (index, node) in nodes.enumerated() {
      for output in node.outputs { result[output] = index }
    }
    return result
  }

  /// For each tensor the indices of the nodes that read it, in order and each once.
  package func consumers() -> [[Int]] {
    var result = [[Int]](repeating: [], count: tensors.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs.compactMap(\.self) where result[input].last != index { result[input].append(index) }
    }
    return result
  }
}

/// An operator of the file that no rule describes and that the network lacks: what it reads are outputs instead.
package struct Omission: Hashable, Sendable {
  /// The operator's index in the file.
  package let node: Int
  /// Its name.
  package let name: String
  /// The tensors that became outputs.
  package let outputs: [Int]

  /// Creates an omission.
  package init(node: Int, name: String, outputs: [Int]) {
    self.node = node
    self.name = name
    self.outputs = outputs
  }
}

/// One operator at its place in a network.
package struct Node: Hashable, Sendable {
  /// What is computed, with its options.
  package var operation: Operation
  /// The tensors that are read, by position; `nil` where an optional operand is absent.
  package var inputs: [Int?]
  /// The tensors that are written.
  package var outputs: [Int]
  /// Tensors that state the quantization of what lies between parts of the operator; they hold nothing.
  package var intermediates: [Int]
  /// The operator's version in the source file, kept for writing; `nil` for a new operator.
  package var sourceVersion: Int?
  /// Where the operator comes from while a network is being rewritten; `nil` in one that is as its file has it.
  package var origin: Origin?

  /// Which operator of a file an operator of a rewritten network stands for, so that messages name that one.
  package enum Origin: Hashable, Sendable {
    /// The file's operator of this index, perhaps as another one that does the same.
    case source(Int)
    /// One that was added before the file's operator of this index.
    case addedBefore(Int)
  }

  /// Creates a node.
  package init(
    _ operation: Operation, inputs: [Int?], outputs: [Int], intermediates: [Int] = [], sourceVersion: Int? = nil
  ) {
    self.operation = operation
    self.inputs = inputs
    self.outputs = outputs
    self.intermediates = intermediates
    self.sourceVersion = sourceVersion
  }

  /// The tensor of an operand, or `nil` when it is absent.
  package func input(_ position: Int) -> Int? { inputs.indices.contains(position) ? inputs[position] : nil }
}
