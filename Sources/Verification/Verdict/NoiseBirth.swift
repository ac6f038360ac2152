package import NetworkModel

/// The operator at whose output most of the signal is lost: where the noise's share of the energy grows most from what the
/// operator reads to what it writes.
package struct NoiseBirth: Sendable, Hashable, Codable {
  /// The file's index of the operator.
  package var `operator`: Int
  /// Its name in TensorFlow Lite.
  package var operation: String
  /// The file's index of the tensor that it writes.
  package var tensor: Int
  /// That tensor's name.
  package var name: String
  /// The SQNR of the noisiest tensor that it reads, in decibels; `nil` where nothing differs there.
  package var inputSqnrDb: Double?
  /// The SQNR of what it writes; `nil` where the source has the same number everywhere.
  package var outputSqnrDb: Double?

  /// Finds the operator; `nil` where nothing differs.
  ///
  /// - Parameters:
  ///   - network: The network under test.
  ///   - ratios: Of tensors that were compared, what was found.
  ///   - ends: The tensors on which outputs are compared: only what they are computed from is looked at.
  package init?(_ network: Network, _ ratios: [Int: SignalToNoise], ends: [Int]) {
    let producers = network.producers()
    // The noisiest of what was compared that a tensor was computed from; a tensor without a counterpart stands for its inputs.
    var worst: [Int: Int?] = [:]
    func share(_ tensor: Int?) -> Double { tensor.flatMap { ratios[$0]?.noiseShare } ?? 0 }
    for tensor in network.inputs where ratios[tensor] != nil { worst[tensor] = tensor }
    var growth: [Int: Double] = [:]
    var read: [Int: Int?] = [:]
    for (index, node) in network.nodes.enumerated() {
      let inputs = node.inputs.compactMap { $0 }.compactMap { worst[$0] ?? nil }
      let noisiest = inputs.max { share($0) < share($1) }
      for output in node.outputs { worst[output] = ratios[output] == nil ? noisiest : output }
      guard let output = node.outputs.first(where: { ratios[$0] != nil }) else { continue }
      growth[index] = share(output) - share(noisiest)
      read[index] = noisiest
    }
    var needed: Set<Int> = []
    var open = ends
    while let tensor = open.popLast() {
      guard let producer = producers[tensor], needed.insert(producer).inserted else { continue }
      open += network.nodes[producer].inputs.compactMap(\.self)
    }
    let best = growth.filter { needed.contains($0.key) }.max { ($0.value, $1.key) < ($1.value, $0.key) }
    guard let best, best.value > 0, let tensor = network.nodes[best.key].outputs.first(where: { ratios[$0] != nil })
    else { return nil }
    self.operator = best.key
    operation = network.nodes[best.key].operation.name
    self.tensor = tensor
    name = network.tensors[tensor].name
    inputSqnrDb = (read[best.key] ?? nil).flatMap { ratios[$0]?.decibels }
    outputSqnrDb = ratios[tensor]?.decibels
  }

  /// The place and its numbers.
  package var words: String {
    let before = inputSqnrDb.map { "\(decimal($0, 1)) dB" } ?? "nothing"
    let after = outputSqnrDb.map { "\(decimal($0, 1)) dB" } ?? "noise alone"
    return "the ratio falls most in operator \(self.operator) (\(operation)), tensor \(tensor) \"\(name)\": "
      + (inputSqnrDb == nil ? "what it reads is equal, " : "it reads \(before), ") + "it writes \(after)"
  }
}
