import FixedPoint
import HardwareProfile
import Network
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
    // Only what makes a new tensor may come: padding, and conversions between host and device.
    let (kept, new) = (network.nodes.filter { $0.outputs[0] < source.tensors.count }, network.nodes)
    if kept.map(\.operation.name) != source.nodes.map(\.operation.name) { found.append("operators come or go") }
    if new.contains(where: {
      $0.outputs[0] >= source.tensors.count && !["PADV2", "QUANTIZE"].contains($0.operation.name)
    }) {
      found.append("strange operators come")
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
