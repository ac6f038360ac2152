internal import HardwareProfile
package import NetworkModel

extension HardwareProfile {
  /// The machine as an operator sees it: on int16 activations its arithmetic may be another.
  func arithmetic(for node: Node, in network: Network) -> HardwareProfile {
    guard node.worksOnInt16(in: network) else { return self }
    return onInt16(hasNarrowBias: node.hasNarrowBias(in: network))
  }

  /// What the profile states for an operator because it works on int16; `nil` where the rest of the profile rules it.
  func int16Section(for node: Node, in network: Network) -> Int16Arithmetic? {
    node.worksOnInt16(in: network) ? int16Section(hasNarrowBias: node.hasNarrowBias(in: network)) : nil
  }
}

extension Node {
  /// Whether activations that the operator reads or writes are int16; what it holds between samples does not count.
  package func worksOnInt16(in network: Network) -> Bool {
    let read = inputs[operation.activationPositions(count: inputs.count)].compactMap(\.self)
    return (read + outputs).contains { network.tensors[$0].type == .int16 && network.tensors[$0].quantization != nil }
  }

  /// Whether the file stores the layer's biases in 32 bits.
  fileprivate func hasNarrowBias(in network: Network) -> Bool { bias(in: network)?.type == .int32 }

  /// The bias of a layer with weights.
  func bias(in network: Network) -> Tensor? {
    switch operation {
    case .conv2D, .depthwiseConv2D, .fullyConnected: input(2).map { network.tensors[$0] }
    case .transposeConv: input(3).map { network.tensors[$0] }
    default: nil
    }
  }
}

extension NodeLowering {
  /// The bits of the sums that TensorFlow Lite's requantization of 64-bit sums is made for: no product with a 16-bit
  /// multiplier leaves 64 bits then.
  static let wideSumBits = 47

  /// Refuses operators that are not known for int16 activations, rather than to compute what no machine does.
  func requireInt16Support() throws(OperatorFault) {
    guard node.worksOnInt16(in: network), !isKnownForInt16 else { return }
    let tensors = node.inputs[node.operation.activationPositions(count: node.inputs.count)].compactMap(\.self)
    let tensor = (tensors + node.outputs).first { network.tensors[$0].type == .int16 } ?? node.outputs[0]
    throw OperatorFault(
      "works on \(network.label(ofTensor: tensor)) of int16, which is not supported for \(node.operation.name); "
        + "requantize it to int8")
  }

  private var isKnownForInt16: Bool {
    switch node.operation {
    case .conv2D, .depthwiseConv2D, .fullyConnected, .transposeConv, .batchMatMul, .add, .averagePool2D, .maxPool2D,
      .mean, .reshape, .softmax, .quantize, .dequantize, .pad, .concatenation, .cast, .resize, .movement, .pack,
      .lookup, .argMax, .relu:
      true
    case .binary(let rules): rules.function != .divide && rules.function != .floorDivide
    case .unary(let rules): policy?.table != nil || (rules.function != .hardSwish && rules.function != .squareRoot)
    case .prelu, .sequenceLSTM, .svdf, .sum, .l2Normalization: false
    }
  }

  /// Refuses sums that may leave the bits that the arithmetic is made for; no real layer comes near.
  ///
  /// A product of 8 by 16 bits is at most 2^22 in magnitude.
  func requireInt16Sums(taps: Int, _ biases: [Int64]) throws(OperatorFault) {
    let reach = Int128(1) << Int128(Self.wideSumBits)
    guard let bad = biases.first(where: { Int128(taps) << 22 + Int128($0.magnitude) >= reach }) else { return }
    throw OperatorFault(
      "adds \(taps) products and a bias of \(bad), whose sum may leave \(Self.wideSumBits) bits and a sign")
  }

  /// Refuses what TensorFlow Lite refuses of biases beside int16 activations.
  func requireInt16Bias(_ bias: Tensor) throws(OperatorFault) {
    var stated: ElementType?
    switch node.operation {
    case .conv2D(let rules): stated = rules.biasType
    case .fullyConnected(let rules): stated = rules.biasType
    case .transposeConv(let rules): stated = rules.biasType
    default: break
    }
    if let stated, stated != bias.type {
      throw OperatorFault("has a bias of type \(bias.type); its option quantized_bias_type says \(stated)")
    }
    if bias.type == .int32 && stated == nil {
      throw OperatorFault(
        "has int16 activations and an int32 bias without the option quantized_bias_type; TensorFlow Lite would read the "
          + "bias as int64")
    }
  }
}
