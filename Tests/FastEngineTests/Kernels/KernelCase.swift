@testable internal import FastEngine
internal import FixedPoint
internal import NetworkModel
@testable internal import Simulation
internal import TestSupport

/// A step's memory before and after, as the reference engine has it, for the kernels of one set.
///
/// All that is not the output, margins and slack included, must stay as it is.
struct KernelCase {
  let name: String
  let definition: Definition
  let inputs: [Layout]
  let output: Layout
  let before: [UInt8]
  let after: [UInt8]

  /// What the kernels of the set read.
  enum Definition {
    case convolution(PackedConvolution)
    case depthwise(PackedDepthwise)
    case addition(PackedAddition)
  }

  /// The case of a program's only step; `nil` where the set does not serve the step.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - sample: Its inputs.
  ///   - packing: The set.
  ///   - name: What a report calls the case.
  ///   - seed: Decides what lies in the memory beside the values.
  init?(_ program: Program, _ sample: [[Int32]], _ packing: KernelPacking, name: String, seed: UInt64) {
    let step = program.steps[0]
    guard step.inputs.allSatisfy({ program.values[$0].constant == nil }),
      let expected = try? ReferenceEngine(program).run(sample).outputs[0]
    else { return nil }
    var generator = SeededGenerator(seed: seed)
    // The output comes first and the inputs last, so that what is read beyond them lies at the memory's end.
    var output = Layout(program.values[step.output])
    var inputs = step.inputs.map { Layout(program.values[$0]) }
    output.offset = 64
    if case .convolution(let kernel) = step.kernel {
      if program.values[step.inputs[0]].shape.rank == 4 { inputs[0].reserve(kernel.window, output: kernel.output) }
      if program.values[step.output].shape.rank == 4 && seed % 2 == 0 {
        (output.top, output.left, output.right) = (1, 2, 1)
      }
    }
    var end = output.offset + output.byteCount + 64
    for index in inputs.indices {
      inputs[index].offset = end
      end += inputs[index].byteCount
    }
    // A depthwise kernel may read a pixel and a vector more than there is.
    let slack = 64 + (inputs.last?.channels ?? 0)
    let arena = Arena(byteCount: end + slack)
    for index in 0..<arena.count { arena[index] = UInt8.random(in: 0...255, using: &generator) }
    var events = StepEvents()
    switch step.kernel {
    case .convolution(let kernel):
      let plan = ConvolutionPlan(kernel, step, input: inputs[0], output: output)
      guard plan.sumsAreExact else { return nil }
      if let packed = PackedDepthwise(plan, packing) {
        definition = .depthwise(packed)
      } else if let packed = PackedConvolution(plan, packing) {
        definition = .convolution(packed)
      } else {
        return nil
      }
      let zero = UInt8(clamping: kernel.inputZeroPoint + inputs[0].bias)
      MarginFill(layout: inputs[0], value: zero).run(arena, &events)
    case .add(let kernel):
      let shape = program.values[step.output].shape
      guard step.inputs.allSatisfy({ program.values[$0].shape == shape }),
        let packed = PackedAddition(kernel, inputs: inputs, output: output, packing)
      else { return nil }
      definition = .addition(packed)
    default: return nil
    }
    for (layout, index) in zip(inputs, step.inputs) {
      guard let position = program.inputs.firstIndex(of: index) else { return nil }
      Elements(layout: layout).write(sample[position], arena)
    }
    before = (0..<arena.count).map { arena[$0] }
    Elements(layout: output).write(expected, arena)
    after = (0..<arena.count).map { arena[$0] }
    self.name = "\(packing.set.rawValue) \(name)"
    self.inputs = inputs
    self.output = output
  }
}

