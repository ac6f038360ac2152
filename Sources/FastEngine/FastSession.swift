internal import NetworkModel
internal import Simulation

/// One arena, and the ways into it and out of it.
final class FastSession: EngineSession {
  private let program: Program
  private let plan: Plan
  private let arena: Arena
  private let inputs: [Layout?]
  private let outputs: [Layout?]
  private var isSet: [Bool]
  private(set) var events: [StepEvents] = []

  /// The threads that share the work of a step, and for each step its form for them.
  private let team: ThreadTeam?
  private let divisible: [(any DivisibleStep)?]

  /// Makes a session.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - plan: The plan of the program.
  ///   - threads: How many threads work on one sample.
  init(_ program: Program, _ plan: Plan, threads: Int) {
    team = threads > 1 ? ThreadTeam(count: threads) : nil
    divisible = threads > 1 ? plan.steps.map { $0 as? any DivisibleStep } : []
    self.program = program
    self.plan = plan
    arena = Arena(byteCount: plan.arenaBytes)
    inputs = program.inputs.map { plan.layouts[$0] }
    outputs = program.outputs.map { program.values[$0].constant == nil ? plan.layouts[$0] : nil }
    isSet = inputs.map { _ in false }
  }

  func setInput(_ position: Int, to elements: [Int32]) throws(SimulationError) {
    try program.check(elements, input: position)
    set(position, to: elements)
  }

  /// Sets an input from elements that were checked.
  func set(_ position: Int, to elements: [Int32]) {
    isSet[position] = true
    if let layout = inputs[position] { Elements(layout: layout).write(elements, arena) }
  }

  func setInput(_ position: Int, toBytes bytes: Span<UInt8>, through map: ByteMap) throws(SimulationError) {
    try program.checkCount(bytes.count, input: position)
    guard let layout = inputs[position], layout.elementBytes == 1 else {
      return try setInput(position, to: program.elements(of: position, bytes: bytes, through: map))
    }
    isSet[position] = true
    unsafe bytes.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      var start = 0
      // A stored integer's byte in the arena differs from it by the bias, which turns its top bit over.
      unsafe map.withFunction(then: UInt8(truncatingIfNeeded: layout.bias)) { function in
        layout.forEachRow { row, count in
          unsafe function.apply(base + start, arena.pointer(row), count)
          start += count
        }
      }
    }
  }

  func run() throws(SimulationError) {
    var given = 0
    for position in isSet.indices {
      if isSet[position] { given += 1 }
      // What lay there is overwritten on the way.
      isSet[position] = false
    }
    guard given == isSet.count else { throw .inputCount(given: given, expected: isSet.count) }
    if !events.isEmpty { events = [] }
    var event = StepEvents()
    for number in plan.steps.indices {
      if let team, let step = divisible[number] {
        step.run(arena, team)
        continue
      }
      try plan.steps[number].run(arena, &event)
      if event.accumulatorOverflows != 0 {
        note(event, plan.indices[number])
        event = StepEvents()
      }
    }
  }

  func readOutput(_ position: Int, into elements: inout [Int32]) {
    if let layout = outputs[position] {
      Elements(layout: layout).read(arena, into: &elements)
    } else {
      elements = program.values[program.outputs[position]].constant ?? []
    }
  }

  /// The elements of any value that still has its place.
  func elements(of value: Int) -> [Int32]? {
    guard program.values[value].constant == nil, let layout = plan.layouts[value] else { return nil }
    return Elements(layout: layout).read(arena)
  }

  /// The shortest time that each step took in a number of runs, in seconds, on inputs that were set.
  func stepTimes(runs: Int) throws(SimulationError) -> [Double] {
    let clock = ContinuousClock()
    var shortest = [Double](repeating: .infinity, count: program.steps.count)
    for _ in 0..<runs {
      var times = [Double](repeating: 0, count: program.steps.count)
      for (step, index) in zip(plan.steps, plan.indices) {
        var event = StepEvents()
        let start = clock.now
        try step.run(arena, &event)
        if index >= 0 { times[index] += (clock.now - start) / .seconds(1) }
      }
      for index in times.indices { shortest[index] = min(shortest[index], times[index]) }
    }
    return shortest
  }

  private func note(_ event: StepEvents, _ index: Int) {
    if events.isEmpty { events = [StepEvents](repeating: StepEvents(), count: program.steps.count) }
    if index >= 0 { events[index] += event }
  }
}
