package import NetworkModel

extension Provenance {
  /// What the tensors of a model stand for whose source has meanings of its own.
  ///
  /// What a result's integers mean is first said in the numbers that the source's file states: `r = s·(q − z) + o`. Where the
  /// source's own integers mean `R = S·(q' − z') + O` and its file states the scale `s'`, such an `r` is
  /// `R = S/s'·r + O`.
  ///
  /// - Parameters:
  ///   - meanings: What the result's integers mean in the numbers of the source's file.
  ///   - network: The result, with the tensors of the source at the same indices.
  ///   - source: The source.
  ///   - sourceMeanings: What the source's integers mean where its file does not say it, by tensor.
  /// - Returns: What the result's integers mean; a tensor that is left out means what the result's file says.
  package static func meanings(
    _ meanings: [Meaning], of network: Network, from source: Network, _ sourceMeanings: [Int: Meaning]
  ) -> [Meaning] {
    if sourceMeanings.isEmpty { return meanings }
    var all = Dictionary(meanings.map { ($0.tensor, $0) }) { first, _ in first }
    for (tensor, meant) in sourceMeanings where network.tensors.indices.contains(tensor) {
      guard source.tensors.indices.contains(tensor), let stated = source.tensors[tensor].quantization,
        !stated.isPerAxis,
        let scale = network.tensors[tensor].quantization?.scale, network.tensors[tensor].type.integerRange != nil
      else { continue }
      let own = all[tensor] ?? Meaning(tensor: tensor, scales: [Double(scale)], offsets: [0])
      let channels = max(own.scales.count, meant.scales.count, own.offsets.count, meant.offsets.count)
      func value(_ list: [Double], _ channel: Int) -> Double { list[list.count == 1 ? 0 : channel] }
      guard [own.scales, own.offsets, meant.scales, meant.offsets].allSatisfy({ [1, channels].contains($0.count) })
      else { continue }
      let factors = (0..<channels).map { value(meant.scales, $0) / Double(stated.scale) }
      all[tensor] = Meaning(
        tensor: tensor, scales: factors.indices.map { factors[$0] * value(own.scales, $0) },
        offsets: factors.indices.map { factors[$0] * value(own.offsets, $0) + value(meant.offsets, $0) })
    }
    return all.values.sorted { $0.tensor < $1.tensor }
  }
}
