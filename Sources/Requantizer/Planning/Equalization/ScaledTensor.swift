internal import NetworkModel

/// An activation whose channels may each be scaled by a factor of its own, and who makes and reads it.
///
/// That is a tensor whose integers nobody outside looks at and that shares its scale with none, but for what a padding
/// operator makes of it.
struct ScaledTensor {
  /// What the reader sees.
  let tensor: Int
  /// All tensors that take the factors: one, or two with padding between them.
  let tensors: [Int]
  /// The operator that makes it; `nil` where others than the reader see it too.
  let maker: Int?
  /// Whether each channel may have a factor.
  let isFree: Bool
  /// What the source's tensor can hold.
  let range: RealRange

  init?(_ tensor: Int, readBy reader: Int, _ grouping: ActivationGroups, _ network: Network) {
    let (producers, consumers) = (network.producers(), network.consumers())
    guard let group = grouping.groups[grouping.root(tensor)], !network.tensors[tensor].isConstant else { return nil }
    var (made, all) = (tensor, [tensor])
    var isAlone = consumers[tensor] == [reader]
    if let index = producers[tensor], case .pad(let rules) = network.nodes[index].operation, rules.hasValue,
      let inner = network.nodes[index].input(0), let value = network.nodes[index].input(2)
    {
      (made, all) = (inner, [inner, tensor])
      isAlone = isAlone && consumers[inner] == [index]
      let isGroup = Set(group.tensors) == [inner, tensor, value] && network.tensors[value].isConstant
      isFree = isGroup && grouping.folded.contains(grouping.root(tensor)) && group.origin == 0
    } else {
      isFree = group.tensors == [tensor] && (!grouping.folded.contains(grouping.root(tensor)) || group.origin == 0)
    }
    self.tensor = tensor
    tensors = all
    maker = isAlone ? producers[made] : nil
    range = group.range
  }
}
