extension Network {
  /// The tensor on which a classifier's output is compared: what its final SOFTMAX reads, or the output itself.
  ///
  /// SOFTMAX hides differences by saturating, so they are measured before it. Between it and the output there may be
  /// RESHAPE, QUANTIZE and DEQUANTIZE, which only carry its result.
  ///
  /// - Parameter output: A tensor of the network, usually one of ``NetworkModel/Network/outputs``.
  /// - Returns: The tensor to compare.
  package func logits(of output: Int) -> Int {
    let producers = producers()
    var tensor = output
    while let index = producers[tensor] {
      let node = nodes[index]
      // A constant says nothing of how the model decides.
      guard let input = node.input(0), !tensors[input].isConstant else { return output }
      switch node.operation {
      case .softmax: return input
      case .reshape, .quantize, .dequantize: tensor = input
      default: return output
      }
    }
    return output
  }

  /// The tensor on which a decision is compared: as ``logits(of:)``, and what a final ARG_MAX reads, since the places of
  /// largest elements have no distance from each other.
  ///
  /// - Parameter output: A tensor of the network, usually one of ``NetworkModel/Network/outputs``.
  /// - Returns: The tensor to compare.
  package func scores(of output: Int) -> Int {
    let producers = producers()
    var tensor = output
    while let index = producers[tensor] {
      let node = nodes[index]
      guard let input = node.input(0), !tensors[input].isConstant else { break }
      switch node.operation {
      case .argMax(let rules) where !rules.findsMinimum: return logits(of: input)
      case .reshape, .cast: tensor = input
      default: return logits(of: output)
      }
    }
    return logits(of: output)
  }
}
