internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Measures how much noise of each activation arrives at the outputs.
///
/// Rounding at the beginning of a network is amplified by all that follows, at the end it is not: where a machine's scales
/// depend on each other, what one tensor gains another one loses, and only this says which matters more. Each activation of
/// the source is disturbed by itself over a few samples, the rest of the network is run, and the energy of the difference at
/// the outputs, in units of their variance, is set in proportion to that of the disturbance in units of the activation's.
struct SensitivityMeasurement: Sendable {
  /// The part of an activation's standard deviation by which it is disturbed: more than what rounding does to the tensors
  /// behind, little enough that clamps act as they do.
  private static let disturbance = 0.04
  /// How many samples are run.
  private static let sampleCount = 4

  let samples: CalibrationRun

  /// Measures the activations of the device.
  ///
  /// - Returns: The sensitivities, and what was done, in a sentence.
  func measured(
    _ facts: SourceFacts, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> (sensitivities: Sensitivities, summary: String) {
    let (network, makers) = (facts.source, facts.source.producers())
    let program = try Program.lower(network, for: .host)
    let outputs = Set(network.outputs.map(network.logits)).sorted()
    let (calibration, makeEngine, threads) = (samples.calibration, samples.makeEngine, samples.threads)
    let count = min(Self.sampleCount, calibration.count)
    let samples = (0..<count).map { $0 * calibration.count / count }
    let whole = makeEngine(program)
    let traces = try await parallelMap(count, threads: threads) { index in
      try whole.run(calibration.sample(samples[index]), trace: .all).trace.mapValues(PackedElements.init)
    }
    // The inputs, before all steps, and what steps compute.
    var places = program.inputs.map { (tensor: $0, place: -1) }
    places += program.steps.enumerated().map { (tensor: $1.output, place: $0) }
    places = places.filter { tensor, _ in
      let isComputed = makers[tensor].map { network.nodes[$0].operation.isComputed } ?? true
      return isComputed && facts.deviceTensors.contains(tensor) && network.tensors[tensor].type.bits == 8
    }
    let chosen = places
    let done = ProgressCounter()
    let found = try await parallelMap(chosen.count, threads: threads) { index -> Double? in
      let (tensor, place) = chosen[index]
      defer { progress(done.increment(), chosen.count) }
      guard let rest = program.rest(of: tensor, after: place, outputs) else { return nil }
      let engine = makeEngine(rest)
      let disturb = Disturbance(network, tensor, madeBy: makers[tensor], part: Self.disturbance)
      var (given, arrived) = (0.0, 0.0)
      for trace in traces {
        var inputs = rest.inputs.map { trace[$0]?.elements ?? [] }
        guard let position = rest.inputs.firstIndex(of: tensor) else { return nil }
        given += disturb.apply(&inputs[position])
        let results = try engine.run(inputs, trace: .none).outputs
        for (output, values) in zip(rest.outputs, results) {
          arrived += Self.relativeNoise(values, trace[output]?.elements ?? []) / Double(outputs.count)
        }
      }
      return given > 0 && arrived > 0 ? arrived / given : nil
    }
    var values: [Int: Double] = [:]
    for (place, value) in zip(chosen, found) { values[place.tensor] = value }
    let known = values.values.map(decibels)
    guard let least = known.min(), let most = known.max() else { return (Sensitivities(), "none") }
    let words =
      "noise of \(known.count) activations arrives at the outputs \(Int(least.rounded())) to "
      + "\(Int(most.rounded())) dB stronger; \(count) samples"
    return (Sensitivities(values), words)
  }

  /// The energy of a difference in units of the variance.
  private static func relativeNoise(_ found: [Int32], _ wanted: [Int32]) -> Double {
    var (noise, sum, square) = (0.0, 0.0, 0.0)
    for (a, b) in zip(found, wanted) {
      let (difference, value) = (Double(a) - Double(b), Double(b))
      noise += difference * difference
      sum += value
      square += value * value
    }
    let variance = square - sum * sum / Double(max(wanted.count, 1))
    return variance > 0 ? noise / variance : 0
  }
}

/// Moves stored integers by a few steps up or down, but those that a clamp has cut.
private struct Disturbance {
  private let part: Double
  private let seed: UInt64
  private let low: Int32
  private let high: Int32

  init(_ network: Network, _ tensor: Int, madeBy maker: Int?, part: Double) {
    self.part = part
    seed = UInt64(tensor)
    let activation = maker.map { network.nodes[$0].operation.activation } ?? .none
    let ends = network.tensors[tensor].ends(of: activation) ?? 0...0
    (low, high) = (Int32(clamping: ends.lowerBound), Int32(clamping: ends.upperBound))
  }

  /// Disturbs elements; gives the energy of that in units of their variance.
  func apply(_ elements: inout [Int32]) -> Double {
    var (sum, square) = (0.0, 0.0)
    for element in elements {
      sum += Double(element)
      square += Double(element) * Double(element)
    }
    let count = Double(max(elements.count, 1))
    let variance = square / count - sum / count * (sum / count)
    guard variance > 0 else { return 0 }
    let amplitude = Int32(max((part * variance.squareRoot()).rounded(), 1))
    var random = SampleRandom(seed: seed)
    var energy = 0.0
    for place in elements.indices where elements[place] > low && elements[place] < high {
      let moved = elements[place] + (random.unit() < 0.5 ? amplitude : -amplitude)
      let result = min(max(moved, low), high)
      let difference = Double(result - elements[place])
      energy += difference * difference
      elements[place] = result
    }
    return energy / count / variance
  }
}

extension Operation {
  /// Whether the operator makes new numbers rather than moving those there are.
  fileprivate var isComputed: Bool { rescaling != .shared && rescaling != .boundary }
}

extension Program {
  /// What remains after a step as far as outputs depend on a value, with its inputs: what was computed before; `nil` where
  /// the outputs do not depend on the value, or are it.
  fileprivate func rest(of value: Int, after place: Int, _ wanted: [Int]) -> Program? {
    var reached: Set<Int> = [value]
    for step in steps[(place + 1)...] where step.inputs.contains(where: reached.contains) {
      reached.insert(step.output)
    }
    let outputs = wanted.filter { reached.contains($0) && $0 != value }
    var needed = Set(outputs)
    var kept: [Step] = []
    for step in steps[(place + 1)...].reversed() where needed.contains(step.output) && reached.contains(step.output) {
      kept.append(step)
      needed.formUnion(step.inputs.filter { values[$0].constant == nil })
    }
    let inputs = needed.subtracting(kept.map(\.output)).sorted()
    if outputs.isEmpty || kept.isEmpty { return nil }
    return Program(profile: profile, values: values, steps: kept.reversed(), inputs: inputs, outputs: outputs)
  }
}
