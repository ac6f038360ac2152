internal import HardwareProfile
internal import NetworkModel
internal import Simulation

extension Network {
  /// The network with every clamp stated that its formats imply, and none that they imply anyway where the machine lacks it.
  ///
  /// A format cuts what it cannot hold, so a zero point at its end is a RELU, and a format that ends at 6 a RELU6: many
  /// converters write these clamps that way and no other. A machine whose formats are others would lose them. A clamp is
  /// only changed into one that cuts at the same integers, so nothing that the network computes changes.
  ///
  /// - Parameter profile: The machine, whose `fusedActivations` say what its own operators may state; the host's may state any.
  /// - Returns: The network with other clamps, which computes the same integers.
  func statingClamps(for profile: HardwareProfile) -> Network {
    var result = self
    for (index, node) in nodes.enumerated() {
      guard let output = node.outputs.first, node.operation.isClamped, tensors[output].type.bits == 8 else { continue }
      if let clamp = tensors[output].statedClamp(node.operation, profile) {
        result.nodes[index].operation = node.operation.with(clamp)
      }
    }
    return result
  }
}

extension Tensor {
  /// The clamp that states best where an operator's output is cut; `nil` where that is its own.
  fileprivate func statedClamp(_ operation: Operation, _ profile: HardwareProfile) -> Activation? {
    let own = operation.activation
    guard let quantization, !quantization.isPerAxis, own.isClamp, let range = type.integerRange,
      let ends = ends(of: own)
    else { return nil }
    // The format's last integer is the bound itself, not one that happens to lie below it.
    let top = Double(quantization.scale) * Double(range.upperBound - quantization.zeroPoint)
    let endsAtSix = abs(top - 6) <= Double(quantization.scale) / 2
    let choices: [Activation]
    switch own {
    case .none where quantization.zeroPoint == range.lowerBound, .relu: choices = endsAtSix ? [.relu6, .relu] : [.relu]
    case .relu6 where !operation.can(.relu6, on: profile): choices = [.relu, .none]
    case .reluN1To1 where !operation.can(.reluN1To1, on: profile): choices = [.none]
    default: return nil
    }
    return choices.first { $0 == own || (operation.can($0, on: profile) && self.ends(of: $0) == ends) }
  }
}

extension Operation {
  /// Whether a clamp of the operator's own can be stated: it computes, and has a place for one.
  var isClamped: Bool {
    switch self {
    case .conv2D, .depthwiseConv2D, .fullyConnected, .transposeConv, .add, .relu: true
    case .binary(let rules): rules.function == .subtract || rules.function == .multiply
    default: false
    }
  }

  /// Whether a machine has the operator with another clamp, or its host, which computes it as TensorFlow Lite does.
  func can(_ clamp: Activation, on profile: HardwareProfile) -> Bool {
    let run: Placement = profile.operators[name]?.run ?? .device
    guard run == .host ? clamp.isClamp : profile.fusedActivations.contains(clamp.rawValue) else { return false }
    // A clamp that is an operator of its own is known by its name.
    if case .relu = self { return clamp != .none && profile.operators[clamp.rawValue]?.run == run }
    return true
  }

  /// A clamp that the machine has instead of the operator's own, which it lacks.
  ///
  /// It leaves out the upper bound, or both −1 and 1. `nil` where the machine has the own one, or none of them.
  func looserClamp(on profile: HardwareProfile) -> Activation? {
    guard isClamped, !can(activation, on: profile) else { return nil }
    let looser: Activation? =
      switch activation {
      case .relu6: .relu
      case .reluN1To1: Activation.none
      default: nil
      }
    return looser.flatMap { can($0, on: profile) ? $0 : nil }
  }
}
