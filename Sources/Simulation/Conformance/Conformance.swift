internal import FixedPoint
package import HardwareProfile
package import NetworkModel

/// One way in which a network does not fit a machine.
package struct Violation: Hashable, Sendable {
  /// What kind of demand is broken; raw values stand in JSON output and are stable.
  package enum Kind: String, CaseIterable, Sendable, Hashable, Codable {
    case unsupportedOperator, fusedActivation, format, zeroPoint, scale, granularity, narrowRange, biasRange, limit
    case arithmetic
  }

  /// The kind of demand.
  package let kind: Kind
  /// The tensor and the operator that brings the demand about, or the operator alone.
  package let place: String
  /// The file's index of the operator that brings the demand about.
  package let node: Int
  /// The key of the profile that demands it, such as `activations.zeroPoint`; `nil` where the operator itself does.
  package let key: String?
  /// What the machine demands and what the file has.
  package let rule: String
  /// The rewrite that would mend it.
  package let remedy: String

  /// Creates a violation.
  package init(kind: Kind, place: String, node: Int, key: String?, rule: String, remedy: String) {
    self.kind = kind
    self.place = place
    self.node = node
    self.key = key
    self.rule = rule
    self.remedy = remedy
  }
}

extension Violation: CustomStringConvertible {
  /// The place, what the machine demands there, the key that says so, and the remedy.
  package var description: String { "\(withoutRemedy); \(remedy)" }

  /// The place, what the machine demands there and the key that says so.
  package var withoutRemedy: String { NetworkFault(self).description }
}

extension NetworkFault {
  /// A violation as a fault of the network on its machine.
  init(_ violation: Violation) {
    self.init(place: violation.place, message: violation.rule + (violation.key.map { " (\($0))" } ?? ""))
  }
}

extension HardwareProfile {
  /// Who runs each operator of a network; one that the profile does not know counts as the device's, and is a violation.
  ///
  /// Some operators follow their data. A conversion between a format of the device and one that it does not have
  /// is the host's, since it is where data enters or leaves the device. What merely moves integers that a host step made
  /// stays on the host. Arithmetic on float32 and on integers of 32 bits and more without scales is the host's.
  package func placements(in network: Network) -> [Placement] {
    var isHostData = [Bool](repeating: false, count: network.tensors.count)
    return network.nodes.map { node in
      let placement = placement(of: node, in: network, readsHostData: node.input(0).map { isHostData[$0] } ?? false)
      if placement == .host {
        for output in node.outputs where !activations.accepts(network.tensors[output]) { isHostData[output] = true }
      }
      return placement
    }
  }

  private func placement(of node: Node, in network: Network, readsHostData: Bool) -> Placement {
    let run = operators[node.operation.name]?.run ?? .device
    if node.hasPlainData(in: network) { return .host }
    switch node.operation.rescaling {
    case .shared: return readsHostData ? .host : run
    case .convert, .boundary:
      guard node.operation.isConversion else { return run }
      let tensors = (node.inputs.compactMap(\.self) + node.outputs).map { network.tensors[$0] }
      return tensors.allSatisfy(activations.accepts) ? run : .host
    case .weighted, .elementwise, .function, .fixedOutput: return run
    }
  }

  /// Everything in a sound network that the machine does not allow, apart from factors that it cannot multiply by.
  ///
  /// Each tensor is reported once for each rule, at the first operator of the device that touches it.
  package func violations(of network: Network) -> [Violation] {
    var found: [Violation] = []
    var seen: Set<Int> = []
    let placements = placements(in: network)
    let schemes = weightSchemes(in: network)
    for (index, node) in network.nodes.enumerated() where placements[index] == .device {
      let place = network.label(ofNode: index)
      guard operators[node.operation.name] != nil else {
        found.append(
          Violation(
            kind: .unsupportedOperator, place: place, node: index, key: "operators.\(node.operation.name)",
            rule: "profile \(name) does not state \(node.operation.name)",
            remedy:
              "state how the machine computes it, or run it on the host: operators.\(node.operation.name).run = \"host\""
          ))
        continue
      }
      if !fusedActivations.contains(node.operation.activation.rawValue) {
        found.append(
          Violation(
            kind: .fusedActivation, place: place, node: index, key: "fusedActivations",
            rule: "the machine does not fuse \(node.operation.activation.rawValue)",
            remedy: "choose one of \(fusedActivations.joined(separator: ", "))"))
      }
      found += violations(ofWindows: node, index, in: network)
      let wideBias = int16Section(for: node, in: network)?.bias
      let bias = (scheme: wideBias ?? self.bias, key: wideBias == nil ? "bias.bits" : "int16.bias.bits")
      for (tensor, role) in roles(of: node) where seen.insert(tensor).inserted {
        found += violations(
          of: network.tensors[tensor], role, "\(network.label(ofTensor: tensor)) of \(place)", index,
          schemes[index] ?? weights, bias)
      }
    }
    return found + (weightMemoryViolation(of: network).map { [$0] } ?? [])
  }

  /// What a tensor is to an operator.
  private enum Role {
    case activation, weights, bias
  }

  /// The tensors of an operator that the profile's schemes bind.
  private func roles(of node: Node) -> [(Int, Role)] {
    var result: [(Int, Role)] = []
    switch node.operation.rescaling {
    case .weighted:
      for (position, role) in [Role.activation, .weights, .bias].enumerated() {
        if let tensor = node.input(position) { result.append((tensor, role)) }
      }
    case .elementwise, .shared, .convert, .boundary, .function, .fixedOutput:
      let positions = node.operation.activationPositions(count: node.inputs.count)
      result += node.inputs[positions].compactMap(\.self).map { ($0, .activation) }
    }
    // An output whose parameters the operator itself prescribes binds nobody.
    if node.operation.rescaling != .fixedOutput { result += node.outputs.map { ($0, .activation) } }
    return result
  }

