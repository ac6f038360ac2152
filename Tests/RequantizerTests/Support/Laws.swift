import FixedPoint
import HardwareProfile
import NetworkModel
import Requantizer
import Simulation
import TestSupport

/// What every requantized network must fulfil.
enum Laws {
  /// Everything that a result breaks, in words; empty when all is well.
  static func breaches(_ network: Network, source: Network, _ profile: HardwareProfile) -> [String] {
    var found = network.validate().map(\.description)
    found += profile.conformanceFaults(of: network).map { "\($0.place): \($0.rule)" }
    do { _ = try Program.lower(network, for: profile) } catch { found.append("does not lower: \(error)") }
    let names = keptNames(network, source)
    let stand = zip(names, source.nodes).allSatisfy { mayStand($0, for: $1.operation.name, profile) }
    if names.count != source.nodes.count || !stand { found.append("operators come or go: \(names)") }
    found += newOperators(network, source).compactMap { node in
      mayCome(node, network, profile) ? nil : "a strange \(node.operation.name) comes"
    }
    let placements = profile.placements(in: network)
    for (index, node) in network.nodes.enumerated() where placements[index] == .device {
      found += layerBreaches(network, node, profile).map { "\(network.label(ofNode: index)): \($0)" }
    }
    for (index, node) in network.nodes.enumerated() {
      found += outputBreaches(network, profile, index, node).map { "\(network.label(ofNode: index)): \($0)" }
    }
    return found
  }

  /// The operators that make what the source's make, by name; where clamps were added behind one, itself.
  private static func keptNames(_ network: Network, _ source: Network) -> [String] {
    let producers = network.producers()
    return source.nodes.compactMap { node in
      var maker = producers[node.outputs[0]].map { network.nodes[$0] }
      while let clamp = maker, clamp.isAddedBehind(network, source), let input = clamp.input(0) {
        maker = producers[input].map { network.nodes[$0] }
      }
      return maker?.operation.name
    }
  }

  /// Whether an operator may stand for one of the source's: another only where the machine lacks that one.
  private static func mayStand(_ name: String, for original: String, _ profile: HardwareProfile) -> Bool {
    if name == original { return true }
    if profile.operators[original] != nil { return false }
    return switch original {
    case "MEAN": ["AVERAGE_POOL_2D", "RESHAPE", "QUANTIZE"].contains(name)
    case "RELU6", "RELU_N1_TO_1": name == "RELU"
    default: false
    }
  }

  /// The operators that were added: those that make new tensors, and clamps that took an operator's place.
  private static func newOperators(_ network: Network, _ source: Network) -> [Node] {
    network.nodes.filter { node in
      node.isAddedClamp(network, source)
        || (node.outputs[0] >= source.tensors.count
          && !network.consumers()[node.outputs[0]].contains { network.nodes[$0].isAddedBehind(network, source) })
    }
  }

  /// What may come: padding, conversions between host and device, clamps by a constant, pools for means.
  private static func mayCome(_ node: Node, _ network: Network, _ profile: HardwareProfile) -> Bool {
    switch node.operation.name {
    case "PADV2", "QUANTIZE": true
    case "MAXIMUM", "MINIMUM": node.input(1).map { network.tensors[$0].isConstant } ?? false
    case "AVERAGE_POOL_2D", "RESHAPE": profile.operators["MEAN"] == nil
    case "RELU": profile.operators["MAXIMUM"] == nil
    default: false
    }
  }

