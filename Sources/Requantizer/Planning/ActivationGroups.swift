internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Which activations must share a scale, which ones keep ratios of powers of two, and which freedom is left.
struct ActivationGroups {
  /// Groups of equal scale by their representative.
  private(set) var groups: [Int: ScaleGroup] = [:]
  /// Representatives of groups, those together whose scales keep power-of-two ratios.
  private(set) var clusters: [[Int]] = []
  /// The representatives of groups whose real scale need not be the declared one: nobody outside reads their integers.
  private(set) var free: Set<Int> = []
  /// The representatives of groups with a folded offset.
  private(set) var folded: Set<Int> = []
  /// The representatives of groups that only SOFTMAX reads.
  private(set) var logits: Set<Int> = []
  private let equal: UnionFind

  /// - Parameters:
  ///   - facts: The network and what is known of it.
  ///   - unfolded: Tensors whose offset is not folded although it could be.
  init(_ facts: SourceFacts, unfolded: Set<Int> = []) {
    let rules = GroupRules(facts)
    let (equal, tied) = rules.groups()
    self.equal = equal
    for tensor in facts.deviceTensors.sorted() {
      let range = RealRange(facts.source, tensor)
      var group = ScaleGroup(tensor, range, facts.source, facts.statistics, facts.target.tensors[tensor].type)
      if let producer = rules.producers[tensor] {
        (group.lowTails, group.highTails) = facts.openTails(of: tensor, madeBy: producer, group, rules.consumers)
      }
      groups[equal.find(tensor)] = groups[equal.find(tensor)].map { $0.merged(with: group) } ?? group
    }
    var members: [Int: [Int]] = [:]
    for root in groups.keys.sorted() { members[tied.find(root), default: []].append(root) }
    clusters = members.sorted { $0.key < $1.key }.map(\.value)
    for cluster in clusters {
      let tensors = cluster.flatMap { groups[$0]?.tensors ?? [] }
      let isFree = facts.options.does(.absorbScales) && tensors.allSatisfy(rules.isInternal)
      if isFree { free.formUnion(cluster) }
      if cluster.count == 1, let group = groups[cluster[0]] {
        let feedsOnlySoftmax = rules.feedsOnlySoftmax(tensors)
        if feedsOnlySoftmax { logits.insert(cluster[0]) }
        let folds = facts.options.does(.foldOffsets) && unfolded.isDisjoint(with: tensors)
        let foldsReLU = isFree && group.range.low >= 0 && rules.foldsReLU(tensors)
        let offset = group.startingAtZero()
        // A power of two may hold all that a group is without an offset, and not with it.
        if folds, foldsReLU || feedsOnlySoftmax && rules.leastNoise(offset) < rules.leastNoise(group) {
          groups[cluster[0]] = offset
          if rules.canClampBetweenOpposites(tensors, offset) {
            groups[cluster[0]]?.hasSymmetricClamp = true
            groups[cluster[0]]?.highTails = []
          }
          folded.insert(cluster[0])
        }
      }
      for root in cluster
      where isFree && groups[root]?.hasSymmetricClamp != true
        && rules.endsAtClamp(groups[root]?.tensors ?? [], folded.contains(root))
      {
        groups[root]?.endsAtClamp = true
      }
    }
  }

  /// The representative of a tensor's group.
  func root(_ tensor: Int) -> Int { equal.find(tensor) }
}

/// The questions that decide about groups.
private struct GroupRules {
  let facts: SourceFacts
  let producers: [Int?]
  let consumers: [[Int]]
  let ends: Set<Int>

  init(_ facts: SourceFacts) {
    self.facts = facts
    producers = facts.target.producers()
    consumers = facts.target.consumers()
    ends = Set(facts.target.inputs + facts.target.outputs)
  }