  private func violations(
    of tensor: Tensor, _ role: Role, _ place: String, _ node: Int, _ scheme: WeightScheme,
    _ bias: (scheme: BiasScheme, key: String)
  ) -> [Violation] {
    switch role {
    case .activation: activations.violations(of: tensor, place, node) + limitViolations(of: tensor, place, node)
    case .weights: scheme.violations(of: tensor, place, node)
    case .bias: bias.scheme.violations(of: tensor, place, node, bias.key)
    }
  }
}

extension Node {
  /// Whether the operator works on numbers of the host, which have no scales.
  package func hasPlainData(in network: Network) -> Bool {
    if operation.isConversion || operation.rescaling == .weighted { return false }
    let read = inputs[operation.activationPositions(count: inputs.count)].compactMap(\.self)
    return read.contains { [.float32, .int32, .int64].contains(network.tensors[$0].type) }
  }
}

extension ActivationScheme {
  /// Whether a tensor may be an activation of the machine.
  package func accepts(_ tensor: Tensor) -> Bool { violations(of: tensor, "", 0).isEmpty }

  func violations(of tensor: Tensor, _ place: String, _ node: Int) -> [Violation] {
    var check = SchemeCheck(place: place, node: node, subject: "activations")
    check.format(of: tensor, formats)
    guard let quantization = tensor.quantization else {
      check.add(.scale, "activations have a scale; here there is none", "quantize the model")
      return check.found
    }
    check.zeroPoint(zeroPoint, quantization, tensor.type, formats)
    if quantization.isPerAxis {
      let count = quantization.scales.count
      check.add(.granularity, "activations have one scale; here there are \(count)", "requantize per tensor")
    }
    check.scale(scale, quantization)
    return check.found
  }
}

/// The demands that activations and weights have in common, and what was found to break them.
struct SchemeCheck {
  let place: String
  let node: Int
  /// "activations" or "weights".
  let subject: String
  private(set) var found: [Violation] = []

  init(place: String, node: Int, subject: String) {
    self.place = place
    self.node = node
    self.subject = subject
  }

  /// Notes what breaks the demand of the scheme's key of this kind.
  mutating func add(_ kind: Violation.Kind, _ rule: String, _ remedy: String) {
    let key = kind == .format ? "formats" : kind.rawValue
    found.append(
      Violation(kind: kind, place: place, node: node, key: "\(subject).\(key)", rule: rule, remedy: remedy))
  }

  mutating func format(of tensor: Tensor, _ formats: [IntegerFormat]) {
    if tensor.type.format.map(formats.contains) ?? false { return }
    let allowed = formats.map(\.name).joined(separator: " or ")
    add(.format, "\(subject) are \(allowed); here they are \(tensor.type)", "requantize")
  }

  /// The zero point as it would be after the offset that turns an unsigned type into the machine's signed one, so that
  /// uint8 around 128 is as symmetric as int8 around 0.
  mutating func zeroPoint(
    _ kind: ZeroPointKind, _ quantization: Quantization, _ type: ElementType, _ formats: [IntegerFormat]
  ) {
    guard kind == .none, let range = type.integerRange else { return }
    var offset: Int64 = 0
    var target = ""
    if let first = formats.first, !(type.format.map(formats.contains) ?? false), type.bits == first.bits {
      offset = Int64(first.minimum) - range.lowerBound
      target = first.name
    }
    if let bad = quantization.zeroPoints.first(where: { $0 + offset != 0 }) {
      let words = offset == 0 ? "\(bad)" : "\(bad) of \(type), which becomes \(bad + offset) of \(target)"
      add(.zeroPoint, "\(subject) have the zero point 0; here it is \(words)", "requantize to a symmetric scale")
    }
  }

  mutating func scale(_ kind: ScaleKind, _ quantization: Quantization) {
    guard kind == .powerOfTwo, let odd = quantization.scales.first(where: { !$0.isPowerOfTwo }) else { return }
    add(.scale, "scales are powers of two; here one is \(odd)", "requantize to a power-of-two scale")
  }
}

extension BiasScheme {
  func violations(of tensor: Tensor, _ place: String, _ node: Int, _ key: String) -> [Violation] {
    let format = fileFormat(storedIn: tensor.type.bits ?? 32)
    guard let worst = tensor.integers()?.first(where: { !format.contains(Int128($0)) }) else { return [] }
    let above = shift == 0 ? "" : " above the lowest \(shift)"
    return [
      Violation(
        kind: .biasRange, place: place, node: node, key: key,
        rule: "biases have \(bits) bits\(above); this one holds \(worst)",
        remedy: "a larger scale of the input or the weights makes it smaller: their product is the bias's own")
    ]
  }
}

extension ElementType {
  /// The integer format of a quantized type, or `nil` for a type that is none.
  var format: IntegerFormat? {
    guard integerRange != nil, let bits else { return nil }
    return IntegerFormat(bits: bits, isSigned: !isUnsigned)
  }
}

extension Float {
  /// Whether the number is two to an integer power.
  package var isPowerOfTwo: Bool { isNormal && self > 0 && significand == 1 }
}
