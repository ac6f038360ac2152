internal import FixedPoint
package import HardwareProfile
package import NetworkModel

extension Program {
  /// Turns a network into what a machine does.
  ///
  /// Every real scale becomes multipliers, shifts or tables here; a program holds integers only.
  ///
  /// - Parameters:
  ///   - network: A network that ``NetworkModel/Network/validate()`` finds sound.
  ///   - profile: The machine.
  /// - Returns: The program.
  /// - Throws: ``LoweringError`` with everything that is wrong: unsound parts, operators that the machine lacks,
  ///   formats and scales that it does not have, factors that it cannot multiply by.
  package static func lower(_ network: Network, for profile: HardwareProfile) throws(LoweringError) -> Program {
    let unsound = network.validate()
    if !unsound.isEmpty { throw LoweringError(unsound) }
    let violations = profile.violations(of: network)
    if !violations.isEmpty { throw LoweringError(violations.map(NetworkFault.init)) }
    let (steps, faults) = profile.steps(for: network)
    if !faults.isEmpty { throw LoweringError(faults.map(NetworkFault.init)) }
    let read = Set(steps.flatMap(\.inputs) + network.outputs)
    let values = network.tensors.indices.map { Value(network, $0, isRead: read.contains($0)) }
    let unreadable = read.sorted().filter { network.tensors[$0].isConstant && values[$0].constant == nil }
    if !unreadable.isEmpty {
      throw LoweringError(
        unreadable.map {
          NetworkFault(
            place: network.label(ofTensor: $0),
            message:
              "is a constant of type \(network.tensors[$0].type) that is read; float32, and integers of 4 to 64 bits "
              + "whose values fit int32, are supported")
        })
    }
    return Program(
      profile: profile.name, values: values, steps: steps, inputs: network.inputs, outputs: network.outputs)
  }
}

extension HardwareProfile {
  /// Everything that keeps a sound network from running on the machine: broken demands, and factors that its
  /// requantizer does not have.
  package func conformanceFaults(of network: Network) -> [Violation] {
    let broken = violations(of: network)
    let nodes = Set(broken.map(\.node))
    return broken + steps(for: network).faults.filter { !nodes.contains($0.node) }
  }

  /// What mends an operator that the machine cannot compute: other scales, if it can be computed at all.
  private func remedy(_ lowering: NodeLowering) -> String {
    let onHost = NodeLowering(
      network: lowering.network, placement: .host,
      machine: HardwareProfile.host.arithmetic(for: lowering.node, in: lowering.network),
      weightScheme: lowering.weightScheme, index: lowering.index, node: lowering.node)
    let works = (try? onHost.steps()) != nil
    return works
      ? "requantize for this profile" : "TensorFlow Lite's own arithmetic does not have it either: change the model"
  }

  /// The steps of all operators, and the operators that have none.
  func steps(for network: Network) -> (steps: [Step], faults: [Violation]) {
    var steps: [Step] = []
    var faults: [Violation] = []
    let placements = placements(in: network)
    let schemes = weightSchemes(in: network)
    for (index, node) in network.nodes.enumerated() {
      let machine = (placements[index] == .host ? .host : self).arithmetic(for: node, in: network)
      let lowering = NodeLowering(
        network: network, placement: placements[index], machine: machine,
        weightScheme: schemes[index] ?? machine.weights, index: index, node: node)
      do throws(OperatorFault) {
        steps += try lowering.steps()
      } catch {
        faults.append(
          Violation(
            kind: .arithmetic, place: network.label(ofNode: index), node: index,
            key: placements[index] == .host ? nil : error.part.map { key(of: $0, node, in: network) },
            rule: error.message, remedy: remedy(lowering)))
      }
    }
    return (steps, faults)
  }
}

extension HardwareProfile {
  /// The key that states a part of an operator's arithmetic.
  private func key(of part: OperatorFault.Part, _ node: Node, in network: Network) -> String {
    let wide = int16Section(for: node, in: network)
    let name = node.operation.name
    let policy = wide?.operators[name] ?? operators[name]
    if part == .requantize, policy?.requantize == nil {
      return wide?.requantize == nil ? "requantize" : "int16.requantize"
    }
    return (wide?.operators[name] == nil ? "" : "int16.") + "operators.\(name).\(part.rawValue)"
  }
}

