internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// Gives every tensor on the device a type that the machine has, and every layer constants of its own.
///
/// Values keep their meaning as far as the new type allows: an unsigned tensor becomes signed by an offset of 2^(bits−1).
/// Scales are provisional; the next pass plans them.
struct AdoptFormats: RequantizationPass {
  let name = "adopt-formats"

  func run(
    _ state: inout RequantizationState, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> String {
    try requireKnownOperators(state)
    giveEachLayerItsOwnConstants(&state.target)
    state.deviceTensors = deviceTensors(state)
    var changed = 0
    for tensor in state.deviceTensors.sorted() {
      let type = state.target.tensors[tensor].type
      let adopted = try adoptedType(type, state.profile.activations.formats.map(\.name), state, tensor)
      if adopted != type {
        state.target.tensors[tensor].moveToType(adopted)
        changed += 1
      }
    }
    followHostData(&state)
    return "\(changed) of \(state.deviceTensors.count) activations change their type"
  }

  private func requireKnownOperators(_ state: RequantizationState) throws(RequantizationError) {
    let unknown = state.source.nodes.indices.filter {
      state.profile.operators[state.source.nodes[$0].operation.name] == nil
    }
    if unknown.isEmpty { return }
    throw RequantizationError(
      unknown.map {
        "\(state.label($0)): profile \(state.profile.name) does not have it; no requantization can mend that, "
          + "but operators.\(state.source.nodes[$0].operation.name).run = \"host\" in the profile would"
      })
  }

  /// Constants that several layers share are copied, since each layer chooses its own weight scale.
  private func giveEachLayerItsOwnConstants(_ network: inout Network) {
    var taken: Set<Int> = []
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
  private func deviceTensors(_ state: RequantizationState) -> Set<Int> {
    var result: Set<Int> = []
    var hostData: Set<Int> = []
    for node in state.target.nodes {
      let followsHost = node.operation.rescaling == .shared && node.input(0).map(hostData.contains) ?? false
      guard state.isDeviceOperator(node), !followsHost else {
        if followsHost || node.operation.rescaling == .fixedOutput { hostData.formUnion(node.outputs) }
        continue
      }
      result.formUnion(node.activationOperands)
      if node.operation.rescaling != .fixedOutput { result.formUnion(node.outputs) }
    }
    return result
  }

  /// The machine's format for a source type: the same one if it has it, else its first of 8 bits.
  private func adoptedType(
    _ type: ElementType, _ formats: [String], _ state: RequantizationState, _ tensor: Int
  ) throws(RequantizationError) -> ElementType {
    guard type == .int8 || type == .uint8 else {
      throw RequantizationError([
        "\(state.source.label(ofTensor: tensor)): is \(type); requantization starts from int8 or uint8"
      ])
    }
    if formats.contains(type.rawValue) { return type }
    for candidate in formats.compactMap(ElementType.init(rawValue:)) where candidate == .int8 || candidate == .uint8 {
      return candidate
    }
    throw RequantizationError([
      "profile \(state.profile.name) has no 8-bit activations (activations.formats is \(formats.joined(separator: ", ")))"
    ])
  }

  /// Outputs of host steps follow their inputs' type, as TensorFlow Lite demands.
  private func followHostData(_ state: inout RequantizationState) {
    for node in state.target.nodes {
      guard let output = node.outputs.first, !state.deviceTensors.contains(output), let input = node.input(0) else {
        continue
      }
      let type = state.target.tensors[input].type
      switch node.operation.rescaling {
      case .fixedOutput: state.target.tensors[output].moveToType(type)
      case .shared:
        state.target.tensors[output].type = type
        state.target.tensors[output].quantization = state.target.tensors[input].quantization
      case .weighted, .elementwise, .convert, .boundary: break
      }
    }
  }
}

extension Node {
  /// The operands that hold activations rather than weights, biases, axes or shapes.
  var activationOperands: [Int] {
    switch operation {
    case .add, .concatenation: inputs.compactMap(\.self)
    default: [input(0)].compactMap(\.self)
    }
  }
}

extension Tensor {
  /// Takes another 8-bit type; stored integers and zero points move by the difference of the types' smallest values.
  mutating func moveToType(_ new: ElementType) {
    guard let old = type.integerRange, let range = new.integerRange, new != type else { return }
    let offset = range.lowerBound - old.lowerBound
    if let values = integers() { data = Tensor.bytes(values.map { $0 + offset }, as: new).map { $0[...] } }
    type = new
    if let moved = quantization?.zeroPoints.map({ $0 + offset }) { quantization?.zeroPoints = moved }
  }
}
