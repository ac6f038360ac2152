internal import FixedPoint
internal import Simulation
internal import Verification

/// Counts the exact ties that a program's requantizations meet, from the sums in its registers.
struct TieCounter: Sendable {
  /// A step up to its register.
  private struct Register: Sendable {
    let engine: any Engine
    let stage: OutputStage
    /// Consecutive sums have consecutive channels, from 0 on.
    let channels: Int
    let node: Int
    let name: String
  }

  private let registers: [Register]

  /// Prepares the steps whose sums fit 32 bits; others, which no such machine has, are not counted.
  init(_ program: Program, _ makeEngine: ComparedModel.EngineMaker) {
    let bits = Dictionary(
      OverflowAnalysis(program).steps.map { ($0.node, min($0.bitsNeeded, $0.registerBits)) }, uniquingKeysWith: max)
    registers = program.steps.indices.compactMap { index in
      let step = program.steps[index]
      guard let stage = step.kernel.outputStage, bits[step.node, default: 32] <= 32,
        let register = program.register(of: index)
      else { return nil }
      return Register(
        engine: makeEngine(register), stage: stage, channels: stage.requantizations.count, node: step.node,
        name: step.name)
    }
  }

  /// No ties yet, for each step.
  var empty: [ProfileComparison.Ties] { registers.map { ProfileComparison.Ties(node: $0.node, name: $0.name) } }

  /// The ties of one sample.
  ///
  /// - Parameter trace: All that the program's steps read.
  /// - Returns: For each counted step its ties.
  /// - Throws: `SimulationError`.
  func count(_ trace: [Int: [Int32]]) throws -> [ProfileComparison.Ties] {
    try registers.map { register in
      let inputs = register.engine.program.inputs.map { trace[$0] ?? [] }
      let sums = try register.engine.run(inputs, trace: .none).outputs[0]
      var result = ProfileComparison.Ties(node: register.node, name: register.name)
      result.requantizations = sums.count
      var channel = 0
      for sum in sums {
        if register.stage.requantizations[channel].meetsTie(Int64(sum)) { result.ties += 1 }
        channel += 1
        if channel == register.channels { channel = 0 }
      }
      return result
    }
  }
}