  /// Groups of equal scale, and clusters of groups whose scales keep power-of-two ratios.
  func groups() -> (equal: UnionFind, tied: UnionFind) {
    var equal = UnionFind(count: facts.target.tensors.count)
    for node in facts.target.nodes where node.operation.rescaling == .shared || mustKeepScale(node) {
      guard let output = node.outputs.first, facts.deviceTensors.contains(output) else { continue }
      for input in node.activationOperands where facts.deviceTensors.contains(input) { equal.join(input, output) }
    }
    var tied = equal
    for node in facts.target.nodes {
      guard let output = node.outputs.first, facts.deviceTensors.contains(output), isTied(node) else { continue }
      for input in node.activationOperands where facts.deviceTensors.contains(input) { tied.join(input, output) }
    }
    return (equal, tied)
  }

  /// Whether an operator that rescales could only make its output's scale larger, which a clamp must not need.
  private func mustKeepScale(_ node: Node) -> Bool {
    node.operation.rescaling == .convert && isTied(node) && facts.profile.onlyShifts(node.operation.name)
      && facts.profile.shiftRange(node.operation.name).lowerBound >= 0
      && facts.profile.operators[node.operation.name]?.division == nil
  }

  /// Whether the machine demands that an operator's scales differ by powers of two only, or may take declared scales for the
  /// real ones.
  private func isTied(_ node: Node) -> Bool {
    let policy = facts.profile.operators[node.operation.name]
    let declaresPowers = facts.profile.activations.scale == .powerOfTwo
    switch node.operation.rescaling {
    case .elementwise:
      if case .shift = policy?.alignment { return true }
      return declaresPowers
    case .convert:
      if policy?.division != nil { return declaresPowers }
      return facts.profile.onlyShifts(node.operation.name) || declaresPowers
    case .weighted, .shared, .function, .fixedOutput, .boundary: return false
    }
  }

  /// Whether only operators of the device that know nothing of real numbers but ratios touch a tensor.
  func isInternal(_ tensor: Int) -> Bool {
    if ends.contains(tensor) { return false }
    let nodes = (producers[tensor].map { [$0] } ?? []) + consumers[tensor]
    return nodes.allSatisfy { index in
      let node = facts.target.nodes[index]
      guard facts.isDeviceOperator(node) else { return false }
      let clamp = node.operation.activation
      switch node.operation {
      case .conv2D, .depthwiseConv2D, .fullyConnected, .add:
        // An upper bound can only be the format's end, which takes another clamp in its place.
        if clamp.bounds.high == nil || !node.outputs.contains(tensor) { return clamp.isClamp }
        return clamp == .relu6 && allows(.relu)
      case .averagePool2D, .maxPool2D, .concatenation, .pad, .reshape, .mean, .movement, .pack, .lookup, .resize:
        return clamp == .none
      case .binary(let rules) where rules.function == .maximum || rules.function == .minimum: return true
      case .relu, .softmax, .quantize, .dequantize, .binary, .unary, .prelu, .cast, .argMax, .sequenceLSTM, .svdf, .sum,
        .l2Normalization,
        .batchMatMul, .transposeConv:
        return false
      }
    }
  }

  private func allows(_ activation: Activation) -> Bool {
    facts.profile.fusedActivations.contains(activation.rawValue)
  }

  /// Whether the operators that make tensors from a clamp at 0 may use the whole format for them, and those that read
  /// them take a constant into their biases: nothing is padded with a 0 that is none.
  func foldsReLU(_ tensors: [Int]) -> Bool {
    guard facts.profile.activations.zeroPoint == .none, allows(.none) else { return false }
    return tensors.allSatisfy { tensor in
      if isPaddingValue(tensor) { return true }
      guard let producer = producers[tensor], !facts.target.tensors[tensor].isConstant,
        facts.target.tensors[tensor].type == .int8
      else { return false }
      let maker = facts.target.nodes[producer]
      switch maker.operation {
      case .conv2D, .depthwiseConv2D, .fullyConnected: break
      case .averagePool2D, .maxPool2D, .reshape: if !moves(maker) { return false }
      case .pad(let rules): if !rules.hasValue || !moves(maker) { return false }
      default: return false
      }
      return consumers[tensor].allSatisfy { index in
        let node = facts.target.nodes[index]
        switch node.operation {
        case .conv2D, .depthwiseConv2D: return !isPadded(node)
        case .fullyConnected: return true
        case .averagePool2D, .maxPool2D, .reshape: return moves(node)
        case .pad(let rules): return rules.hasValue && moves(node)
        default: return false
        }
      }
    }
  }

