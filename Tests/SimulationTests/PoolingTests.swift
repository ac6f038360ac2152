import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing

/// Pools and means against sums over windows that are looked up one element at a time.
@Suite struct PoolingTests {
  static func input(_ count: Int, _ type: ElementType, seed: UInt64) -> [Int32] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Int32(generator.next() % 256) - (type == .int8 ? 128 : 0) }
  }

  /// The elements of each window of a `[2,5,7,3]` image that lie inside of it, for each output in order.
  static func windows(_ input: [Int32], _ pool: Pool2D) -> [[Int64]] {
    let (rows, top) = Slow.placement(5, pool.filterHeight, pool.strideHeight, 1, pool.padding)
    let (columns, left) = Slow.placement(7, pool.filterWidth, pool.strideWidth, 1, pool.padding)
    var result: [[Int64]] = []
    for n in 0..<2 {
      for i in 0..<rows {
        for j in 0..<columns {
          for c in 0..<3 {
            var window: [Int64] = []
            for y in 0..<5 where (0..<pool.filterHeight).contains(y - i * pool.strideHeight + top) {
              for x in 0..<7 where (0..<pool.filterWidth).contains(x - j * pool.strideWidth + left) {
                window.append(Int64(input[n * 105 + y * 21 + x * 3 + c]))
              }
            }
            result.append(window)
          }
        }
      }
    }
    return result
  }

  static func network(_ operation: Operation, _ pool: Pool2D, _ type: ElementType, zeroPoint: Int64) -> Network {
    let rows = Slow.placement(5, pool.filterHeight, pool.strideHeight, 1, pool.padding).0
    let columns = Slow.placement(7, pool.filterWidth, pool.strideWidth, 1, pool.padding).0
    var builder = NetworkBuilder()
    let x = builder.input([2, 5, 7, 3], type, scale: 0.125, zeroPoint: zeroPoint)
    let y = builder.activation([2, rows, columns, 3], type, scale: 0.125, zeroPoint: zeroPoint)
    builder.node(operation, [x], y)
    return builder.finish(y)
  }

  static let pools: [Pool2D] = [Padding.same, .valid].flatMap { padding in
    [(1, 1, 1, 1), (2, 2, 2, 2), (3, 3, 1, 1), (3, 2, 2, 3), (5, 7, 1, 1)].flatMap { height, width, down, right in
      [Activation.none, .relu6].map {
        Pool2D(
          padding: padding, filterHeight: height, filterWidth: width, strideHeight: down, strideWidth: right,
          activation: $0)
      }
    }
  }

  @Test(arguments: Rounding.allCases) func anAverageIsTheExactQuotientRounded(_ rounding: Rounding) throws {
    var profile = HardwareProfile.generic
    profile.operators["AVERAGE_POOL_2D"]?.division = .divide(rounding: rounding)
    for (number, pool) in Self.pools.enumerated() {
      let type: ElementType = number % 3 == 0 ? .uint8 : .int8
      let network = Self.network(.averagePool2D(pool), pool, type, zeroPoint: 10)
      let input = Self.input(210, type, seed: UInt64(number))
      let outcome = try ReferenceEngine(Program.lower(network, for: profile)).run([input])
      var expected = Slow.Result()
      for window in Self.windows(input, pool) {
        let mean = SlowArithmetic.round(
          Int128(window.reduce(0, +)), over: Int128(window.count), Slow.rule(rounding))
        Slow.append(
          Int64(mean), .identity, to: &expected, network.tensors[1], pool.activation, addsZeroPoint: false)
      }
      #expect(outcome.outputs[0] == expected.elements, "pool \(number)")
      #expect(outcome.events[0].outputSaturations == 0)
    }
  }

  @Test(arguments: [3, 8, 16, 32]) func aReciprocalIsTheNearestSignificandOfItsWidth(_ bits: Int) throws {
    var profile = HardwareProfile.generic
    profile.operators["AVERAGE_POOL_2D"]?.division = .reciprocal(bits: bits, rounding: .tiesTowardPositive)
    for (number, pool) in Self.pools.enumerated() {
      let network = Self.network(.averagePool2D(pool), pool, .int8, zeroPoint: -5)
      let input = Self.input(210, .int8, seed: UInt64(number))
      let outcome = try ReferenceEngine(Program.lower(network, for: profile)).run([input])
      var expected = Slow.Result()
      for window in Self.windows(input, pool) {
        // 1/count = significand / 2^shift with a significand of exactly `bits` bits, nearest and ties up.
        let count = Int128(window.count)
        var shift = bits - 1
        while SlowArithmetic.powerOfTwo(shift + 1) / count < SlowArithmetic.powerOfTwo(bits) { shift += 1 }
        var significand = SlowArithmetic.round(SlowArithmetic.powerOfTwo(shift), over: count, .tiesAwayFromZero)
        if significand == SlowArithmetic.powerOfTwo(bits) { (significand, shift) = (significand / 2, shift - 1) }
        let sum = Int128(window.reduce(0) { $0 + $1 + 5 })
        let scaled = SlowArithmetic.shiftRight(sum * significand, by: shift, .tiesTowardPositive)
        Slow.append(Int64(scaled), .identity, to: &expected, network.tensors[1], pool.activation)
      }
      #expect(outcome.outputs[0] == expected.elements, "pool \(number)")
      #expect(outcome.events[0].outputSaturations == expected.saturations)
    }
  }

  @Test func aMaximumLooksAtTheImageOnly() throws {
    for (number, pool) in Self.pools.enumerated() {
      let network = Self.network(.maxPool2D(pool), pool, .int8, zeroPoint: 100)
      // All elements lie below the zero point, so that padding would win if it counted.
      let input = Self.input(210, .int8, seed: UInt64(number)).map { min($0, 20) }
      let outcome = try ReferenceEngine(Program.lower(network, for: .host)).run([input])
      var expected = Slow.Result()
      for window in Self.windows(input, pool) {
        Slow.append(
          window.max() ?? 0, .identity, to: &expected, network.tensors[1], pool.activation, addsZeroPoint: false)
      }
      #expect(outcome.outputs[0] == expected.elements, "pool \(number)")
    }
  }

  @Test(arguments: [[0], [1, 2], [-1], [0, 3], [3, 1, -3], [0, 1, 2, 3]], [false, true])
  func aMeanSumsOverItsAxes(_ axes: [Int64], _ keepsAxes: Bool) throws {
    let shape = [2, 3, 5, 4]
    let reduced = Set(axes.map { Int($0 < 0 ? $0 + 4 : $0) })
    var builder = NetworkBuilder()
    let x = builder.input(shape, .int8, scale: 0.5, zeroPoint: 7)
    let list = builder.constant(axes, [axes.count], .int32)
    let kept = shape.indices.filter { !reduced.contains($0) }
    let y = builder.activation(
      keepsAxes ? shape.indices.map { reduced.contains($0) ? 1 : shape[$0] } : kept.map { shape[$0] }, .int8,
      scale: 0.25, zeroPoint: -3)
    builder.node(.mean(Mean(keepsAxes: keepsAxes)), [x, list], y)
    let network = builder.finish(y)
    let input = Self.input(120, .int8, seed: 3)
    for division in [AverageDivision.foldedMultiplier, .reciprocal(bits: 16, rounding: .tiesToEven)] {
      var profile = HardwareProfile.generic
      profile.operators["MEAN"]?.division = division
      let program = try Program.lower(network, for: profile)
      guard case .mean(let kernel) = program.steps[0].kernel else { continue }
      var expected = Slow.Result()
      for output in 0..<kept.map({ shape[$0] }).reduce(1, *) {
        var sum: Int64 = 0
        for (position, value) in input.enumerated() {
          let at = [position / 60, position / 20 % 3, position / 4 % 5, position % 4]
          if kept.reduce(0, { $0 * shape[$1] + at[$1] }) == output { sum += Int64(value) - 7 }
        }
        Slow.append(sum, kernel.outputStage.requantizations[0], to: &expected, network.tensors[y])
      }
      let outcome = try ReferenceEngine(program).run([input])
      #expect(outcome.outputs[0] == expected.elements)
      #expect(outcome.events[0].outputSaturations == expected.saturations)
    }
  }
}
