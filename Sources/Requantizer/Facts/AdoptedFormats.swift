internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// The source with a type that the machine has for every tensor on the device, and constants of its own for every layer.
///
/// Values keep their meaning as far as the new type allows: an unsigned tensor becomes signed by an offset of 2^(bits−1).
/// Scales are provisional; a plan states the final ones.
struct AdoptedFormats: Sendable {
  /// The network; its operators stand at the source's indices, new tensors after the source's.
  private(set) var network: Network
  /// The activations that live on the device, whose formats and scales the profile rules.
  private(set) var deviceTensors: Set<Int> = []
  /// How many activations of the device have another type than in the source.
  private(set) var changed = 0
  private let deployment: Deployment

  /// - Throws: ``RequantizationError`` that names everything for which the machine has no operator, clamp, size or type.
  init(_ deployment: Deployment) throws(RequantizationError) {
    self.deployment = deployment
    network = deployment.source
    try requireNoBarrier()
    loosenClamps()
    giveEachLayerItsOwnConstants()
    deviceTensors = findDeviceTensors()
    for (tensor, type) in try adoptedTypes() where network.tensors[tensor].type != type {
      network.tensors[tensor].moveToType(type)
      changed += 1
    }
    followHostData()
    stateWideOptions()
  }

  /// What was done, in a sentence.
  var summary: String { "\(changed) of \(deviceTensors.count) activations change their type" }

  private var source: Network { deployment.source }

  private var profile: HardwareProfile { deployment.profile }

  /// Refuses what no choice of formats, scales or weights can mend, before any sample is computed.
  private func requireNoBarrier() throws(RequantizationError) {
    let reasons: [String] = profile.violations(of: source).compactMap { violation in
      switch violation.kind {
      case .unsupportedOperator
      where source.nodes[violation.node].operation.looserClamp(on: profile) != nil,
        .fusedActivation where source.nodes[violation.node].operation.looserClamp(on: profile) != nil:
        nil
      case .unsupportedOperator, .fusedActivation, .limit:
        "\(violation.place): \(violation.rule), and no requantization by profile \(profile.name) can mend that; "
          + violation.remedy
      case .format, .zeroPoint, .scale, .granularity, .narrowRange, .biasRange, .arithmetic: nil
      }
    }
    if !reasons.isEmpty { throw RequantizationError(reasons) }
  }

  /// A clamp that the machine lacks gives way to one that leaves a bound out; the end of the format takes its place.
  private mutating func loosenClamps() {
    for (index, node) in network.nodes.enumerated() {
      if let clamp = node.operation.looserClamp(on: profile) {
        network.nodes[index].operation = node.operation.with(clamp)
      }
    }
  }

  /// Constants that several layers share are copied, since each layer chooses its own weight scale.
  private mutating func giveEachLayerItsOwnConstants() {
    // What another kind of operator reads stays as it is.
    var taken = Set(
      network.nodes.filter { $0.operation.rescaling != .weighted }.flatMap { $0.inputs.compactMap(\.self) })
    for index in network.nodes.indices where network.nodes[index].operation.rescaling == .weighted {
      for position in 1..<max(network.nodes[index].inputs.count, 1) {
        guard let tensor = network.nodes[index].inputs[position] else { continue }
        if !taken.insert(tensor).inserted {
          network.tensors.append(network.tensors[tensor])
          network.nodes[index].inputs[position] = network.tensors.count - 1
        }
      }
    }
  }

  /// The activations that an operator of the device reads or writes.
  private func findDeviceTensors() -> Set<Int> {
    var result: Set<Int> = []
    var hostData: Set<Int> = []
    for node in network.nodes {
      let followsHost = node.operation.rescaling == .shared && node.input(0).map(hostData.contains) ?? false
      guard deployment.isDeviceOperator(node), !followsHost else {
        if followsHost || node.operation.rescaling == .fixedOutput || node.isRecurrentOnHost(of: profile) {
          hostData.formUnion(node.outputs)
        }
        if node.isRecurrentOnHost(of: profile) { hostData.formUnion(node.activationOperands) }
        continue
      }
      result.formUnion(node.activationOperands)
      if node.operation.rescaling != .fixedOutput { result.formUnion(node.outputs) }
    }
    for node in network.nodes where node.operation.isConversion {
      // A conversion between what the device holds anyway is the device's, and its scales are the machine's affair.
      let tensors = [node.input(0)].compactMap(\.self) + node.outputs
      let isInside = tensors.allSatisfy {
        result.contains($0) || (!hostData.contains($0) && profile.activations.accepts(source.tensors[$0]))
      }
      if isInside && profile.operators[node.operation.name]?.run == .device { result.formUnion(tensors) }
    }
    addHostOperands(hostData, &result)
    return result
  }

  /// Adds what the host reads together with the device's data or for it: TensorFlow Lite's operators do not mix types.
  ///
  /// What SOFTMAX and its like make has parameters that nobody chooses: only an operator that demands equal scales could ask
  /// for others, and a machine without 8 bits for another type.
  private func addHostOperands(_ hostData: Set<Int>, _ tensors: inout Set<Int>) {
    let has8Bits = profile.activations.formats.contains { $0.bits == 8 }
    var count = 0
    while count != tensors.count {
      count = tensors.count
      for node in network.nodes
      where !deployment.isDeviceOperator(node) && !node.operation.isConversion && !node.hasPlainData(in: source) {
        let operands = node.activationOperands
        if node.operation.rescaling == .fixedOutput || node.isRecurrentOnHost(of: profile) { continue }
        if operands.contains(where: tensors.contains) || node.outputs.contains(where: tensors.contains) {
          let keepsOwn = has8Bits && node.operation.rescaling != .shared
          tensors.formUnion(keepsOwn ? operands.filter { !hostData.contains($0) } : operands)
        }
      }
    }
  }

