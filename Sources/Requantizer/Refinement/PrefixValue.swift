internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// What a layer reads or writes, for all samples: kept, or computed anew whenever it is asked for.
///
/// A network's first activations are a hundred times larger than its last ones. Those that would take too much memory for
/// all samples together are not kept: a layer that is refined never changes afterwards, so running it again gives the same
/// integers. What is kept at a time is then bounded by the widest part of the graph, not by the number of samples.
struct PrefixValue: Sendable {
  /// How much is kept, and how it is computed.
  struct Bounds: Sendable {
    let samples: Int
    let threads: Int
    /// The most bytes of one value, of all samples together.
    let bytes: Int

    /// Whether a value of a program is kept for all samples.
    func keeps(_ value: Value) -> Bool {
      value.shape.count * (value.type.bits.map { ($0 + 7) / 8 } ?? 4) <= bytes / max(samples, 1)
    }
  }

  /// The elements for a sample.
  let sample: @Sendable (Int) throws -> PackedElements

  /// Keeps a value for all samples, or how it is computed.
  private init(
    _ value: Value, _ bounds: Bounds, _ compute: @escaping @Sendable (Int) throws -> PackedElements
  ) async throws {
    if bounds.keeps(value) {
      let kept = try await parallelMap(bounds.samples, threads: bounds.threads, compute)
      sample = { kept[$0] }
    } else {
      sample = compute
    }
  }

  /// The samples as the target stores them.
  static func inputs(
    of program: Program, _ source: Network, _ target: Network, _ calibration: CalibrationSet, _ bounds: Bounds
  ) async throws -> [Int: PrefixValue] {
    var memory: [Int: PrefixValue] = [:]
    for (position, input) in program.inputs.enumerated() {
      let conversion = InputConversion(
        from: source.tensors[source.inputs[position]], to: target.tensors[input])
      memory[input] = try await PrefixValue(program.values[input], bounds) { sample in
        PackedElements(conversion(try calibration.sample(sample)[position]))
      }
    }
    return memory
  }

  /// The output of a program of one step.
  static func result(
    of program: Program, on operands: [PrefixValue], _ bounds: Bounds,
    _ makeEngine: @Sendable (Program) -> any Engine
  ) async throws -> PrefixValue {
    let engine = makeEngine(program)
    return try await PrefixValue(program.values[program.outputs[0]], bounds) { sample in
      PackedElements(try engine.run(operands.map { try $0.sample(sample).elements }, trace: .none).outputs[0])
    }
  }
}
