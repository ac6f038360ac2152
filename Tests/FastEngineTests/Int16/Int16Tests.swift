internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
@testable internal import Simulation
internal import TestSupport
internal import Testing

@testable internal import FastEngine

/// Steps on int16 activations: each way of the fast engine must equal the reference engine.
@Suite struct Int16Tests {
  @Test("Random convolutions on random machines", arguments: RandomConvolution.Kind.allCases)
  func convolutions(kind: RandomConvolution.Kind) {
    let count = TestScope.count(80, quick: 12)
    let cases = (0..<count).lazy.map { RandomConvolution(seed: 50000 + UInt64($0), .init(kind: kind, type: .int16)) }
    #expect(ConvolutionTests.first(cases, samples: 3) == nil)
  }

  @Test("Convolutions on a register that holds every sum, with channels around the edges of vectors")
  func wideRegisters() {
    let rule = AccumulatorRule(format: .int(40), overflow: .saturate, productsPerCheck: 1, startsFromBias: true)
    let kinds: [RandomConvolution.Kind] = [.pointwise, .window, .depthwise]
    let cases = [1, 7, 8, 9, 31, 33, 64].flatMap { channels in
      kinds.map { kind in
        RandomConvolution(
          seed: 51000 + UInt64(channels),
          .init(kind: kind, type: .int16, outputChannels: channels, inputChannels: channels, accumulator: rule))
      }
    }
    #expect(ConvolutionTests.first(cases) == nil)
  }

  /// So many taps that no 32 bits hold the sum of their products, all at the ends of their formats.
  @Test("Sums beyond 32 bits", arguments: [511, 512, 513, 1024, 3000])
  func deep(taps: Int) {
    let pixel = Window(size: 1, stride: 1)
    let kernel = ConvolutionKernel(
      input: Shape([1, 1, 2, taps]), output: Shape([1, 1, 2, 3]),
      window: WindowGeometry(rows: pixel, columns: pixel, padTop: 0, padLeft: 0), groups: 1, inputZeroPoint: 0,
      weights: (0..<3 * taps).map { $0 < taps ? -128 : $0 < 2 * taps ? 127 : Int32($0 % 255) - 127 },
      order: .heightWidthChannel, bias: [1 << 40, -(1 << 40), 5],
      accumulator: AccumulatorRule(format: .int(64), overflow: .wrap, productsPerCheck: nil, startsFromBias: false),
      outputStage: OutputStage([Requantization(stages: [.shiftRight(26, .tiesToEven)])], .int16))
    var builder = ProgramBuilder()
    let x = builder.input([1, 1, 2, taps], .int16)
    let y = builder.step(.convolution(kernel), [x], [1, 1, 2, 3], .int16)
    let program = builder.finish([y])
    #expect(firstDifference(program, samples(program, seed: UInt64(taps))) == nil)
  }

  @Test("Sums of two operands, broadcast and constant, on registers of all widths")
  func additions() {
    for seed in 0..<TestScope.count(120, quick: 20) {
      var choices = Choices(seed: 52000 + UInt64(seed))
      var builder = ProgramBuilder()
      let shape = [2, choices.pick(1...5), choices.pick(1...9)]
      let x = builder.input(shape, .int16)
      let other = choices.pick([shape, [shape[2]], [1]])
      let constant = (0..<other.reduce(1, *)).map { _ in Int32(choices.signed(bits: 15)) }
      let y = choices.once(in: 2) ? builder.value(other, .int16, constant: constant) : builder.input(other, .int16)
      let operands = (0..<2).map { _ in
        AddKernel.Operand(
          zeroPoint: 0,
          alignment: choices.pick([
            .identity, Requantization(stages: [.multiply(choices.signed(bits: 15))]),
            Requantization(stages: [.shiftRight(choices.pick(0...9), choices.pick(Rounding.allCases))]),
            Requantization(
              stages: [.shiftLeft(15)] + choices.requantization(.double, size: 20, .floor).stages),
          ]))
      }
      let register = AccumulatorRule(
        format: .int(choices.pick([12, 17, 20, 32, 40, 64])), overflow: choices.pick([.wrap, .saturate, .trap]),
        productsPerCheck: choices.pick([nil, 1]), startsFromBias: false)
      let stage = OutputStage(
        [choices.requantization(choices.pick(RequantizationForm.allCases), size: 17, .tiesToEven)], .int16)
      let kernel = AddKernel(operands: operands, accumulator: register, outputStage: stage)
      let sum = builder.step(.add(kernel), [x, y], shape, .int16)
      let program = builder.finish([sum])
      #expect(firstDifference(program, samples(program, seed: UInt64(seed))) == nil, "seed \(seed)")
    }
  }

