internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
@testable internal import Simulation
internal import TestSupport
internal import Testing

/// ADD as each machine aligns its operands.
@Suite struct AdditionTests {
  /// Shapes of both operands and the result: equal, broadcast along one or several axes, of different rank.
  static let shapes: [([Int], [Int], [Int])] = [
    ([1, 3, 4, 5], [1, 3, 4, 5], [1, 3, 4, 5]), ([2, 3, 4, 5], [5], [2, 3, 4, 5]),
    ([1, 1, 1, 5], [2, 3, 4, 5], [2, 3, 4, 5]), ([2, 3, 1, 5], [2, 1, 4, 1], [2, 3, 4, 5]), ([7], [1], [7]),
    ([3, 4], [2, 3, 4], [2, 3, 4]), ([63], [63], [63]), ([2, 32], [2, 32], [2, 32]), ([65], [65], [65]),
    ([1, 2, 4, 16], [1, 2, 4, 16], [1, 2, 4, 16]), ([1, 3, 11, 4], [1, 3, 11, 4], [1, 3, 11, 4]),
    ([1, 9, 19, 3], [1, 9, 19, 3], [1, 9, 19, 3]), ([1, 8, 8, 16], [1, 8, 8, 16], [1, 8, 8, 16]),
  ]

  /// The three alignments: TensorFlow Lite's, a multiplier for each operand, shifts.
  private static func requantizations(_ choices: inout Choices) -> ([Requantization], Requantization) {
    func double(_ right: Int) -> [Requantization.Stage] {
      [
        .multiply((1 << 30) + Int64(choices.pick(0...(1 << 30) - 1))), .shiftRight(31, .tiesTowardPositive),
        .saturate(.int(32)),
      ] + (right > 0 ? [.shiftRight(right, .tiesAwayFromZero)] : [])
    }
    switch choices.pick(0...2) {
    case 0:
      let left = choices.pick([20, 20, choices.pick(0...31)])
      let wrap: [Requantization.Stage] = choices.once(in: 2) ? [.wrap(.int(32))] : []
      let operands = (0..<2).map { _ in
        Requantization(stages: [.shiftLeft(left)] + wrap + double(choices.pick(0...3)))
      }
      return (operands, Requantization(stages: wrap + double(choices.pick(max(left - 3, 0)...left))))
    case 1:
      let bits = choices.pick([16, 32])
      let operands = (0..<2).map { _ in
        Requantization(stages: [.multiply(Int64(choices.pick(1...(1 << bits) - 1)))])
      }
      let count = bits - choices.pick(-1...2)
      if choices.once(in: 3) {
        // Nothing keeps a machine from ending with a product of its own.
        let factor = Int64(choices.pick(1 << 30...(1 << 31) - 1))
        return (operands, Requantization(stages: [.multiply(factor), .shiftRight(count + 31, .tiesTowardPositive)]))
      }
      return (operands, Requantization(stages: [.shiftRight(count, choices.pick(Rounding.allCases))]))
    default:
      let operands = (0..<2).map { _ in
        let count = choices.pick(0...15)
        return Requantization(stages: count == 0 ? [] : [.shiftLeft(count)])
      }
      return (operands, Requantization(stages: [.shiftRight(choices.pick(1...15), choices.pick(Rounding.allCases))]))
    }
  }

  static func program(_ choices: inout Choices, _ shapes: ([Int], [Int], [Int])) -> Program {
    let type = choices.pick([ElementType.int8, .uint8])
    let (alignments, requantization) = requantizations(&choices)
    let operands = alignments.map {
      AddKernel.Operand(zeroPoint: Int64(choices.pick(type.range8)), alignment: $0)
    }
    let bits = choices.pick([32, 32, 40, 64, choices.pick(8...24)])
    let rule = AccumulatorRule(
      format: .int(bits), overflow: choices.pick([.wrap, .saturate, .trap]),
      productsPerCheck: choices.pick([nil, 1, 4]), startsFromBias: choices.once(in: 2))
    var stage = OutputStage([requantization], zeroPoint: Int64(choices.pick(type.range8)), type)
    if choices.once(in: 3) { stage.low = Int64(choices.pick(Int(stage.low)...Int(stage.high))) }
    if choices.once(in: 3) { stage.high = Int64(choices.pick(Int(stage.low)...Int(stage.high))) }
    var builder = ProgramBuilder()
    let constant = choices.pick(0...3)
    let sources = [shapes.0, shapes.1].enumerated().map { position, shape -> Int in
      if position != constant { return builder.input(shape, type) }
      let elements = (0..<Shape(shape).count).map { _ in Int32(choices.pick(type.range8)) }
      return builder.value(shape, type, constant: elements)
    }
    let sum = builder.step(
      .add(AddKernel(operands: operands, accumulator: rule, outputStage: stage)), sources, shapes.2, type)
    return builder.finish([sum])
  }

  @Test("Every alignment, with broadcasting, constants and narrow registers", arguments: shapes.indices)
  func random(index: Int) {
    for seed in 0..<TestScope.count(150, quick: 15) {
      var choices = Choices(seed: UInt64(5000 + index * 1000 + seed))
      let program = Self.program(&choices, Self.shapes[index])
      if let difference = firstDifference(program, samples(program, seed: UInt64(seed))) {
        Issue.record("\(difference)\nshapes \(Self.shapes[index]), seed \(seed), \(program.steps[0].kernel)")
        return
      }
    }
  }

  @Test("A value added to itself")
  func doubled() {
    var builder = ProgramBuilder()
    let x = builder.input([1, 2, 2, 3])
    let operand = AddKernel.Operand(zeroPoint: 4, alignment: Requantization(stages: [.shiftLeft(3)]))
    let stage = OutputStage([Requantization(stages: [.shiftRight(4, .tiesToEven)])], zeroPoint: -4)
    let y = builder.step(
      .add(AddKernel(operands: [operand, operand], accumulator: .wide, outputStage: stage)), [x, x], [1, 2, 2, 3])
    let program = builder.finish([y, x])
    #expect(firstDifference(program, samples(program, seed: 3)) == nil)
  }
}