extension KernelCase {
  /// Packings of all sets and random programs of one step: shapes around the edges of tiles, operands at the ends of
  /// their formats, every form of requantization.
  static func all(_ packing: KernelPacking) -> [KernelCase] {
    var cases: [KernelCase] = []
    func add(_ program: Program, _ name: String, _ seed: Int) {
      // Random inputs, all smallest, all largest, alternating, and random ends, in turn.
      let inputs = samples(program, seed: UInt64(seed))
      for sample in [seed % 5, (seed + 1) % 5] {
        let case1 = KernelCase(program, inputs[sample], packing, name: "\(name), sample \(sample)", seed: UInt64(seed))
        if let case1 { cases.append(case1) }
      }
    }
    let kinds: [RandomConvolution.Kind] = [.pointwise, .window, .depthwise, .fullyConnected]
    let forms: [RequantizationForm] = [.shift, .mixedShifts, .double, .single, .float64, .float32]
    let channels = Array(1...17) + [24, 31, 32, 33, 47, 48, 49, 63, 64, 65, 80, 127, 128, 129]
    var number = 0
    for outputChannels in channels {
      for form in forms {
        number += 1
        let kind = kinds[(number + number / 6) % 4]
        // The quick suite takes every form of each kernel: seven is no divisor of what the choices count by.
        guard TestScope.isExhaustive || number % 7 == 0 || kind == .depthwise else { continue }
        // Each count of pixels meets each remainder of the tiles, each count of channels each form.
        let demand = RandomConvolution.Demand(
          kind: kind, form: form, outputChannels: outputChannels,
          pixels: 1 + number * 7 % 50,
          isTame: true)
        let test = RandomConvolution(seed: UInt64(20_000 + number), demand)
        add(test.program, test.description, number)
      }
    }
    for inputChannels in Array(1...20) + [31, 32, 33, 63, 64, 65, 100] {
      for kind in kinds {
        number += 1
        guard TestScope.isExhaustive || number % 7 == 0 else { continue }
        let demand = RandomConvolution.Demand(
          kind: kind, form: forms[number % 6], outputChannels: [5, 17, 40][number % 3], inputChannels: inputChannels,
          pixels: 1 + number % 9, isTame: true)
        let test = RandomConvolution(seed: UInt64(30_000 + number), demand)
        add(test.program, test.description, number)
      }
    }
    // So many pixels that kernels take them in several portions.
    for (pixels, inputChannels) in [(47, 140), (48, 140), (49, 140), (54, 140), (55, 131), (97, 140), (391, 3)] {
      number += 1
      let demand = RandomConvolution.Demand(
        kind: .pointwise, form: number % 2 == 0 ? .double : .single, outputChannels: 20, inputChannels: inputChannels,
        pixels: pixels, isTame: true)
      add(RandomConvolution(seed: UInt64(50_000 + number), demand).program, "\(pixels) pixels", number)
    }
    // Every eighth sum is a tie, and others lie beside one.
    for (position, stages) in tieStages.enumerated() {
      number += 1
      let biases = (0..<21).map { Int64($0 * 5 - 50) }
      let weights = (0..<42).map { Int32($0 % 5 - 2) }
      let stage = OutputStage([Requantization(stages: stages)], zeroPoint: Int64(position % 9 - 4))
      let program = RequantizationTests.pointwise(biases: biases, weights: weights, depth: 2, stage)
      for seed in [0, 2, 4] { add(program, "ties \(stages)", number + seed) }
    }
    for shape in [[1], [15], [16], [17], [31], [32], [33], [63], [64], [65], [2, 3, 5, 7]] {
      for seed in 0..<30 {
        number += 1
        guard seed < TestScope.count(30, quick: 5) else { continue }
        var choices = Choices(seed: UInt64(40_000 + number))
        add(AdditionTests.program(&choices, (shape, shape, shape)), "ADD \(shape), seed \(seed)", number)
      }
    }
    return cases
  }

  /// Divisions by eight in every form.
  private static var tieStages: [[Requantization.Stage]] {
    let shifts = Rounding.allCases.map { [Requantization.Stage.shiftRight(3, $0)] }
    let double: [Requantization.Stage] = [
      .multiply(1 << 30), .shiftRight(31, .tiesTowardPositive), .saturate(.int(32)), .shiftRight(2, .tiesAwayFromZero),
    ]
    return shifts + [
      double, [.multiply(1 << 30), .shiftRight(33, .tiesTowardPositive)],
      [.scaleAsFloat(FloatScale(0.125), .tiesAwayFromZero)],
      [.scaleAsFloat(FloatScale(Float(0.125)), .tiesToEven)],
    ]
  }
}
