package import NetworkModel

/// Which tensors of two networks hold the same thing, so that they can be compared: those with the same name, and where
/// names differ, those that operators of the same kind write at the same place of the graph.
///
/// Shapes must be equal: what one model fuses and another does not has no counterpart.
package struct TensorPairs: Sendable {
  /// Two tensors, by their index in each network.
  package struct Pair: Hashable, Sendable {
    /// The tensor of the first network.
    package let first: Int
    /// The tensor of the second network.
    package let second: Int
  }

  /// Why two networks cannot be compared.
  package struct Mismatch: Error, Hashable, CustomStringConvertible {
    /// What differs.
    package let description: String
  }

  /// For each output the tensors on which it is compared: see ``NetworkModel/Network/scores(of:)``.
  package let outputs: [Pair]
  /// All pairs, in the order in which the first network writes them; those of ``outputs`` included.
  package let tensors: [Pair]

  /// Finds the pairs of two networks.
  ///
  /// - Throws: ``Mismatch`` where the networks' inputs or outputs do not correspond.
  package init(_ first: Network, _ second: Network) throws(Mismatch) {
    guard first.inputs.count == second.inputs.count, first.outputs.count == second.outputs.count else {
      throw Mismatch(
        description: "the first model has \(first.inputs.count) inputs and \(first.outputs.count) outputs, the second "
          + "\(second.inputs.count) and \(second.outputs.count); both must be equal")
    }
    var outputs: [Pair] = []
    for (output, other) in zip(first.outputs, second.outputs) {
      let scores = Pair(first: first.scores(of: output), second: second.scores(of: other))
      // What is behind the scores counts as equal only where it computes the same function.
      let isSame = first.functions(from: scores.first, to: output) == second.functions(from: scores.second, to: other)
      let pair = isSame ? scores : Pair(first: output, second: other)
      let (tensor, otherTensor) = (first.tensors[pair.first], second.tensors[pair.second])
      guard tensor.shape.count == otherTensor.shape.count else {
        throw Mismatch(
          description:
            "\(first.label(ofTensor: pair.first)) is \(tensor.shape), the second model's is \(otherTensor.shape)")
      }
      outputs.append(pair)
    }
    self.outputs = outputs
    var partners: [Int: Int] = [:]
    for pair in outputs { partners[pair.first] = pair.second }
    TensorPairs.pairByName(first, second, &partners)
    TensorPairs.pairByPlace(first, second, &partners)
    let written = first.inputs + first.nodes.flatMap(\.outputs)
    tensors = written.compactMap { tensor in partners[tensor].map { Pair(first: tensor, second: $0) } }
  }

  /// Each tensor of a network with itself: for one model on two machines.
  package init(of network: Network) {
    outputs = network.outputs.map(network.scores(of:)).map { Pair(first: $0, second: $0) }
    tensors = (network.inputs + network.nodes.flatMap(\.outputs)).map { Pair(first: $0, second: $0) }
  }

  /// Names that only one activation of each network has.
  private static func pairByName(_ first: Network, _ second: Network, _ partners: inout [Int: Int]) {
    let names = uniqueNames(second)
    var taken = Set(partners.values)
    for (name, tensor) in uniqueNames(first).sorted(by: { $0.value < $1.value }) where partners[tensor] == nil {
      guard let other = names[name], !taken.contains(other),
        first.tensors[tensor].shape == second.tensors[other].shape
      else { continue }
      partners[tensor] = other
      taken.insert(other)
    }
  }

  private static func uniqueNames(_ network: Network) -> [String: Int] {
    let activations = network.inputs + network.nodes.flatMap(\.outputs)
    return Dictionary(grouping: activations) { network.tensors[$0].name }.compactMapValues {
      $0.count == 1 ? $0[0] : nil
    }
  }

  /// The longest common sequence of operators of the same kind and output shape, among those without a partner.
  private static func pairByPlace(_ first: Network, _ second: Network, _ partners: inout [Int: Int]) {
    let taken = Set(partners.values)
    let rows = first.nodes.filter { $0.outputs.contains { partners[$0] == nil } }
    let columns = second.nodes.filter { !$0.outputs.contains(where: taken.contains) }
    for (input, other) in zip(first.inputs, second.inputs)
    where partners[input] == nil && !taken.contains(other) && first.tensors[input].shape == second.tensors[other].shape
    {
      partners[input] = other
    }
    // The table of lengths grows with the product; models whose names agree leave nothing to do here.
    guard !rows.isEmpty, !columns.isEmpty, rows.count * columns.count <= 1 << 24 else { return }
    func match(_ row: Int, _ column: Int) -> Bool {
      let (a, b) = (rows[row], columns[column])
      return a.operation.name == b.operation.name && a.outputs.count == b.outputs.count
        && zip(a.outputs, b.outputs).allSatisfy { first.tensors[$0].shape == second.tensors[$1].shape }
    }
    let width = columns.count + 1
    var lengths = [Int32](repeating: 0, count: (rows.count + 1) * width)
    for row in rows.indices.reversed() {
      for column in columns.indices.reversed() {
        lengths[row * width + column] =
          match(row, column)
          ? lengths[(row + 1) * width + column + 1] + 1
          : max(lengths[(row + 1) * width + column], lengths[row * width + column + 1])
      }
    }
    var (row, column) = (0, 0)
    while row < rows.count && column < columns.count {
      if match(row, column) {
        for (a, b) in zip(rows[row].outputs, columns[column].outputs) where partners[a] == nil { partners[a] = b }
        (row, column) = (row + 1, column + 1)
      } else if lengths[(row + 1) * width + column] >= lengths[row * width + column + 1] {
        row += 1
      } else {
        column += 1
      }
    }
  }
}

extension Network {
  /// The operators between the scores of an output and the output that change more than the shape or the type.
  fileprivate func functions(from scores: Int, to output: Int) -> [Operation] {
    let producers = producers()
    var (tensor, found): (Int, [Operation]) = (output, [])
    while tensor != scores, let index = producers[tensor], let input = nodes[index].input(0) {
      switch nodes[index].operation {
      case .reshape, .cast, .quantize, .dequantize: break
      default: found.append(nodes[index].operation)
      }
      tensor = input
    }
    return found
  }
}
