internal import FastEngine
internal import NetworkModel
internal import Simulation
internal import TestSupport

/// The kernels that this CPU can run.
let supportedKernels = KernelSet.supported

/// Inputs of a program: random ones, then the ends of each format: all smallest, all largest, alternating, mixed.
func samples(_ program: Program, seed: UInt64, random: Int = 1) -> [[[Int32]]] {
  var generator = SeededGenerator(seed: seed)
  func make(_ element: (inout SeededGenerator, Int, Int32, Int32) -> Int32) -> [[Int32]] {
    program.inputs.map { index in
      let value = program.values[index]
      guard let range = value.type.integerRange else {
        return (0..<value.shape.count).map { _ in
          Int32(bitPattern: Float.random(in: -8...8, using: &generator).bitPattern)
        }
      }
      let (low, high) = (Int32(range.lowerBound), Int32(range.upperBound))
      return (0..<value.shape.count).map { element(&generator, $0, low, high) }
    }
  }
  var result = (0..<random).map { _ in make { Int32.random(in: $2...$3, using: &$0) } }
  result.append(make { _, _, low, _ in low })
  result.append(make { _, _, _, high in high })
  result.append(make { _, position, low, high in position % 2 == 0 ? low : high })
  result.append(make { Bool.random(using: &$0) ? $2 : $3 })
  return result
}

/// How the engines for all kernel sets of this CPU differ first from the reference engine; `nil` when nowhere.
///
/// Each engine runs all samples one after another, first with traces and then without, so that what one run leaves in
/// memory meets the next one. An error of the reference engine must be the engines' error too.
func firstDifference(_ program: Program, _ samples: [[[Int32]]]) -> String? {
  let reference = ReferenceEngine(program)
  let engines = supportedKernels.map { FastEngine(program, kernels: $0) }
  for (number, sample) in samples.enumerated() {
    let expected = outcome { () throws(SimulationError) in try reference.run(sample, trace: .all) }
    for engine in engines {
      if let difference = difference(program, engine, sample, expected) {
        return "\(engine.kernels.rawValue), sample \(number): \(difference)"
      }
    }
  }
  return nil
}

private func outcome(_ body: () throws(SimulationError) -> Outcome) -> Result<Outcome, SimulationError> {
  do throws(SimulationError) { return .success(try body()) } catch { return .failure(error) }
}

private func difference(
  _ program: Program, _ engine: FastEngine, _ sample: [[Int32]], _ expected: Result<Outcome, SimulationError>
) -> String? {
  let traced = outcome { () throws(SimulationError) in try engine.run(sample, trace: .all) }
  let plain = outcome { () throws(SimulationError) in try engine.run(sample, trace: .none) }
  switch (expected, traced, plain) {
  case (.failure(let error), .failure(let a), .failure(let b)): return a == error && b == error ? nil : "\(a), \(b)"
  case (.success(let reference), .success(let all), .success(let outputs)):
    for (index, step) in program.steps.enumerated() {
      let (a, b) = (reference.trace[step.output] ?? [], all.trace[step.output] ?? [])
      if let element = a.indices.first(where: { $0 >= b.count || a[$0] != b[$0] }) {
        let found = element < b.count ? "\(b[element])" : "nothing"
        return "step \(index) \(step.name) (\(engine.kernelNames[index])), element \(element) of \(a.count): "
          + "\(found) instead of \(a[element])"
      }
    }
    for outcome in [all, outputs] {
      if outcome.events.map(\.accumulatorOverflows) != reference.events.map(\.accumulatorOverflows) {
        return "the counts of overflows differ"
      }
    }
    if all.trace != reference.trace { return "the traces differ in their values" }
    if all.outputs != reference.outputs { return "the outputs differ with a trace only" }
    if outputs.outputs != reference.outputs {
      return "the outputs differ without a trace only (\(engine.kernelNames.joined(separator: ", ")))"
    }
    return nil
  default: return "one engine ends with an error only: \(expected) / \(traced) / \(plain)".prefix(300).description
  }
}