extension Value {
  /// What a tensor of a network holds; a constant's elements are kept only where a step reads them as an operand.
  init(_ network: Network, _ index: Int, isRead: Bool) {
    let tensor = network.tensors[index]
    let stored = isRead ? tensor.integers() ?? tensor.floatBits() : nil
    // Elements are 32 bits wide in a program; another number is not cut to them.
    let constant = stored.flatMap { $0.contains { Int32(exactly: $0) == nil } ? nil : $0.map { Int32($0) } }
    var kind = Value.Kind.float32Bits
    if tensor.type.integerRange != nil, let bits = tensor.type.bits {
      kind = .integer(IntegerFormat(bits: bits, isSigned: !tensor.type.isUnsigned))
    }
    self.init(
      tensor: index, name: tensor.name, type: tensor.type, shape: tensor.shape, kind: kind, constant: constant)
  }
}

extension ElementType {
  /// Whether the type is an unsigned integer.
  var isUnsigned: Bool {
    switch self {
    case .uint4, .uint8, .uint16, .uint32, .uint64: true
    default: false
    }
  }
}

/// The lowering of one operator: what its parts share.
struct NodeLowering {
  let network: Network
  let placement: Placement
  /// The arithmetic of whoever runs the operator: the profile's, or the host's.
  var machine: HardwareProfile
  /// What the machine's weights of this operator look like.
  let weightScheme: WeightScheme
  let index: Int
  var node: Node

  /// How the machine runs the operator; one that it does not have was reported as a violation.
  var policy: OperatorPolicy? { machine.operators[node.operation.name] }

  /// The operands by position.
  var operands: [Tensor?] { network.operands(of: node) }

  /// The result.
  var output: Tensor { network.tensors[node.outputs[0]] }

  /// The requantization stages of the operator.
  var stages: [StageTemplate] { policy?.requantize ?? machine.requantize }

  /// Whether the operator's factors are products and quotients of scales in float32.
  var formsFactorsInFloat32: Bool { stages.contains { $0.factorFormat == .float32 } }

  /// An operand that must be there.
  func operand(_ position: Int) throws(OperatorFault) -> Tensor {
    guard let index = node.input(position) else { throw OperatorFault("lacks its operand \(position)") }
    return network.tensors[index]
  }

  /// A step that reads the given operand positions.
  func step(_ kernel: Kernel, reads positions: [Int] = [0]) -> Step {
    Step(
      node: index, name: node.operation.name, placement: placement,
      inputs: positions.compactMap { node.input($0) }, output: node.outputs[0], kernel: kernel)
  }

  /// The operator as the machine performs it: a step for each output.
  func steps() throws(OperatorFault) -> [Step] {
    try requireInt16Support()
    if case .movement(let movement) = node.operation { return try move(movement) }
    return [try step()]
  }

  private func step() throws(OperatorFault) -> Step {
    switch node.operation {
    case .conv2D(let rules): try convolution(rules)
    case .depthwiseConv2D(let rules): try depthwiseConvolution(rules)
    case .fullyConnected(let rules): try fullyConnected(rules)
    case .add(let rules):
      node.hasPlainData(in: network) ? try hostBinary(.add, rules.activation) : try add(rules.activation)
    case .averagePool2D(let rules): try averagePool(rules)
    case .maxPool2D(let rules): try maxPool(rules)
    case .mean(let rules): try mean(rules)
    case .reshape: try copy()
    case .softmax(let rules) where node.worksOnInt16(in: network): try softmax16(rules)
    case .softmax(let rules): try policy?.softmax == .floatTable ? floatSoftmax(rules) : softmax(rules)
    case .quantize: try quantize()
    case .dequantize: try dequantize()
    case .pad(let rules): try pad(rules)
    case .concatenation(let rules): try concatenation(rules)
    case .relu(let rules): try relu(rules)
    case .binary(let rules): try binary(rules)
    case .unary(let rules): try unary(rules)
    case .prelu: try prelu()
    case .cast: try cast()
    case .argMax(let rules): try argMax(rules)
    case .resize(let rules): try resize(rules)
    case .pack(let rules): try pack(rules)
    case .lookup(let rules): try lookup(rules)
    case .sequenceLSTM(let rules): try sequenceLSTM(rules)
    case .sum(let rules): try sum(rules)
    case .svdf(let rules): try svdf(rules)
    case .l2Normalization: try l2Normalization()
    case .batchMatMul(let rules): try matrixProduct(rules)
    case .transposeConv(let rules): try transposeConvolution(rules)
    case .movement(let movement): try move(movement)[0]
    }
  }

