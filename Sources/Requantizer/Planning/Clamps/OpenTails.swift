internal import HardwareProfile
internal import NetworkModel

extension SourceFacts {
  /// Where the source cuts a tensor from below and from above without a clamp of the target that says so.
  func openTails(
    of tensor: Int, madeBy producer: Int, _ group: ScaleGroup, _ consumers: [[Int]]
  ) -> (low: [ClampTail], high: [ClampTail]) {
    guard let clamp = sourceClamp(producer) else { return ([], []) }
    let price = ClampTail.operatorPrice * group.power
    func open(_ tail: ClampTail?, _ side: ClampSide) -> [ClampTail] {
      guard var tail else { return [] }
      if cut(side, behind: producer) != nil { tail.price = price }
      return [tail]
    }
    let after = target.clampsAfter(tensor, consumers, withReLU: true)
    let bounds = target.nodes[producer].operation.activation.bounds
    return (
      bounds.low != nil || after.low != nil ? [] : open(clamp.lowTail, .low),
      bounds.high != nil || after.high != nil ? [] : open(clamp.highTail, .high)
    )
  }

  /// The tensors whose format cut in a network before operators of the source took the place of others with wider formats.
  func cutBeforehand(in network: Network) -> Set<Int> {
    let widened = network.tensors.indices.filter { network.tensors[$0].quantization != source.tensors[$0].quantization }
    return Set(
      widened.filter { index in
        guard let held = network.tensors[index].heldRange else { return false }
        let group = ScaleGroup(index, held, source, statistics, source.tensors[index].type)
        let beyond = group.samples.reduce(0.0) { sum, sample in
          let distance = max(held.low - sample.value, sample.value - held.high, 0)
          return sum + sample.count * distance * distance
        }
        return beyond > ClampTail.negligible * group.power
      })
  }
}
