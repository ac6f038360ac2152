internal import NetworkModel
internal import Simulation
internal import Verification

/// What the source gives for each sample before SOFTMAX, computed once for all machines of a sweep.
struct SourceDecisions: Sendable {
  /// The stored integers of each sample, one after another.
  private var stored: [Int32] = []
  private var width = 0
  private let dequantize: Dequantizer
  /// The tensor that is compared.
  let tensor: Int

  /// Runs the source.
  init(
    _ source: ComparedModel, samples: SampleIndices, threads: Int, engine: @escaping ComparedModel.EngineMaker,
    progress: @Sendable (Int) -> Void
  ) async throws {
    let tensor = source.network.logits(of: source.network.outputs[0])
    self.tensor = tensor
    dequantize = source.dequantizer(tensor)
    width = source.network.tensors[tensor].shape.count
    let runner = engine(source.program.giving(tensor))
    var done = 0
    stored.reserveCapacity(width * min(samples.count, 1024))
    try await ParallelSamples.run(samples, threads: threads) {
      SampleRunner(runner, on: source.data)
    } compute: { state, sample in
      try state.run(sample)
      return state.withOutput(0) { $0 }
    } deliver: { _, elements in
      stored += elements
      done += 1
      progress(done)
    }
  }

  /// The real numbers of one sample, by its place among the samples.
  func reals(_ place: Int) -> [Double] { dequantize(Array(stored[place * width..<(place + 1) * width])) }
}

extension Program {
  /// The same steps with another output; those that it does not need are left out.
  func giving(_ value: Int) -> Program {
    var needed: Set<Int> = [value]
    var kept: [Step] = []
    for step in steps.reversed() where needed.contains(step.output) {
      kept.append(step)
      needed.formUnion(step.inputs)
    }
    return Program(profile: profile, values: values, steps: kept.reversed(), inputs: inputs, outputs: [value])
  }
}