  /// Options that TensorFlow Lite reads for int16 alone: sums are rescaled as those of other types are, whatever their
  /// scales, and biases are int64.
  private mutating func stateWideOptions() {
    for (index, node) in network.nodes.enumerated() {
      guard let output = node.outputs.first, network.tensors[output].type == .int16 else { continue }
      switch node.operation {
      case .add(var rules):
        rules.usesPowerOfTwoScalesForInt16 = false
        network.nodes[index].operation = .add(rules)
      case .binary(var rules) where rules.function == .subtract:
        rules.usesPowerOfTwoScalesForInt16 = false
        network.nodes[index].operation = .binary(rules)
      case .conv2D(var rules) where rules.biasType != nil:
        rules.biasType = .int64
        network.nodes[index].operation = .conv2D(rules)
      case .fullyConnected(var rules) where rules.biasType != nil:
        rules.biasType = .int64
        network.nodes[index].operation = .fullyConnected(rules)
      default: break
      }
    }
  }

  /// The types of the device's tensors: a tensor's own where the machine has it, else the machine's first of 8 bits or
  /// int16.
  private func adoptedTypes() throws(RequantizationError) -> [(tensor: Int, type: ElementType)] {
    let scheme = profile.activations
    let formats = scheme.formats.map(\.name)
    // Without a zero point an unsigned tensor holds no negative number.
    let types = formats.compactMap(ElementType.init(rawValue:)).filter {
      $0 == .int8 || $0 == .int16 || ($0 == .uint8 && scheme.zeroPoint == .any)
    }
    guard let first = types.first else {
      throw RequantizationError([
        "profile \(profile.name) has no activations of 8 or 16 bits that hold negative numbers (activations.formats is "
          + "\(formats.joined(separator: ", ")), activations.zeroPoint is \(scheme.zeroPoint.rawValue)); "
          + "requantization is to int8, to int16, or to uint8 with any zero point"
      ])
    }
    let tensors = deviceTensors.sorted()
    let reasons: [String] = tensors.compactMap {
      let type = source.tensors[$0].type
      if (type == .int8 || type == .uint8) && source.tensors[$0].quantization?.isPerAxis == false { return nil }
      return "\(source.label(ofTensor: $0)): is \(type)"
        + (type.bits == 8 ? " without one scale for the whole tensor" : "")
        + "; requantization starts from int8 or uint8 activations: quantize the model to 8 bits first"
    }
    if !reasons.isEmpty { throw RequantizationError(reasons) }
    return tensors.map { tensor in
      let type = source.tensors[tensor].type
      return (tensor, types.contains(type) ? type : first)
    }
  }

  /// Outputs of host steps follow their inputs' type, as TensorFlow Lite demands.
  private mutating func followHostData() {
    for node in network.nodes
    where !node.operation.isConversion && !node.isRecurrentOnHost(of: profile) {
      guard let output = node.outputs.first, !deviceTensors.contains(output), let input = node.input(0) else {
        continue
      }
      let type = network.tensors[input].type
      switch node.operation.rescaling {
      case .fixedOutput, .weighted, .elementwise, .function, .convert: network.tensors[output].moveToType(type)
      case .shared:
        network.tensors[output].moveToType(type)
        network.tensors[output].quantization = network.tensors[input].quantization
        for operand in node.activationOperands { network.tensors[operand].moveToType(type) }
      case .boundary: break
      }
      // TensorFlow Lite's TANH gives any scale to 8 bits, and 2^−15 to 16.
      if case .unary(let rules) = node.operation, rules.function == .tanh, type == .int16 {
        network.tensors[output].quantization = Quantization(scale: 0x1p-15)
      }
    }
  }
}

extension Node {
  /// The operands that hold activations rather than weights, biases, axes or shapes.
  var activationOperands: [Int] {
    if case .pad(let rules) = operation, rules.hasValue { return [input(0), input(2)].compactMap(\.self) }
    return inputs[operation.activationPositions(count: inputs.count)].compactMap(\.self)
  }
}

extension Tensor {
  /// Takes another type of 8 bits, whose stored integers and zero points differ by the difference of the types' smallest
  /// values, or int16 with steps a 128th as large and the zero point 0: 8-bit integers lie within 255 of each other.
  mutating func moveToType(_ new: ElementType) {
    if new == .int16, type.bits == 8, let old = quantization, !old.isPerAxis {
      if let values = integers() {
        data = Tensor.bytes(values.map { ($0 - old.zeroPoint) << 7 }, as: new).map { $0[...] }
      }
      type = new
      quantization = Quantization(scale: old.scale / 128)
    }
    guard let old = type.integerRange, let range = new.integerRange, type.bits == 8, new.bits == 8 else { return }
    let offset = range.lowerBound - old.lowerBound
    if let values = integers() { data = Tensor.bytes(values.map { $0 + offset }, as: new).map { $0[...] } }
    type = new
    if let moved = quantization?.zeroPoints.map({ $0 + offset }) { quantization?.zeroPoints = moved }
  }
}
