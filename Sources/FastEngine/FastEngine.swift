internal import FixedPoint
internal import HardwareProfile
internal import Network
public import Simulation
internal import Synchronization

/// An engine that computes what ``ReferenceEngine`` computes, bit for bit, at data-set speed.
///
/// Everything that does not depend on the input is done once, here: weights are packed, offsets folded into biases, all
/// activations planned into one arena. A run allocates no memory for activations; arenas are kept and used again, one for
/// each run that is under way. An operator for which no kernel is proved exact takes an exact slower way.
public final class FastEngine: Engine {
  /// The program that the engine was made for.
  public let program: Program
  /// The kernels that the engine was made for.
  public let kernels: KernelSet
  /// Saturated outputs are cut by the same instructions as clamped ones and are not told apart.
  public var countsSaturations: Bool { false }
  private let plan: Plan
  /// The plan for traces, in which every value keeps its place; made when it is first asked for.
  private let tracing: Mutex<Plan?>
  private let arenas = Mutex<[Arena]>([])

  /// Makes a program ready.
  public init(_ program: Program, kernels: KernelSet = .preferred) {
    self.program = program
    self.kernels = kernels
    plan = Plan(program, kernels: kernels, keepsAll: false)
    tracing = Mutex(nil)
  }

  /// For each step of the program the kernel that runs it.
  public var kernelNames: [String] {
    var names = [String](repeating: "", count: program.steps.count)
    for (step, index) in plan.steps where index >= 0 && step.kernel != "margin" { names[index] = step.kernel }
    return names
  }

  /// The bytes of one arena: all activations of one sample.
  public var arenaBytes: Int { plan.arenaBytes }

  /// Runs one sample; may be called from several threads at the same time.
  ///
  /// - Parameters:
  ///   - inputs: For each input of the program its elements in row-major order, as stored.
  ///   - trace: Which values to keep.
  /// - Returns: The outputs, the kept values and the counted overflows.
  /// - Throws: ``SimulationError``.
  public func run(_ inputs: [[Int32]], trace: TraceSelection = .none) throws(SimulationError) -> Outcome {
    try program.check(inputs)
    if trace != .none { return try run(tracingPlan(), Arena(byteCount: tracingPlan().arenaBytes), inputs, trace) }
    let arena = arenas.withLock { $0.popLast() } ?? Arena(byteCount: plan.arenaBytes)
    defer { arenas.withLock { $0.append(arena) } }
    return try run(plan, arena, inputs, trace)
  }

  /// The shortest time that each step took in a number of runs on one sample, in seconds; margins count to the step
  /// whose output they surround.
  public func stepTimes(_ inputs: [[Int32]], runs: Int) throws(SimulationError) -> [Double] {
    try program.check(inputs)
    let arena = Arena(byteCount: plan.arenaBytes)
    for (value, elements) in zip(program.inputs, inputs) {
      if let layout = plan.layouts[value] { Elements(layout: layout).write(elements, arena) }
    }
    let clock = ContinuousClock()
    var shortest = [Double](repeating: .infinity, count: program.steps.count)
    for _ in 0..<runs {
      var times = [Double](repeating: 0, count: program.steps.count)
      for (step, index) in plan.steps {
        var events = StepEvents()
        let start = clock.now
        try step.run(arena, &events)
        if index >= 0 { times[index] += (clock.now - start) / .seconds(1) }
      }
      for index in times.indices { shortest[index] = min(shortest[index], times[index]) }
    }
    return shortest
  }

  private func run(
    _ plan: Plan, _ arena: Arena, _ inputs: [[Int32]], _ trace: TraceSelection
  ) throws(SimulationError) -> Outcome {
    var events = [StepEvents](repeating: StepEvents(), count: program.steps.count)
    var nobody = StepEvents()
    for (step, index) in plan.steps where index < 0 { try step.run(arena, &nobody) }
    for (value, elements) in zip(program.inputs, inputs) {
      if let layout = plan.layouts[value] { Elements(layout: layout).write(elements, arena) }
    }
    for (step, index) in plan.steps where index >= 0 { try step.run(arena, &events[index]) }
    func elements(_ value: Int) -> [Int32] {
      program.values[value].constant ?? plan.layouts[value].map { Elements(layout: $0).read(arena) } ?? []
    }
    var kept: [Int: [Int32]] = [:]
    if trace != .none {
      for value in plan.layouts.keys where trace.contains(value) && program.values[value].constant == nil {
        kept[value] = elements(value)
      }
    }
    return Outcome(outputs: program.outputs.map(elements), trace: kept, events: events)
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
