internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
package import Simulation
internal import Synchronization

/// An engine that computes what ``ReferenceEngine`` computes, bit for bit, at data-set speed.
///
/// Everything that does not depend on the input is done once, here: weights are packed, offsets folded into biases, all
/// activations planned into one arena. A run allocates no memory for activations; arenas are kept and used again, one for
/// each run that is under way. An operator for which no kernel is proved exact takes an exact slower way.
package final class FastEngine: Engine {
  /// The program that the engine was made for.
  package let program: Program
  /// The kernels that the engine was made for.
  package let kernels: KernelSet
  /// Saturated outputs are cut by the same instructions as clamped ones and are not told apart.
  package var countsSaturations: Bool { false }
  /// How many threads work on one sample.
  package let threads: Int
  private let plan: Plan
  /// The plan for traces, in which every value keeps its place; made when it is first asked for.
  private let tracing: Mutex<Plan?>
  /// Sessions that no run uses at the moment.
  private let idle: IdleSessions

  /// Makes a program ready.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - kernels: The kernels to use.
  ///   - threads: How many threads work on one sample, in every session and run; results do not depend on it.
  package init(_ program: Program, kernels: KernelSet = .preferred, threads: Int = 1) {
    self.program = program
    self.threads = max(1, threads)
    self.kernels = kernels
    plan = Plan(program, kernels: kernels, keepsAll: false)
    tracing = Mutex(nil)
    idle = IdleSessions()
  }

  /// For each step of the program the kernel that runs it.
  package var kernelNames: [String] {
    var names = [String](repeating: "", count: program.steps.count)
    for (step, index) in zip(plan.steps, plan.indices) where index >= 0 && step.kernel != "margin" {
      names[index] = step.kernel
    }
    return names
  }

  /// The bytes of one arena: all activations of one sample.
  package var arenaBytes: Int { plan.arenaBytes }

  /// Makes an arena of its own for one thread that runs many samples.
  package func makeSession() -> any EngineSession { FastSession(program, plan, threads: threads) }

  /// Runs one sample; may be called from several threads at the same time.
  ///
  /// - Parameters:
  ///   - inputs: For each input of the program its elements in row-major order, as stored.
  ///   - trace: Which values to keep.
  /// - Returns: The outputs, the kept values and the counted overflows.
  /// - Throws: ``SimulationError``.
  package func run(_ inputs: [[Int32]], trace: TraceSelection = .none) throws(SimulationError) -> Outcome {
    try program.check(inputs)
    if trace != .none { return try run(FastSession(program, tracingPlan(), threads: threads), inputs, trace) }
    let session = idle.take() ?? FastSession(program, plan, threads: threads)
    defer { idle.put(session) }
    return try run(session, inputs, trace)
  }

  /// The shortest time that each step took in a number of runs on one sample, in seconds; margins count to the step
  /// whose output they surround.
  package func stepTimes(_ inputs: [[Int32]], runs: Int) throws(SimulationError) -> [Double] {
    try program.check(inputs)
    let session = FastSession(program, plan, threads: 1)
    for (position, elements) in inputs.enumerated() { session.set(position, to: elements) }
    return try session.stepTimes(runs: runs)
  }

  private func run(
    _ session: FastSession, _ inputs: [[Int32]], _ trace: TraceSelection
  ) throws(SimulationError) -> Outcome {
    for (position, elements) in inputs.enumerated() { session.set(position, to: elements) }
    try session.run()
    var outcome = Outcome(outputs: [], trace: [:], events: session.events)
    if outcome.events.isEmpty { outcome.events = program.steps.map { _ in StepEvents() } }
    if trace != .none {
      outcome.trace = program.constantOutputs(in: trace)
      for (value, elements) in zip(program.inputs, inputs) where trace.contains(value) {
        outcome.trace[value] = elements
      }
      for value in program.values.indices
      where trace.contains(value) && program.values[value].constant == nil && outcome.trace[value] == nil {
        outcome.trace[value] = session.elements(of: value)
      }
    }
    for (position, value) in program.outputs.enumerated() {
      // What was read for the trace is not read again: both are one array.
      outcome.outputs.append(outcome.trace[value] ?? [])
      if outcome.trace[value] == nil { session.readOutput(position, into: &outcome.outputs[position]) }
    }
    return outcome
  }

  private func tracingPlan() -> Plan {
    tracing.withLock { plan in
      if let plan { return plan }
      let made = Plan(program, kernels: kernels, keepsAll: true)
      plan = made
      return made
    }
  }
}

/// Sessions between two runs; each is in the hands of one run at a time.
@safe private final class IdleSessions: @unchecked Sendable {
  private let isLocked = Mutex<Void>(())
  private var sessions: [FastSession] = []

  func take() -> FastSession? { isLocked.withLock { _ in sessions.popLast() } }

  func put(_ session: FastSession) { isLocked.withLock { _ in sessions.append(session) } }
}
