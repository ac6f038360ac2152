internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel

/// UNIDIRECTIONAL_SEQUENCE_LSTM.
///
/// Source: `PopulateQuantizedLstmParams8x8_16` and `PopulatePrecomputedZPTimesWeightsWithBias` in TensorFlow Lite's
/// `kernels/unidirectional_sequence_lstm.cc`, which form the factors in float32.
extension NodeLowering {
  func sequenceLSTM(_ rules: SequenceLSTM) throws(OperatorFault) -> Step {
    let input = try operand(0)
    let source = try activation(input, "an input")
    let target = try activation(output, "an output")
    let (state, cell) = (try operand(SequenceLSTM.outputState), try operand(SequenceLSTM.cellState))
    guard input.type == .int8, output.type == .int8, state.type == .int8, cell.type == .int16 else {
      throw OperatorFault("works on \(input.type) with cells of \(cell.type); int8 with cells of int16 is supported")
    }
    try requireEqualQuantization(state, output)
    guard let cellScale = cell.quantization?.scale, cellScale.isPowerOfTwo, cell.quantization?.zeroPoint == 0,
      (0...6).contains(15 + Int(cellScale.exponent))
    else { throw OperatorFault("has cells whose scale is not 2^−15 to 2^−9, or that have a zero point") }
    guard node.intermediates.count == 5, let hidden = network.tensors[node.intermediates[4]].quantization,
      let zeroPoint = Int32(exactly: source.zeroPoint), let statePoint = Int32(exactly: target.zeroPoint)
    else { throw OperatorFault("does not state the scale of its hidden output among five intermediates") }
    var gates: [SequenceLSTMKernel.Gate] = []
    for gate in 0..<4 { gates.append(try self.gate(gate, source.scale, target.scale)) }
    let product = Float(0x1p-15 / Double(hidden.scale) * 0x1p-15)
    var stage = try outputStage(.none, requantizations: [StageLowering.requantization(stages, factor: Double(product))])
    stage.zeroPoint = hidden.zeroPoint
    let clip = rules.cellClip > 0 ? min(max(rules.cellClip / cellScale, 0), 32767) : 32768
    let time = rules.isTimeMajor ? 0 : 1
    let kernel = SequenceLSTMKernel(
      batches: input.shape[1 - time], times: input.shape[time], inputs: input.shape[2], cells: output.shape[2],
      isTimeMajor: rules.isTimeMajor, inputZeroPoint: zeroPoint, stateZeroPoint: statePoint, gates: gates,
      cellIntegerBits: 15 + Int(cellScale.exponent), cellClip: Int32(clip), output: stage)
    return step(.sequenceLSTM(kernel))
  }

  private func gate(_ index: Int, _ input: Float, _ state: Float) throws(OperatorFault) -> SequenceLSTMKernel.Gate {
    let weights = try operand(SequenceLSTM.inputWeights + index)
    let recurrent = try operand(SequenceLSTM.recurrentWeights + index)
    let bias = try operand(SequenceLSTM.biases + index)
    func integers(_ tensor: Tensor) throws(OperatorFault) -> (scale: Float, values: [Int32]) {
      guard tensor.type == .int8, let values = tensor.integers(), let quantization = tensor.quantization,
        !quantization.isPerAxis, quantization.zeroPoint == 0
      else { throw OperatorFault("has weights that are not int8 with one scale and the zero point 0") }
      return (quantization.scale, values.map { Int32($0) })
    }
    let (first, second) = (try integers(weights), try integers(recurrent))
    guard bias.type == .int32, let values = bias.integers() else {
      throw OperatorFault("has biases of type \(bias.type); int32 is supported")
    }
    let unit: Float = 0x1p-12
    return SequenceLSTMKernel.Gate(
      inputWeights: first.values, recurrentWeights: second.values, bias: values.map { Int32($0) },
      inputRequantization: try StageLowering.requantization(stages, factor: Double(first.scale * input / unit)),
      recurrentRequantization: try StageLowering.requantization(stages, factor: Double(second.scale * state / unit)))
  }
}

/// SVDF, whose factors TensorFlow Lite forms in float32: `Prepare` in `kernels/svdf.cc`.
extension NodeLowering {
  func svdf(_ rules: SVDF) throws(OperatorFault) -> Step {
    let (input, features, times, state) = (try operand(0), try operand(1), try operand(2), try operand(4))
    let source = try activation(input, "an input")
    let target = try activation(output, "an output")
    guard input.type == .int8, output.type == .int8, features.type == .int8, times.type == .int16, state.type == .int16
    else { throw OperatorFault("has other types than int8 with features and times of int16") }
    guard let first = features.quantization, let second = times.quantization, let held = state.quantization,
      let weights = features.integers(), let last = times.integers(), let zeroPoint = Int32(exactly: source.zeroPoint),
      !first.isPerAxis, !second.isPerAxis, first.zeroPoint == 0, second.zeroPoint == 0, held.zeroPoint == 0
    else { throw OperatorFault("has features or times that are no constants with one scale and the zero point 0") }
    guard target.zeroPoint == -128 else {
      throw OperatorFault("fuses RELU, and its output has the zero point \(target.zeroPoint) instead of −128")
    }
    let units = features.shape[0] / rules.rank
    var bias = [Int32](repeating: 0, count: units)
    if node.input(3) != nil {
      let tensor = try operand(3)
      guard tensor.type == .int32, let values = tensor.integers() else {
        throw OperatorFault("has a bias that is no constant of type int32")
      }
      bias = values.map { Int32($0) }
    }
    let enter = try StageLowering.requantization(stages, factor: Double(source.scale * first.scale / held.scale))
    let leave = try StageLowering.requantization(stages, factor: Double(held.scale * second.scale / target.scale))
    let memory = times.shape[1]
    let kernel = SVDFKernel(
      batches: input.shape[0], inputs: input.shape[1], rank: rules.rank, inputZeroPoint: zeroPoint,
      features: weights.map { Int32($0) }, featureRequantization: enter,
      times: (0..<features.shape[0]).map { Int32(last[$0 * memory + memory - 1]) }, bias: bias,
      outputStage: try outputStage(.none, requantizations: [leave]))
    return step(.svdf(kernel))
  }
}
