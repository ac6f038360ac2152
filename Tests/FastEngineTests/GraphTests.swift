internal import FastEngine
internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
@testable internal import Simulation
internal import TestSupport
internal import Testing

/// What lies around the steps: inputs, outputs, constants, memory that runs share.
@Suite struct GraphTests {
  static let table = Kernel.table(TableKernel(first: -128, entries: (0..<256).map { Int32(($0 * 91) % 256 - 128) }))

  @Test("Inputs that are outputs, unread inputs, constants as outputs, no steps at all")
  func borders() {
    var builder = ProgramBuilder()
    let x = builder.input([1, 4, 4, 3])
    let unread = builder.input([100])
    let constant = builder.value([4], constant: [1, -2, 3, -128])
    #expect(MarginTests.differ(builder, [x, constant, unread, x]) == nil)
    let a = builder.step(MarginTests.window(3, input: [1, 4, 4, 3], channels: 3, seed: 1), [x], [1, 4, 4, 3])
    let b = builder.step(Self.table, [a], [1, 4, 4, 3])
    // Nobody reads this one.
    _ = builder.step(Self.table, [b], [1, 4, 4, 3])
    let d = builder.step(Self.table, [b], [1, 4, 4, 3])
    #expect(MarginTests.differ(builder, [x, d, constant, unread, a, d]) == nil)
    #expect(MarginTests.differ(builder, [d]) == nil)
  }

  @Test("Every kind of step reads a constant")
  func constants() {
    var builder = ProgramBuilder()
    let image = [1, 4, 4, 3]
    let x = builder.input(image)
    let elements = (0..<48).map { Int32(($0 * 53) % 256 - 128) }
    let c = builder.value(image, constant: elements)
    let window = WindowGeometry(
      rows: Window(size: 3, stride: 1), columns: Window(size: 3, stride: 1), padTop: 1, padLeft: 1)
    let stage = OutputStage([.identity], zeroPoint: 1)
    let kernels: [Kernel] = [
      .copy, Self.table, .rescale(RescaleKernel(inputZeroPoint: 5, outputStage: stage)),
      .maxPool(MaxPoolKernel(window: window, low: -128, high: 100)),
      .averagePool(
        AveragePoolKernel(window: window, inputZeroPoint: 0, division: .divide(.floor), outputStage: stage)),
      .mean(MeanKernel(axes: [], inputZeroPoint: 1, outputStage: stage)),
      .concatenation(ConcatenationKernel(axis: 0, tables: [nil], low: -128, high: 127)),
      .pad(PadKernel(before: [0, 0, 0, 0], after: [0, 0, 0, 0], value: 1)),
      MarginTests.window(5, input: image, channels: 3, seed: 8),
    ]
    // Something that lies where a value without a place would seem to lie.
    let first = builder.step(MarginTests.window(3, input: image, channels: 3, seed: 1), [x], image)
    let outputs = kernels.map { builder.step($0, [c], image) }
    let matrix = builder.step(MarginTests.matrix(rows: 4, depth: 12, channels: 2, seed: 3), [c], [4, 2])
    #expect(MarginTests.differ(builder, outputs + [matrix, first, c]) == nil)
    for output in outputs { #expect(MarginTests.differ(builder, [output]) == nil) }
  }

  /// A random network of images of one shape, with readers everywhere.
  private static func random(seed: Int) -> (ProgramBuilder, [Int]) {
    var choices = Choices(seed: UInt64(seed))
    var builder = ProgramBuilder()
    let channels = choices.pick([1, 3, 4, 17])
    let image = [choices.pick(1...2), choices.pick(1...4), choices.pick(1...4), channels]
    var values = (0..<choices.pick(1...2)).map { _ in builder.input(image) }
    for number in 0..<choices.pick(3...14) {
      let x = choices.pick(values)
      let size = choices.pick([1, 3, 3, 3, 5])
      let isDepthwise = choices.once(in: 2)
      let kernel =
        choices.pick(0...5) == 0
        ? Self.table
        : MarginTests.window(
          size, dilation: choices.pick(1...2), input: image, channels: channels, isDepthwise: isDepthwise,
          seed: UInt64(seed * 100 + number))
      if choices.once(in: 5) {
        let operands = (0..<2).map { _ in AddKernel.Operand(zeroPoint: -7, alignment: .identity) }
        let sum = AddKernel(operands: operands, accumulator: .wide, outputStage: OutputStage([.identity]))
        values.append(builder.step(.add(sum), [x, choices.pick(values)], image))
      } else {
        values.append(builder.step(kernel, [x], image))
      }
    }
    return (builder, [values[values.count - 1]] + (0..<choices.pick(0...2)).map { _ in choices.pick(values) })
  }

  @Test("Random graphs whose values live and die at different times")
  func randomGraphs() {
    for seed in 0..<TestScope.count(40, quick: 10) {
      let (builder, outputs) = Self.random(seed: seed)
      let difference = MarginTests.differ(builder, outputs)
      #expect(difference == nil, "seed \(seed), outputs \(outputs)")
    }
  }

  @Test("One engine gives the same on several threads at once", arguments: supportedKernels)
  func threads(kernels: KernelSet) async throws {
    let (builder, outputs) = Self.random(seed: 4)
    let program = builder.finish(outputs)
    let all = samples(program, seed: 5, random: 12)
    let reference = ReferenceEngine(program)
    let expected = try all.map { try reference.run($0, trace: .all) }
    let engine = FastEngine(program, kernels: kernels)
    let found = try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
      for run in 0..<all.count * 12 {
        let number = run % all.count
        let trace: TraceSelection = run % 5 == 0 ? .all : .none
        group.addTask { (number, try engine.run(all[number], trace: trace)) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(found.count == all.count * 12)
    for (number, outcome) in found {
      #expect(outcome.outputs == expected[number].outputs, "sample \(number)")
      #expect(outcome.trace.isEmpty || outcome.trace == expected[number].trace, "sample \(number)")
    }
  }

  @Test("A trace of some values holds just those")
  func partialTraces() throws {
    let (builder, outputs) = Self.random(seed: 6)
    let program = builder.finish(outputs)
    let sample = samples(program, seed: 6)[0]
    let chosen: Set<Int> = [program.inputs[0], program.steps[1].output]
    let expected = try ReferenceEngine(program).run(sample, trace: .only(chosen))
    for kernels in supportedKernels {
      let outcome = try FastEngine(program, kernels: kernels).run(sample, trace: .only(chosen))
      #expect(outcome.trace == expected.trace && outcome.outputs == expected.outputs)
    }
  }

  @Test("Inputs that a program cannot take are refused as the reference engine refuses them")
  func refusals() {
    var builder = ProgramBuilder()
    let x = builder.input([2])
    let program = builder.finish([x])
    let engine = FastEngine(program)
    #expect(throws: SimulationError.inputCount(given: 0, expected: 1)) { try engine.run([]) }
    #expect(throws: SimulationError.inputSize(name: "v0", given: 1, expected: 2)) { try engine.run([[1]]) }
    #expect(throws: SimulationError.inputValue(name: "v0", value: 128, format: "int8")) { try engine.run([[0, 128]]) }
  }
}
