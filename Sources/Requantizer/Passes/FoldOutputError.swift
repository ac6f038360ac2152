internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// Moves each bias so that a layer's mean output over the calibration samples is the source's, channel by channel.
///
/// Layers are visited in order on the target's own arithmetic, so each one sees the inputs that the re-quantized prefix
/// gives it and makes up for that prefix's mean error too: our formulation of MRQ's "rounding error folding" with data.
/// The mean is that of the clamped output; the correction solves
/// `mean(clamp(requantize(acc + Δ))) · s_y = mean of the source's output` by bisection on a histogram of accumulators.
struct FoldOutputError: RequantizationPass {
  let name = "fold-output-error"
  let calibration: CalibrationSet
  let threads: Int

  func run(
    _ state: inout RequantizationState, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> String {
    let engine = ReferenceEngine(try Program.lower(state.target, for: state.profile))
    let program = engine.program
    var memory = try inputs(state, program)
    var corrected = 0
    for (position, step) in program.steps.enumerated() {
      let operands = step.inputs.map { memory.slots[$0] ?? [] }
      if case .convolution(let kernel) = step.kernel, step.placement == .device,
        let goal = goal(state, step.output), let bias = state.target.nodes[step.node].input(2)
      {
        let (deltas, outputs) = try await correct(engine, step, kernel, operands[0], goal)
        memory.slots[step.output] = outputs
        try apply(deltas, kernel, step, bias, &state)
        if deltas.contains(where: { $0 != 0 }) { corrected += 1 }
      } else {
        let count = calibration.count
        memory.slots[step.output] = try await parallelMap(count, threads: threads) { sample in
          let elements = operands.map { $0.isEmpty ? [] : $0[sample].elements }
          return PackedElements(try engine.run(step: step, operands: elements).elements)
        }
      }
      for value in step.inputs where !program.steps[(position + 1)...].contains(where: { $0.inputs.contains(value) }) {
        memory.slots[value] = nil
      }
      progress(position + 1, program.steps.count)
    }
    return "\(corrected) layers corrected over \(calibration.count) samples"
  }

  /// For each value that is still needed its elements for all samples.
  private struct Memory {
    var slots: [Int: [PackedElements]] = [:]
  }

  /// The samples as the target stores them.
  private func inputs(_ state: RequantizationState, _ program: Program) throws -> Memory {
    var memory = Memory()
    let conversions = zip(state.source.inputs, program.inputs).map {
      InputConversion(from: state.source.tensors[$0], to: state.target.tensors[$1])
    }
    for sample in 0..<calibration.count {
      for (position, elements) in try calibration.sample(sample).enumerated() {
        memory.slots[program.inputs[position], default: []].append(PackedElements(conversions[position](elements)))
      }
    }
    return memory
  }

  /// The source's mean output of each channel, in steps of the target's output, or `nil` without statistics.
  private func goal(_ state: RequantizationState, _ tensor: Int) -> [Double]? {
    guard let source = state.source.tensors[tensor].quantization,
      let means = state.statistics?.means(tensor, source),
      let target = state.target.tensors[tensor].quantization
    else { return nil }
    return means.map { $0 / Double(target.scale) + Double(target.zeroPoint) }
  }

  /// The corrections of one layer, and its outputs with them.
  private func correct(
    _ engine: ReferenceEngine, _ step: Step, _ kernel: ConvolutionKernel, _ operands: [PackedElements],
    _ goal: [Double]
  ) async throws -> ([Int64], [PackedElements]) {
    let raw = step.withKernel(.convolution(kernel.givingAccumulators))
    let channels = kernel.output[3]
    let stage = kernel.outputStage
    // Accumulators are kept only where all of them fit; otherwise they are computed a second time.
    let keeps = calibration.count * kernel.output.count <= 1 << 27
    let sums = try await parallelMap(calibration.count, threads: threads) { sample in
      let result = try engine.run(step: raw, operands: [operands[sample].elements])
      var histograms = AccumulatorHistograms(stage, channels: channels)
      histograms.add(result.elements)
      return (
        histograms: histograms, accumulators: keeps ? result.elements : [],
        overflows: result.events.accumulatorOverflows
      )
    }
    var histograms = AccumulatorHistograms(stage, channels: channels)
    for sum in sums { histograms.add(sum.histograms) }
    let deltas = (0..<channels).map { histograms.correction(channel: $0, goal: goal[$0]) }
    let final = step.withKernel(.convolution(kernel.addingToBias(deltas)))
    let exact = keeps && sums.allSatisfy { $0.overflows == 0 } && histograms.staysWithin(kernel.accumulator, deltas)
    let outputs = try await parallelMap(calibration.count, threads: threads) { sample in
      if !exact { return PackedElements(try engine.run(step: final, operands: [operands[sample].elements]).elements) }
      var channel = 0
      let elements = sums[sample].accumulators.map { accumulator in
        let result = stage.requantization(channel).apply(Int64(accumulator) + deltas[channel]) + stage.zeroPoint
        channel = channel + 1 == channels ? 0 : channel + 1
        return Int32(min(max(result, stage.low), stage.high))
      }
      return PackedElements(elements)
    }
    return (deltas, outputs)
  }

  /// Writes the corrections into the target's bias and the report.
  private func apply(
    _ deltas: [Int64], _ kernel: ConvolutionKernel, _ step: Step, _ bias: Int, _ state: inout RequantizationState
  ) throws {
    let values = zip(kernel.bias, deltas).map { $0 + $1 }
    state.target.tensors[bias].data = Tensor.bytes(values, as: .int32).map { $0[...] }
    guard let layer = state.layers.firstIndex(where: { $0.node == step.node }) else { return }
    let scales = state.target.tensors[bias].quantization
    let output = Double(state.target.tensors[step.output].quantization?.scale ?? 1)
    state.layers[layer].largestBiasCorrection = deltas.enumerated().reduce(0) { largest, item in
      max(largest, abs(Double(item.element)) * Double(scales?.scale(at: item.offset) ?? 0) / output)
    }
  }
}

extension Step {
  /// The same step with another kernel.
  fileprivate func withKernel(_ kernel: Kernel) -> Step {
    Step(node: node, name: name, placement: placement, inputs: inputs, output: output, kernel: kernel)
  }
}

extension ConvolutionKernel {
  /// The same sums without what follows them: the result is what the register holds.
  fileprivate var givingAccumulators: ConvolutionKernel {
    var kernel = self
    kernel.outputStage = OutputStage(
      requantizations: [.identity], zeroPoint: 0, low: Int64(Int32.min), high: Int64(Int32.max), lowIsFormat: true,
      highIsFormat: true)
    return kernel
  }

  /// The same kernel with a correction added to each bias.
  fileprivate func addingToBias(_ deltas: [Int64]) -> ConvolutionKernel {
    var kernel = self
    kernel.bias = zip(bias, deltas).map { $0 + $1 }
    return kernel
  }
}