  private static func layerBreaches(_ network: Network, _ node: Node, _ profile: HardwareProfile) -> [String] {
    guard node.operation.rescaling == .weighted, let x = node.input(0), let w = node.input(1) else { return [] }
    var found: [String] = []
    let (input, weights, output) = (network.tensors[x], network.tensors[w], network.tensors[node.outputs[0]])
    guard let inputScale = input.quantization?.scale, let steps = weights.quantization?.scales,
      let outputScale = output.quantization?.scale
    else { return ["lacks scales"] }
    let smallest: Int64 = weights.type == .uint8 ? 1 : weights.type == .int4 ? -7 : -127
    if profile.weights.narrowRange, weights.integers()?.contains(where: { $0 < smallest }) ?? true {
      found.append("weights leave the narrow range")
    }
    if let b = node.input(2) {
      let bias = network.tensors[b]
      let limit = Int64(1) << Int64(profile.bias.fileFormat(storedIn: input.type == .int16 ? 64 : 32).bits - 1)
      if bias.integers()?.contains(where: { !(-limit..<limit).contains($0) }) ?? true { found.append("bias too wide") }
      if bias.quantization?.scales != steps.map({ inputScale * $0 }) { found.append("bias scale is not s_x·s_w") }
      if bias.quantization?.zeroPoints.contains(where: { $0 != 0 }) ?? true { found.append("bias has a zero point") }
    }
    if profile.requantize.allSatisfy({ if case .shift = $0 { true } else { false } }) {
      for step in steps {
        let ratio = Double(inputScale) * Double(step) / Double(outputScale)
        let error = abs((ratio.significand > 1.5 ? ratio.significand / 2 : ratio.significand) - 1)
        if error > 0x1p-24 { found.append("the ratio \(ratio) is no power of two") }
      }
    }
    if profile.weights.scale == .powerOfTwo && !steps.allSatisfy(\.isPowerOfTwo) { found.append("odd weight step") }
    let scales = [inputScale, outputScale]
    if profile.activations.scale == .powerOfTwo && !scales.allSatisfy(\.isPowerOfTwo) { found.append("odd scale") }
    return found
  }

  /// The parameters that TensorFlow Lite prescribes for probabilities of a format.
  static func probability(_ format: IntegerFormat) -> Quantization {
    format.bits == 16
      ? Quantization(scale: 1 / 32768) : Quantization(scale: 1 / 256, zeroPoint: Int64(format.minimum))
  }

  private static func outputBreaches(_ network: Network, _ profile: HardwareProfile, _ index: Int, _ node: Node)
    -> [String]
  {
    let output = network.tensors[node.outputs[0]]
    switch node.operation {
    case .add:
      let scales = node.inputs.compactMap { $0.flatMap { network.tensors[$0].quantization?.scale } }
      guard case .shift = profile.operators["ADD"]?.alignment, profile.placements(in: network)[index] == .device,
        let scale = output.quantization?.scale
      else { return [] }
      return scales.allSatisfy { ($0 / scale).isPowerOfTwo } ? [] : ["the scales of a sum are no powers of two apart"]
    case .softmax:
      let format = IntegerFormat(bits: output.type.bits ?? 8, isSigned: output.type != .uint8)
      return output.quantization == probability(format) ? [] : ["softmax is not \(probability(format))"]
    case .reshape, .averagePool2D, .maxPool2D, .concatenation, .pad:
      var tied = [node.input(0)]
      if case .concatenation = node.operation { tied = node.inputs }
      if case .pad(let rules) = node.operation, rules.hasValue { tied.append(node.input(2)) }
      let scales = tied.compactMap { $0.map { network.tensors[$0].quantization } }
      return scales.allSatisfy { $0 == output.quantization } ? [] : ["tied tensors have scales of their own"]
    default: return []
    }
  }
}

extension Node {
  /// Whether this is a MAXIMUM or a MINIMUM by a constant that the source does not have.
  func isAddedClamp(_ network: Network, _ source: Network) -> Bool {
    guard ["MAXIMUM", "MINIMUM"].contains(operation.name), let constant = input(1) else { return false }
    return constant >= source.tensors.count && network.tensors[constant].isConstant
  }

  /// Whether this makes a tensor of the source from one that was added: a clamp, or a format of the device.
  fileprivate func isAddedBehind(_ network: Network, _ source: Network) -> Bool {
    if isAddedClamp(network, source) { return true }
    guard ["QUANTIZE", "RELU"].contains(operation.name), let input = input(0) else { return false }
    return input >= source.tensors.count && outputs[0] < source.tensors.count
  }
}
