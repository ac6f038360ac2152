internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
@testable internal import Simulation
internal import TestSupport
internal import Testing

/// Steps without weights.
@Suite struct StepTests {
  /// Whether a program of one step agrees, for a random shape of rank 4.
  static func differ(
    seed: Int, _ make: (inout Choices, inout ProgramBuilder, Int, [Int], ElementType) -> Int
  ) -> String? {
    var choices = Choices(seed: UInt64(seed))
    let type = choices.pick([ElementType.int8, .uint8])
    var builder = ProgramBuilder()
    let shape = [choices.pick(1...2), choices.pick(1...6), choices.pick(1...6), choices.pick([1, 2, 3, 16, 17, 65])]
    let x = builder.input(shape, type)
    let y = make(&choices, &builder, x, shape, type)
    let program = builder.finish([y])
    return firstDifference(program, samples(program, seed: UInt64(seed))).map {
      "\($0)\nseed \(seed), \(type) \(shape), \(program.steps.map(\.kernel))"
    }
  }

  /// The clamp of a random output stage.
  static func stage(
    _ choices: inout Choices, _ requantization: Requantization, _ type: ElementType, hasZeroPoint: Bool = true
  ) -> OutputStage {
    var stage = OutputStage(
      [requantization], zeroPoint: hasZeroPoint ? Int64(choices.pick(type.range8)) : 0, type)
    if choices.once(in: 3) { stage.low = Int64(choices.pick(Int(stage.low)...Int(stage.high))) }
    if choices.once(in: 3) { stage.high = Int64(choices.pick(Int(stage.low)...Int(stage.high))) }
    return stage
  }

  static func reciprocal(_ choices: inout Choices, _ count: Int) -> Requantization {
    let rounding = choices.pick(Rounding.allCases)
    return Requantization(stages: [.multiply(Int64(65536 / count)), .shiftRight(16, rounding)])
  }

  @Test("Pools of every window, division and clamp")
  func pools() {
    for seed in 0..<TestScope.count(150, quick: 30) {
      let difference = Self.differ(seed: 7000 + seed) { choices, builder, x, shape, type in
        func axis(_ extent: Int) -> (Window, Int, Int) {
          let window = Window(size: choices.pick(1...4), stride: choices.pick(1...3))
          // Each window holds at least one element of the image.
          let padding = choices.pick(0...window.size - 1)
          return (window, padding, (extent - 1 + padding) / window.stride + 1)
        }
        let (rows, top, height) = axis(shape[1])
        let (columns, left, width) = axis(shape[2])
        let window = WindowGeometry(rows: rows, columns: columns, padTop: top, padLeft: left)
        let output = [shape[0], height, width, shape[3]]
        switch choices.pick(0...2) {
        case 0:
          let stage = Self.stage(&choices, .identity, type)
          return builder.step(
            .maxPool(MaxPoolKernel(window: window, low: stage.low, high: stage.high)), [x], output, type)
        case 1:
          let stage = Self.stage(&choices, .identity, type, hasZeroPoint: false)
          let division = AveragePoolKernel.Division.divide(choices.pick(Rounding.allCases))
          return builder.step(
            .averagePool(
              AveragePoolKernel(window: window, inputZeroPoint: 0, division: division, outputStage: stage)), [x],
            output, type)
        default:
          let table = (1...rows.size * columns.size).map { Self.reciprocal(&choices, $0) }
          let stage = Self.stage(&choices, .identity, type)
          return builder.step(
            .averagePool(
              AveragePoolKernel(
                window: window, inputZeroPoint: Int64(choices.pick(type.range8)), division: .reciprocals(table),
                outputStage: stage)), [x], output, type)
        }
      }
      #expect(difference == nil)
    }
  }

  @Test("Means over every set of axes")
  func means() {
    for axes in 0..<16 {
      for seed in 0..<TestScope.count(6, quick: 2) {
        let difference = Self.differ(seed: 8000 + axes * 10 + seed) { choices, builder, x, shape, type in
          let reduced = (0..<4).filter { axes >> $0 & 1 == 1 }
          let count = reduced.reduce(1) { $0 * shape[$1] }
          let kernel = MeanKernel(
            axes: reduced, inputZeroPoint: Int64(choices.pick(type.range8)),
            outputStage: Self.stage(&choices, Self.reciprocal(&choices, count), type))
          return builder.step(.mean(kernel), [x], (0..<4).map { reduced.contains($0) ? 1 : shape[$0] }, type)
        }
        #expect(difference == nil)
      }
    }
  }

