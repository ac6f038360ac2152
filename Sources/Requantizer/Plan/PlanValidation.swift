internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel

extension RequantizationPlan {
  /// Refuses a plan that speaks of another network or of what the machine does not have.
  ///
  /// - Throws: ``RequantizationError`` that names each entry and what is allowed. Only what would make the rewriting
  ///   impossible is looked at: whether the result fits the machine is asked of the result.
  func requireFit(to network: Network, _ profile: HardwareProfile) throws(RequantizationError) {
    var faults: [String] = []
    if self.profile != profile.name {
      faults.append("the plan is for profile \(self.profile), not for \(profile.name)")
    }
    for mean in preparation.cutMeans where !network.tensors.indices.contains(mean) {
      faults.append("preparation.cutMeans: \(mean) is no tensor of the model, which has \(network.tensors.count)")
    }
    if !faults.isEmpty { throw RequantizationError(faults) }
  }

  /// Refuses entries that do not fit the prepared network.
  func requireFit(to facts: SourceFacts) throws(RequantizationError) {
    var faults = activationFaults(facts)
    for (place, clamp) in clamps.enumerated() {
      guard let node = facts.source.nodes.at(clamp.node), facts.deployment.label(clamp.node) == clamp.name else {
        faults.append("clamps[\(place)]: \(clamp.name) is not operator \(clamp.node) of this model")
        continue
      }
      if !node.operation.isClamped || !node.operation.can(clamp.activation, on: facts.profile) {
        faults.append(
          "clamps[\(place)].activation: \(clamp.name) cannot have \(clamp.activation.rawValue) on profile "
            + "\(facts.profile.name); allowed are \(facts.profile.fusedActivations.joined(separator: ", "))")
      }
    }
    faults += layerFaults(facts)
    if !faults.isEmpty { throw RequantizationError(faults) }
  }

  private func activationFaults(_ facts: SourceFacts) -> [String] {
    var faults: [String] = []
    for (place, planned) in activations.enumerated() {
      let name = "activations[\(place)]"
      guard let tensor = facts.target.tensors.at(planned.tensor), tensor.name == planned.name else {
        faults.append("\(name): \"\(planned.name)\" is not tensor \(planned.tensor) of this model")
        continue
      }
      guard tensor.type == planned.type, let range = tensor.type.integerRange else {
        faults.append(
          "\(name).type: is \(planned.type) for \"\(tensor.name)\"; the machine stores it as \(tensor.type)")
        continue
      }
      if !(planned.scale > 0 && planned.scale.isFinite) {
        faults.append("\(name).scale: is \(planned.scale); allowed is a finite number above 0")
      }
      if !range.contains(planned.zeroPoint) {
        faults.append("\(name).zeroPoint: is \(planned.zeroPoint); \(tensor.type) holds \(range)")
      }
      let channels = tensor.shape.extents.last ?? 1
      if let scales = planned.realScales,
        ![1, channels].contains(scales.count) || !scales.allSatisfy({ $0 > 0 && $0.isFinite })
      {
        faults.append("\(name).realScales: allowed are 1 or \(channels) finite numbers above 0")
      }
      if let offsets = planned.offsets,
        ![1, planned.realScales?.count].contains(offsets.count) || !offsets.allSatisfy(\.isFinite)
          || planned.realScales == nil
      {
        faults.append("\(name).offsets: allowed are as many finite numbers as realScales has, beside realScales")
      }
    }
    let missing = facts.deviceTensors.subtracting(activations.map(\.tensor))
    faults += missing.sorted().map { "activations: \"\(facts.source.tensors[$0].name)\" (tensor \($0)) is missing" }
    if Set(activations.map(\.tensor)).count < activations.count { faults.append("activations: a tensor stands twice") }
    return faults
  }

  private func layerFaults(_ facts: SourceFacts) -> [String] {
    var faults: [String] = []
    for (place, layer) in layers.enumerated() {
      let name = "layers[\(place)]"
      guard let node = facts.target.nodes.at(layer.node), node.operation.rescaling == .weighted,
        facts.deployment.label(layer.node) == layer.name
      else {
        faults.append("\(name): \(layer.name) is not the layer with weights at operator \(layer.node) of this model")
        continue
      }
      let scheme = facts.machine(of: node).weights
      guard let format = scheme.formats.first(where: { $0.name == layer.format }), (2...8).contains(format.bits) else {
        faults.append(
          "\(name).format: is \"\(layer.format)\"; the machine has "
            + scheme.formats.map(\.name).joined(separator: ", "))
        continue
      }
      if !scheme.granularity.contains(layer.isPerChannel ? .channel : .tensor) {
        faults.append("\(name).isPerChannel: is \(layer.isPerChannel), which the machine does not have")
      }
      if layer.zeroPoint < Int64(format.minimum) || layer.zeroPoint > Int64(format.maximum) {
        faults.append("\(name).zeroPoint: is \(layer.zeroPoint), which \(format.name) does not hold")
      }
    }
    if Set(layers.map(\.node)).count < layers.count { faults.append("layers: an operator stands twice") }
    let stated = Set(layers.map(\.node))
    for (index, node) in facts.target.nodes.enumerated()
    where node.operation.rescaling == .weighted && facts.isDeviceOperator(node) && !stated.contains(index) {
      faults.append("layers: \(facts.deployment.label(index)) is missing")
    }
    return faults
  }
}

extension Array {
  /// The element at an index; `nil` where there is none.
  fileprivate func at(_ index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