  @Test("Pools, rescalings, softmax and means")
  func others() throws {
    let exponential: (Double) -> Double = { 1 / (1 - $0 + $0 * $0 / 2) }
    let softmax = try #require(TFLiteSoftmax16(beta: 1, inputScale: 0.0004, exponential: exponential))
    for seed in 0..<TestScope.count(60, quick: 10) {
      var choices = Choices(seed: 53000 + UInt64(seed))
      var builder = ProgramBuilder()
      let shape = [2, choices.pick(2...5), choices.pick(2...6), choices.pick(1...9)]
      let x = builder.input(shape, .int16)
      let window = WindowGeometry(
        rows: Window(size: 2, stride: 1), columns: Window(size: 2, stride: 1), padTop: choices.pick(0...1), padLeft: 0)
      let stage = OutputStage(
        [choices.requantization(choices.pick(RequantizationForm.allCases), size: 15, .floor)], .int16)
      let pooled = [2, shape[1] - 1 + window.padTop, shape[2] - 1, shape[3]]
      let average = AveragePoolKernel(
        window: window, inputZeroPoint: 0,
        division: choices.once(in: 2)
          ? .divide(choices.pick(Rounding.allCases))
          : .reciprocals(
            (1...4).map { Requantization(stages: [.multiply(65535 / Int64($0)), .shiftRight(16, .floor)]) }),
        outputStage: OutputStage([.identity], .int16))
      let outputs = [
        builder.step(.averagePool(average), [x], pooled, .int16),
        builder.step(.maxPool(MaxPoolKernel(window: window, low: -9000, high: 32767)), [x], pooled, .int16),
        builder.step(.rescale(RescaleKernel(inputZeroPoint: 0, outputStage: stage)), [x], shape, .int16),
        builder.step(
          .rescale(RescaleKernel(inputZeroPoint: 0, outputStage: OutputStage(stage.requantizations, .int8))), [x],
          shape, .int8),
        builder.step(.softmax16(Softmax16Kernel(parameters: softmax)), [x], shape, .int16),
        builder.step(
          .mean(MeanKernel(axes: [1, 2], inputZeroPoint: 0, outputStage: stage)), [x], [2, 1, 1, shape[3]], .int16),
      ]
      let program = builder.finish(outputs)
      #expect(firstDifference(program, samples(program, seed: UInt64(seed))) == nil, "seed \(seed)")
    }
  }

  @Test("A short form of a requantization gives what its stages give, at the ends of its reach and in between")
  func scales() {
    let count = TestScope.count(4000, quick: 400)
    var found = 0
    for seed in 0..<count {
      var choices = Choices(seed: 54000 + UInt64(seed))
      let bits = choices.pick(8...44)
      var stages = choices.requantization(choices.pick(RequantizationForm.allCases), size: bits, .tiesAwayFromZero)
        .stages
      if choices.once(in: 3) {
        stages = [
          .multiply(choices.signed(bits: 15)), .shiftRight(choices.pick(1...46), .tiesTowardPositive), .wrap(.int(32)),
        ]
      }
      let requantization = Requantization(stages: stages)
      let reach = Int64(1) << Int64(bits)
      guard let scale = WordScale(requantization, reach: Int128(reach)) else { continue }
      found += 1
      for x in [reach, -reach, 0, 1, -1] + (0..<40).map({ _ in choices.signed(bits: bits) }) {
        #expect(scale(x) == requantization.apply(x), "\(x), \(stages)")
      }
    }
    #expect(found > count / 4)
  }
}