  @Test("Tables, rescaling, padding, softmax and the borders to float32")
  func elementwise() throws {
    let softmax = try #require(TFLiteSoftmax(beta: 1, inputScale: 0.1))
    for seed in 0..<TestScope.count(120, quick: 30) {
      let difference = Self.differ(seed: 9000 + seed) { choices, builder, x, shape, type in
        let low = Int32(type.range8.lowerBound)
        switch seed % 6 {
        case 0:
          let entries = (0..<256).map { _ in Int32(choices.pick(type.range8)) }
          return builder.step(.table(TableKernel(first: low, entries: entries)), [x], shape, type)
        case 1:
          let form = choices.pick(RequantizationForm.allCases)
          let rounding = choices.pick(Rounding.allCases)
          let requantization = choices.requantization(form, size: choices.pick(5...12), rounding)
          let other = choices.pick([ElementType.int8, .uint8])
          let kernel = RescaleKernel(
            inputZeroPoint: Int64(choices.pick(type.range8)), outputStage: Self.stage(&choices, requantization, other))
          return builder.step(.rescale(kernel), [x], shape, other)
        case 2:
          let (before, after) = ((0..<4).map { _ in choices.pick(0...2) }, (0..<4).map { _ in choices.pick(0...2) })
          let output = (0..<4).map { before[$0] + shape[$0] + after[$0] }
          let value = Int32(choices.pick(type.range8))
          return builder.step(.pad(PadKernel(before: before, after: after, value: value)), [x], output, type)
        case 3:
          let format = IntegerFormat(bits: 8, isSigned: type == .int8)
          return builder.step(.softmax(SoftmaxKernel(parameters: softmax, format: format)), [x], shape, type)
        case 4:
          let entries = (0..<256).map { Int32(bitPattern: (Float($0) * 0.37 - 11).bitPattern) }
          let real = builder.step(.table(TableKernel(first: low, entries: entries)), [x], shape, .float32)
          let moved = builder.step(.copy, [real], [Shape(shape).count], .float32)
          let kernel = QuantizeFloatKernel(
            scaleBits: Float(0.3).bitPattern, zeroPoint: 3, low: Int64(low), high: Int64(type.range8.upperBound))
          return builder.step(.quantizeFloat(kernel), [moved], [Shape(shape).count], type)
        default:
          return builder.step(.copy, [x], [Shape(shape).count], type)
        }
      }
      #expect(difference == nil)
    }
  }

  @Test("Joins along every axis, with constants and tables", arguments: 0..<4)
  func joins(axis: Int) {
    for seed in 0..<TestScope.count(20, quick: 5) {
      let difference = Self.differ(seed: 10000 + axis * 100 + seed) { choices, builder, x, shape, type in
        var inputs = [x]
        var tables: [TableKernel?] = []
        var output = shape
        output[axis] *= 4
        let constant = (0..<Shape(shape).count).map { _ in Int32(choices.pick(type.range8)) }
        inputs += [builder.input(shape, type), builder.value(shape, type, constant: constant), x]
        for _ in inputs {
          let entries = (0..<256).map { _ in Int32(choices.pick(type.range8)) }
          tables.append(
            choices.once(in: 2) ? TableKernel(first: Int32(type.range8.lowerBound), entries: entries) : nil)
        }
        let stage = Self.stage(&choices, .identity, type)
        let kernel = ConcatenationKernel(axis: axis, tables: tables, low: stage.low, high: stage.high)
        return builder.step(.concatenation(kernel), inputs, output, type)
      }
      #expect(difference == nil)
    }
  }

  @Test("Float32 that no integer holds: infinities, NaN, ties, ends of 32 bits")
  func strangeFloats() {
    let floats: [Float] = [
      0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, .infinity, -.infinity, .nan, 0x1p31, -0x1p31, 0x1p30, 3e38, -3e38, 0x1p-120,
      127.5,
      -128.5,
    ]
    var builder = ProgramBuilder()
    let x = builder.input([floats.count], .float32)
    let outputs = [ElementType.int8, .uint8].flatMap { type in
      [type.range8.lowerBound, type.range8.upperBound].flatMap { zero in
        [Float(1), 0.25, 0x1p-20].map { scale in
          builder.step(
            .quantizeFloat(
              QuantizeFloatKernel(
                scaleBits: scale.bitPattern, zeroPoint: Int64(zero), low: Int64(type.range8.lowerBound),
                high: Int64(type.range8.upperBound))), [x], [floats.count], type)
        }
      }
    }
    let program = builder.finish(outputs)
    #expect(firstDifference(program, [[floats.map { Int32(bitPattern: $0.bitPattern) }]]) == nil)
  }
}