  /// The parameters of a tensor that must be an activation quantized per tensor, int16 around 0.
  func activation(_ tensor: Tensor, _ role: String) throws(OperatorFault) -> Quantization {
    guard tensor.type == .int8 || tensor.type == .uint8 || tensor.type == .int16 else {
      throw OperatorFault("has \(role) of type \(tensor.type); int8, uint8 and int16 are supported")
    }
    guard let quantization = tensor.quantization, !quantization.isPerAxis else {
      throw OperatorFault("has \(role) without one scale and zero point for the whole tensor")
    }
    if tensor.type == .int16 && quantization.zeroPoint != 0 {
      throw OperatorFault("has \(role) of type int16 with the zero point \(quantization.zeroPoint); it must be 0")
    }
    return quantization
  }

  /// The clamp of the output: the format's limits, narrowed by the fused activation.
  ///
  /// A real bound is `zeroPoint + round(bound / scale)` with a float32 quotient, ties away from zero, in TensorFlow Lite's
  /// `CalculateActivationRangeQuantized`; XNNPACK's `xnn_qs8_quantize` rounds `bound / scale + zeroPoint`, ties to even.
  func outputStage(
    _ activation: Activation, requantizations: [Requantization], addsZeroPoint: Bool = true
  ) throws(OperatorFault) -> OutputStage {
    let quantization = try self.activation(output, "an output")
    guard let range = output.type.integerRange, activation.isClamp else {
      throw OperatorFault("fuses \(activation.rawValue), which is not a clamp")
    }
    func stored(_ bound: Float?) -> Int64? {
      bound.map {
        let quotient = $0 / quantization.scale
        switch policy?.fusedBounds ?? machine.fusedBounds {
        case .awayFromZeroThenZeroPoint:
          let steps = Double(quotient.rounded(.toNearestOrAwayFromZero))
          return quantization.zeroPoint + Int64(max(min(steps, 0x1p31), -0x1p31))
        case .zeroPointThenToEven:
          let steps = Double((quotient + Float(quantization.zeroPoint)).rounded(.toNearestOrEven))
          return Int64(max(min(steps, 0x1p31), -0x1p31))
        }
      }
    }
    let bounds = (low: stored(activation.bounds.low), high: stored(activation.bounds.high))
    let low = max(range.lowerBound, bounds.low ?? .min)
    let high = min(range.upperBound, bounds.high ?? .max)
    guard low <= high else {
      throw OperatorFault("fuses \(activation.rawValue), whose bounds lie outside of what its output can hold")
    }
    return OutputStage(
      requantizations: requantizations, zeroPoint: addsZeroPoint ? quantization.zeroPoint : 0, low: low, high: high,
      lowIsFormat: bounds.low.map { $0 < range.lowerBound } ?? true,
      highIsFormat: bounds.high.map { $0 > range.upperBound } ?? true)
  }

  /// Two tensors whose stored integers must mean the same.
  func requireEqualQuantization(_ tensor: Tensor, _ other: Tensor) throws(OperatorFault) {
    guard tensor.type == other.type else {
      throw OperatorFault("moves integers from \(tensor.type) to \(other.type); both must be equal")
    }
    guard tensor.quantization?.scales == other.quantization?.scales,
      tensor.quantization?.zeroPoints == other.quantization?.zeroPoints
    else { throw OperatorFault("moves integers, so its input and output must have equal scales and zero points") }
  }

  /// The profile's register.
  var accumulatorRule: AccumulatorRule {
    let scheme = machine.accumulator
    let products: Int? =
      switch scheme.check {
      case .product: 1
      case .group: scheme.groupSize
      case .end: nil
      }
    return AccumulatorRule(
      format: .int(scheme.bits), overflow: scheme.overflow, productsPerCheck: products,
      startsFromBias: scheme.bias == .first)
  }
}
