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
  /// Told each value that was computed, for all samples.
  let observer: (@Sendable (Int, [[Int32]]) -> Void)?

  func run(
    _ state: inout RequantizationState, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> String {
    let engine = ReferenceEngine(try Program.lower(state.target, for: state.profile))
    let program = engine.program
    let lastUses = program.lastUses()
    var memory = try inputs(state, program)
    var corrected = 0
    for (position, step) in program.steps.enumerated() {
      let operands = step.inputs.map { memory.slots[$0] ?? [] }
      if case .convolution(let kernel) = step.kernel, step.placement == .device,
        operands[0].count == calibration.count, let goal = goal(state, step.output),
        let bias = state.target.nodes[step.node].input(2)
      {
        let format = IntegerFormat.int(min(state.profile.bias.bits, 32))
        let (deltas, outputs) = try await correct(engine, step, kernel, operands[0], goal, format)
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
      observer?(step.output, memory.slots[step.output]?.map(\.elements) ?? [])
      for value in step.inputs where lastUses[value] == position {
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
    _ goal: [Double], _ format: IntegerFormat
  ) async throws -> ([Int64], [PackedElements]) {
    // Accumulators are kept only where all of them fit; otherwise they are computed a second time.
    let keeps = calibration.count * kernel.output.count <= 1 << 27
    let (histograms, accumulators) = try await sums(engine, step, kernel, operands, keeps: keeps)
    let wanted = try await parallelMap(kernel.output[3], threads: threads) { channel in
      histograms.correction(channel: channel, goal: goal[channel])
    }
    // A corrected bias must still fit its format.
    let deltas = zip(kernel.bias, wanted).map { Int64(format.saturate(Int128($0) + Int128($1))) - $0 }
    let final = step.withKernel(.convolution(kernel.addingToBias(deltas)))
    let isExact = keeps && kernel.addingToBias(deltas).cannotOverflow && kernel.cannotOverflow
    let outputs = try await parallelMap(calibration.count, threads: threads) { sample in
      if !isExact { return PackedElements(try engine.run(step: final, operands: [operands[sample].elements]).elements) }
      return PackedElements(kernel.outputStage.finish(accumulators[sample] ?? [], deltas))
    }
    return (deltas, outputs)
  }

  /// Where the accumulators of a layer fell, and themselves by sample if they are to be kept.
  private func sums(
    _ engine: ReferenceEngine, _ step: Step, _ kernel: ConvolutionKernel, _ operands: [PackedElements], keeps: Bool
  ) async throws -> (AccumulatorHistograms, [Int: [Int32]]) {
    let raw = step.withKernel(.convolution(kernel.givingAccumulators))
    let empty = AccumulatorHistograms(kernel.outputStage, channels: kernel.output[3])
    // Samples are taken in runs, so that as many histograms as threads are held rather than as many as samples.
    let runs = min(max(threads, 1), operands.count)
    let parts = try await parallelMap(runs, threads: threads) { run in
      var (histograms, kept): (AccumulatorHistograms, [Int: [Int32]]) = (empty, [:])
      for sample in stride(from: run, to: operands.count, by: runs) {
        let elements = try engine.run(step: raw, operands: [operands[sample].elements]).elements
        histograms.add(elements)
        if keeps { kept[sample] = elements }
      }
      return (histograms: histograms, kept: kept)
    }
    var (histograms, kept): (AccumulatorHistograms, [Int: [Int32]]) = (empty, [:])
    for part in parts {
      histograms.add(part.histograms)
      kept.merge(part.kept) { old, _ in old }
    }
    return (histograms, kept)
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

extension OutputStage {
  /// The stored outputs for exact accumulators and additions to their channels' biases.
  fileprivate func finish(_ accumulators: [Int32], _ deltas: [Int64]) -> [Int32] {
    var channel = 0
    return accumulators.map { accumulator in
      let result = requantization(channel).apply(Int64(accumulator) + deltas[channel])
      channel = channel + 1 == deltas.count ? 0 : channel + 1
      // Compared before the zero point is added, as the reference engine does.
      return result < low - zeroPoint ? Int32(low) : result > high - zeroPoint ? Int32(high) : Int32(result + zeroPoint)
    }
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

  /// Whether no partial sum can leave the register or 32 bits, whatever an 8-bit input holds.
  fileprivate var cannotOverflow: Bool {
    let limit = min(accumulator.format.maximum, Int128(Int32.max))
    // |x − z| of two 8-bit integers of one type.
    let reach: Int128 = 255
    return bias.indices.allSatisfy { channel in
      let sum = weights[channel * taps..<(channel + 1) * taps].reduce(Int128(0)) { $0 + Int128($1.magnitude) }
      return sum * reach + Int128(bias[channel].magnitude) < limit
    }
  }

  /// The same kernel with a correction added to each bias.
  fileprivate func addingToBias(_ deltas: [Int64]) -> ConvolutionKernel {
    var kernel = self
    kernel.bias = zip(bias, deltas).map { $0 + $1 }
    return kernel
  }
}