  /// Whether a tensor is a constant that PADV2 adds, whose integer can be chosen.
  private func isPaddingValue(_ tensor: Int) -> Bool {
    facts.target.tensors[tensor].isConstant
      && consumers[tensor].allSatisfy { index in
        let node = facts.target.nodes[index]
        guard case .pad(let rules) = node.operation, rules.hasValue else { return false }
        return node.input(2) == tensor && node.input(0) != tensor && moves(node)
      }
  }

  /// Whether the clamp of what makes tensors of a folded offset can be put on any two opposite integers: those that the
  /// declared scale, which is free, makes of −1 and 1.
  func canClampBetweenOpposites(_ tensors: [Int], _ group: ScaleGroup) -> Bool {
    guard facts.profile.activations.scale == .real, allows(.reluN1To1) else { return false }
    if group.isCut(group.highTails) { return true }
    return tensors.contains { tensor in
      producers[tensor].map { facts.target.nodes[$0].operation.activation.bounds.high != nil } ?? false
    }
  }

  /// Whether an operator's input and output are of one group.
  private func moves(_ node: Node) -> Bool {
    node.outputs.allSatisfy(facts.deviceTensors.contains)
      && node.activationOperands.allSatisfy(facts.deviceTensors.contains)
  }

  private func isPadded(_ node: Node) -> Bool {
    guard let input = node.input(0), let weights = node.input(1), let output = node.outputs.first else { return true }
    let (x, w) = (facts.target.tensors[input].shape, facts.target.tensors[weights].shape)
    let y = facts.target.tensors[output].shape
    func reaches(_ window: Window, _ axis: Int) -> Bool { (y[axis] - 1) * window.stride + window.extent > x[axis] }
    return node.operation.windows(w).map { reaches($0.rows, 1) || reaches($0.columns, 2) } ?? true
  }

  /// Whether only SOFTMAX reads what a layer writes: a constant added to all of its input changes nothing.
  func feedsOnlySoftmax(_ tensors: [Int]) -> Bool {
    guard facts.profile.activations.zeroPoint == .none else { return false }
    var reachesSoftmax = false
    for tensor in tensors {
      guard !ends.contains(tensor), facts.target.tensors[tensor].type == .int8, let producer = producers[tensor],
        facts.isDeviceOperator(facts.target.nodes[producer]), !consumers[tensor].isEmpty
      else { return false }
      let maker = facts.target.nodes[producer].operation
      guard maker.isReshape || maker.rescaling == .weighted && maker.activation == .none else { return false }
      for reader in consumers[tensor] {
        let operation = facts.target.nodes[reader].operation
        guard operation.isSoftmax || operation.isReshape && moves(facts.target.nodes[reader]) else { return false }
        reachesSoftmax = reachesSoftmax || operation.isSoftmax
      }
    }
    return reachesSoftmax
  }

  /// The noise of the scale that suits a group best, if its real scale is the declared one.
  func leastNoise(_ group: ScaleGroup) -> Double {
    let bases = facts.profile.activations.scale == .powerOfTwo ? [1] : ScaleGroup.bases(of: [group])
    return bases.map { group.bestScale(base: $0).cost }.min() ?? .infinity
  }

  /// Whether the end of the format has to be the upper bound of a clamp.
  func endsAtClamp(_ tensors: [Int], _ isFolded: Bool) -> Bool {
    guard isFolded || facts.profile.activations.scale == .powerOfTwo else { return false }
    return tensors.contains { tensor in
      producers[tensor].map { facts.target.nodes[$0].operation.activation.bounds.high != nil } ?? false
    }
  }
}

extension Operation {
  fileprivate var isSoftmax: Bool { if case .softmax = self { true } else { false } }

  fileprivate var isReshape: Bool { if case .reshape = self { true } else { false } }
}
