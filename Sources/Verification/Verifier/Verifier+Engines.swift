internal import NetworkModel
internal import Simulation

/// Part 3: the reference engine against the spot check, and the second engine against the reference engine.
extension Verifier {
  /// Runs every input and compares every tensor.
  func proveEngines(
    _ program: Program, _ samples: [[[Int32]]]
  ) -> (VerificationReport.Part, VerificationReport.Engines) {
    let inputs = samples.map(GeneratedInput.given) + generatedInputs(program)
    let reference = ReferenceEngine(program)
    let second = makeEngine?(program)
    var engines = VerificationReport.Engines(
      runs: 0, spotCheck: SpotCheck(), tensorsCompared: 0, difference: nil, accumulatorOverflows: 0,
      outputSaturations: 0)
    var traps: [SimulationError] = []
    for (number, generated) in inputs.enumerated() where engines.difference == nil && engines.spotCheck.mismatch == nil
    {
      let input = generated.elements
      do throws(SimulationError) {
        let outcome = try reference.run(input, trace: .all)
        for events in outcome.events {
          engines.accumulatorOverflows += events.accumulatorOverflows
          engines.outputSaturations += events.outputSaturations
        }
        engines.spotCheck.check(
          program, trace: outcome.trace, elementsPerStep: options.elementsPerStep,
          seed: options.seed &+ UInt64(number))
        if let second { compare(outcome, with: second, input, into: &engines) }
      } catch {
        traps.append(error)
        if let second, let difference = differenceOfTraps(error, second, input) { engines.difference = difference }
      }
      engines.runs += 1
      progress(Progress(part: .engines, done: engines.runs, total: inputs.count))
    }
    return (part(engines, traps), engines)
  }

  /// The adversarial inputs, then the random ones.
  func generatedInputs(_ program: Program) -> [GeneratedInput] {
    AdversarialInputs.Pattern.allCases.filter { $0 != .random }.map { .made($0, program, seed: 0) }
      + randomInputs(program)
  }

  /// The random inputs.
  func randomInputs(_ program: Program) -> [GeneratedInput] {
    (0..<max(options.randomRuns, 0)).map { .made(.random, program, seed: options.seed &+ UInt64($0)) }
  }

  private func compare(
    _ expected: Outcome, with second: any Engine, _ input: [[Int32]], into engines: inout VerificationReport.Engines
  ) {
    do throws(SimulationError) {
      let outcome = try second.run(input, trace: .all)
      for (step, events) in expected.events.enumerated() where engines.difference == nil {
        let tensor = second.program.steps[step].output
        engines.tensorsCompared += 1
        if let place = firstDifference(outcome.trace[tensor], expected.trace[tensor]) {
          engines.difference = "\(label(step)), tensor \(tensor), \(place)"
        } else if step >= outcome.events.count || !agree(outcome.events[step], events, second) {
          engines.difference = "\(label(step)): the counts of overflows and saturations differ"
        }
      }
      if engines.difference == nil && outcome.outputs != expected.outputs {
        engines.difference = "the outputs differ although every traced tensor is equal"
      }
    } catch {
      engines.difference = "the second engine ended with \"\(error)\", the reference engine did not"
    }
  }

  /// Whether an engine counted what the reference engine counted, as far as it counts.
  private func agree(_ got: StepEvents, _ expected: StepEvents, _ engine: any Engine) -> Bool {
    got.accumulatorOverflows == expected.accumulatorOverflows
      && (!engine.countsSaturations || got.outputSaturations == expected.outputSaturations)
  }

  private func label(_ step: Int) -> String { network.label(ofNode: step) }

  private func firstDifference(_ got: [Int32]?, _ expected: [Int32]?) -> String? {
    guard let got, let expected else { return got == expected ? nil : "which only one engine traced" }
    guard got.count == expected.count else { return "\(got.count) elements instead of \(expected.count)" }
    guard let element = got.indices.first(where: { got[$0] != expected[$0] }) else { return nil }
    return "element \(element): got \(got[element]), expected \(expected[element])"
  }

  private func differenceOfTraps(_ error: SimulationError, _ second: any Engine, _ input: [[Int32]]) -> String? {
    do throws(SimulationError) {
      _ = try second.run(input, trace: .none)
      return "the reference engine ended with \"\(error)\", the second engine did not"
    } catch let other {
      return other == error
        ? nil : "the reference engine ended with \"\(error)\", the second engine with \"\(other)\""
    }
  }

  private func part(_ engines: VerificationReport.Engines, _ traps: [SimulationError]) -> VerificationReport.Part {
    let isTrap = { (error: SimulationError) in if case .accumulatorTrap = error { true } else { false } }
    var details = Array(Set(traps.map(\.description))).sorted()
    let runs = count(engines.runs, "run")
    var summary =
      "On \(runs) the reference engine gives what a second computation gives: "
      + "\(count(engines.spotCheck.elementsChecked, "element")) compared."
    if makeEngine != nil {
      summary =
        "On \(runs) both engines give the same \(count(engines.tensorsCompared, "tensor")), and a second computation "
        + "the same \(count(engines.spotCheck.elementsChecked, "element"))."
    }
    var isFailed = traps.contains { !isTrap($0) }
    if isFailed {
      summary = "The given inputs do not fit the model."
    } else if traps.count == engines.runs, !traps.isEmpty {
      isFailed = true
      summary = "All \(runs) end with a trap: the machine gives no result that could be compared."
    } else if !traps.isEmpty {
      summary += " \(traps.count) of them end with a trap, on both engines alike."
    }
    if let mismatch = engines.spotCheck.mismatch {
      isFailed = true
      summary = "The reference engine differs from a second computation."
      details.append(mismatch.description)
    }
    if let difference = engines.difference {
      isFailed = true
      summary = "The engines differ."
      details.append(difference)
    }
    return .init(name: .engines, status: isFailed ? .failed : .passed, summary: summary, details: details)
  }
}

/// One run's inputs, which are made when it is their turn: together they may be larger than all else.
enum GeneratedInput {
  case given([[Int32]])
  case made(AdversarialInputs.Pattern, Program, seed: UInt64)

  /// For each input of the program its elements.
  var elements: [[Int32]] {
    switch self {
    case .given(let elements): elements
    case .made(let pattern, let program, let seed): AdversarialInputs.inputs(pattern, for: program, seed: seed)
    }
  }
}
