/// What a model file said: tensors, and operators in the order in which they run.
///
/// Tensor indices are those of the file, so that a trace, an error and a report name the same tensor as the file does.
public struct Network: Hashable, Sendable {
  /// The name of the graph.
  public var name: String
  /// All tensors; indices into this list stand everywhere else.
  public var tensors: [Tensor]
  /// The operators, each after those whose outputs it reads.
  public var nodes: [Node]
  /// The tensors that a caller sets, in order.
  public var inputs: [Int]
  /// The tensors that a caller reads, in order.
  public var outputs: [Int]
  /// Operators at the end of the file that are left out.
  public var omissions: [Omission] = []

  /// Creates a network; ``validate()`` says whether it makes sense.
  public init(name: String = "", tensors: [Tensor], nodes: [Node], inputs: [Int], outputs: [Int]) {
    self.name = name
    self.tensors = tensors
    self.nodes = nodes
    self.inputs = inputs
    self.outputs = outputs
  }

  /// For each tensor the index of the node that produces it, or `nil` for inputs and constants.
  public func producers() -> [Int?] {
    var result = [Int?](repeating: nil, count: tensors.count)
    for (index, node) in nodes.enumerated() {
      for output in node.outputs { result[output] = index }
    }
    return result
  }

  /// For each tensor the indices of the nodes that read it, in order and each once.
  public func consumers() -> [[Int]] {
    var result = [[Int]](repeating: [], count: tensors.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs.compactMap(\.self) where result[input].last != index { result[input].append(index) }
    }
    return result
  }
}

/// An operator of the file that no rule describes and that the network lacks: what it reads are outputs instead.
public struct Omission: Hashable, Sendable {
  /// The operator's index in the file.
  public let node: Int
  /// Its name.
  public let name: String
  /// The tensors that became outputs.
  public let outputs: [Int]

  /// Creates an omission.
  public init(node: Int, name: String, outputs: [Int]) {
    self.node = node
    self.name = name
    self.outputs = outputs
  }
}

/// One operator at its place in a network.
public struct Node: Hashable, Sendable {
  /// What is computed, with its options.
  public var operation: Operation
  /// The tensors that are read, by position; `nil` where an optional operand is absent.
  public var inputs: [Int?]
  /// The tensors that are written.
  public var outputs: [Int]
  /// Tensors that state the quantization of what lies between parts of the operator; they hold nothing.
  public var intermediates: [Int]
  /// The operator's version in the source file, kept for writing; `nil` for a new operator.
  public var sourceVersion: Int?
  /// Where the operator comes from while a network is being rewritten; `nil` in one that is as its file has it.
  public var origin: Origin?

  /// Which operator of a file an operator of a rewritten network stands for, so that messages name that one.
  public enum Origin: Hashable, Sendable {
    /// The file's operator of this index, perhaps as another one that does the same.
    case source(Int)
    /// One that was added before the file's operator of this index.
    case addedBefore(Int)
  }

  /// Creates a node.
  public init(
    _ operation: Operation, inputs: [Int?], outputs: [Int], intermediates: [Int] = [], sourceVersion: Int? = nil
  ) {
    self.operation = operation
    self.inputs = inputs
    self.outputs = outputs
    self.intermediates = intermediates
    self.sourceVersion = sourceVersion
  }

  /// The tensor of an operand, or `nil` when it is absent.
  public func input(_ position: Int) -> Int? { inputs.indices.contains(position) ? inputs[position] : nil }
}
