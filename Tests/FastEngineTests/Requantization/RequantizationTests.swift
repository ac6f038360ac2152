internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
@testable internal import Simulation
internal import Testing

/// Sums that lie on ties and beside them, and sums at the end of 32 bits.
@Suite struct RequantizationTests {
  /// A pointwise convolution over one row, in which each bias is a sum that matters and products only move it a little.
  static func pointwise(
    biases: [Int64], weights: [Int32], depth: Int, _ stage: OutputStage, type: ElementType = .int8,
    zeroPoint: Int32 = 0, accumulator: AccumulatorRule = .wide
  ) -> Program {
    let pixel = Window(size: 1, stride: 1)
    let kernel = ConvolutionKernel(
      input: Shape([1, 1, 7, depth]), output: Shape([1, 1, 7, biases.count]),
      window: WindowGeometry(rows: pixel, columns: pixel, padTop: 0, padLeft: 0), groups: 1,
      inputZeroPoint: zeroPoint, weights: weights, order: .heightWidthChannel, bias: biases, accumulator: accumulator,
      outputStage: stage)
    var builder = ProgramBuilder()
    let x = builder.input([1, 1, 7, depth], type)
    let y = builder.step(.convolution(kernel), [x], [1, 1, 7, biases.count], type)
    return builder.finish([y])
  }

  /// A program whose channels have sums around `(k + ½)·unit` and `k·unit`, and its samples' first difference.
  static func around(unit: Int64, _ stage: OutputStage, type: ElementType) -> String? {
    let biases = (0..<18).map { channel -> Int64 in
      let sum = Int64(channel / 2 - 4) * unit + (channel % 2 == 0 ? unit / 2 : 0)
      return min(max(sum, -(1 << 30)), 1 << 30)
    }
    // Products add −2…2 around the zero point's own sum, 0.
    let weights = (0..<18).map { Int32($0 % 3 - 1) }
    let zero = Int32(type == .uint8 ? 128 : 0)
    let program = pointwise(biases: biases, weights: weights, depth: 1, stage, type: type, zeroPoint: zero)
    let near: [Int32] = [0, 1, -1, 2, -2, 3, -128]
    return firstDifference(program, [[near.map { $0 + zero }]])
  }

  @Test("One rounding shift: every rounding, every count, on ties and beside them", arguments: Rounding.allCases)
  func shifts(rounding: Rounding) {
    for count in 0...31 {
      for type in [ElementType.int8, .uint8] {
        let stages: [Requantization.Stage] = count == 0 ? [] : [.shiftRight(count, rounding)]
        let stage = OutputStage([Requantization(stages: stages)], zeroPoint: type == .int8 ? -3 : 128, type)
        let difference = Self.around(unit: 1 << Int64(count), stage, type: type)
        #expect(difference == nil, "\(count) \(type)")
      }
    }
  }

  @Test("Double rounding: every count, both directions, on ties and beside them", arguments: -31...31)
  func doubleRounding(count: Int) {
    for factor in [1 << 30, (1 << 30) + 1, (1 << 31) - 1, 1_518_500_250, 0] as [Int64] {
      for hasWrap in [true, false] where hasWrap || count >= 0 {
        var stages: [Requantization.Stage] = count < 0 ? [.shiftLeft(-count)] : []
        if hasWrap { stages.append(.wrap(.int(32))) }
        stages += [.multiply(factor), .shiftRight(31, .tiesTowardPositive), .saturate(.int(32))]
        if count > 0 { stages.append(.shiftRight(count, .tiesAwayFromZero)) }
        let stage = OutputStage([Requantization(stages: stages)], zeroPoint: 5)
        let difference = Self.around(unit: 1 << Int64(max(count + 1, 0)), stage, type: .int8)
        #expect(difference == nil, "\(factor) \(hasWrap)")
      }
    }
  }

  @Test("Single rounding: every count, on ties and beside them", arguments: 0...62)
  func singleRounding(count: Int) {
    for factor in [1 << 30, (1 << 30) + 1, (1 << 31) - 1, 1, 0] as [Int64] {
      for rounding in [Rounding.tiesTowardPositive, .tiesToEven] {
        let stages: [Requantization.Stage] = [.multiply(factor), .shiftRight(count, rounding)]
        let stage = OutputStage([Requantization(stages: stages)], zeroPoint: -100)
        let unit = factor >= 1 << 30 ? Int64(1) << Int64(max(count - 30, 0)) : 1 << Int64(count)
        let difference = Self.around(unit: min(unit, 1 << 32), stage, type: .int8)
        #expect(difference == nil, "\(factor) \(rounding)")
      }
    }
  }

  /// Stages of which each has its own largest sum for 32-bit arithmetic.
  static let stages: [[Requantization.Stage]] = [
    [], [.shiftRight(1, .tiesToEven)], [.shiftRight(8, .tiesTowardPositive)], [.shiftRight(20, .tiesAwayFromZero)],
    [.shiftRight(21, .tiesTowardPositive)], [.shiftRight(21, .towardZero)], [.shiftRight(22, .tiesTowardPositive)],
    [.shiftRight(24, .ceiling)], [.shiftRight(31, .awayFromZero)],
    [.multiply(1 << 30), .shiftRight(31, .tiesTowardPositive), .saturate(.int(32)), .shiftRight(8, .tiesAwayFromZero)],
    [
      .multiply((1 << 31) - 1), .shiftRight(31, .tiesTowardPositive), .saturate(.int(32)),
      .shiftRight(31, .tiesAwayFromZero),
    ],
    [.multiply((1 << 31) - 1), .shiftRight(62, .tiesTowardPositive)],
    [.multiply((1 << 31) - 1), .shiftRight(0, .tiesTowardPositive)],
  ]

  @Test("Sums up to and beyond the end of 32-bit arithmetic", arguments: stages.indices)
  func limits(index: Int) {
    let count = Self.stages[index].reduce(0) { if case .shiftRight(let n, _) = $1 { max($0, n) } else { $0 } }
    let room = Int64(Int32.max)
    // The ends of the register, of the shift's rounding constants, and of the zero point above them.
    let constants: [Int64] = count > 30 ? [0] : [0, 1 << Int64(count), 128 << Int64(count), 512 << Int64(count)]
    for (number, constant) in constants.enumerated() {
      for near in -2...2 {
        for sign in [1, -1] as [Int64] {
          let biases = (0..<17).map { sign * (room - 255 - constant + Int64(near) - Int64($0 % 2)) }
          for rule in [
            AccumulatorRule.wide, .init(format: .int(64), overflow: .wrap, productsPerCheck: 1, startsFromBias: false),
          ] {
            let stage = OutputStage(
              [Requantization(stages: Self.stages[index])], zeroPoint: number % 2 == 0 ? 127 : -128)
            let program = Self.pointwise(
              biases: biases, weights: [Int32](repeating: Int32(sign), count: 17), depth: 1, stage, zeroPoint: -128,
              accumulator: rule)
            let difference = firstDifference(program, [[[-128, 127, 0, 126, 125, -127, 1]]])
            #expect(difference == nil, "\(constant) \(near) \(sign) \(rule.format.bits)")
          }
        }
      }
    }
  }

  @Test("A result that 64 bits cannot hold with its zero point is cut, not lost")
  func hugeResults() {
    let huge: [[Requantization.Stage]] = [
      [.shiftLeft(31), .shiftLeft(31)], [.scaleAsFloat(FloatScale(0x1p60), .tiesToEven)],
      [.multiply(-(1 << 31)), .multiply(1 << 31)],
    ]
    for stages in huge {
      for (zeroPoint, type) in [(127, ElementType.int8), (-128, .int8), (255, .uint8)] {
        let stage = OutputStage([Requantization(stages: stages)], zeroPoint: Int64(zeroPoint), type)
        let program = Self.pointwise(
          biases: [1 << 20, -(1 << 20), 0], weights: [1, 1, 1], depth: 1, stage, type: type)
        let difference = firstDifference(program, samples(program, seed: 1))
        #expect(difference == nil, "\(stages)")
        var builder = ProgramBuilder()
        let x = builder.input([300], type)
        let y = builder.step(.rescale(RescaleKernel(inputZeroPoint: 3, outputStage: stage)), [x], [300], type)
        let z = builder.step(
          .mean(MeanKernel(axes: [0], inputZeroPoint: 3, outputStage: stage)), [x], [1], type)
        let rescaling = builder.finish([y, z])
        let other = firstDifference(rescaling, samples(rescaling, seed: 1))
        #expect(other == nil, "\(stages)")
      }
    }
  }
}
