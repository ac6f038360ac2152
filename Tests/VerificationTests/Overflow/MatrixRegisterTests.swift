import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing
import Verification

/// Registers of operators other than the plain convolution.
@Suite struct MatrixRegisterTests {
  static func product(_ type: ElementType, transposes: Bool = false) -> Network {
    var builder = NetworkBuilder()
    let zero: Int64 = type == .int16 ? 0 : 3
    let a = builder.input(transposes ? [2, 1, 5, 3] : [2, 1, 3, 5], type, scale: 0.1, zeroPoint: zero)
    let b = builder.input([1, 2, 5, 4], type, scale: 0.1, zeroPoint: -zero)
    let y = builder.activation([2, 2, 3, 4], type, scale: 0.7)
    builder.node(.batchMatMul(BatchMatMul(transposesFirst: transposes)), [a, b], y)
    return builder.finish(y)
  }

  /// The whole sums by their definition.
  private static func sums(_ operands: [[Int32]], zero: Int64, transposes: Bool) -> [Int64] {
    var result: [Int64] = []
    for image in 0..<2 {
      for other in 0..<2 {
        for row in 0..<3 {
          for column in 0..<4 {
            result.append(
              (0..<5).reduce(0) { sum, term in
                let a = operands[0][image * 15 + (transposes ? term * 3 + row : row * 5 + term)]
                let b = operands[1][other * 20 + term * 4 + column]
                return sum + (Int64(a) - zero) * (Int64(b) + zero)
              })
          }
        }
      }
    }
    return result
  }

  @Test(arguments: [ElementType.int8, .int16], [false, true]) func productsOfMatricesAreFollowed(
    _ type: ElementType, transposes: Bool
  ) throws {
    var generator = SeededGenerator(seed: 3)
    let network = Self.product(type, transposes: transposes)
    let program = try Program.lower(network, for: .host)
    let operands = [30, 40].map { count in
      (0..<count).map { _ in Int32(generator.nextSigned(bits: type == .int8 ? 8 : 16)) }
    }
    let found = try #require(RegisterObserver(program, step: 0)).extremes(operands)
    let sums = Self.sums(operands, zero: type == .int16 ? 0 : 3, transposes: transposes)
    #expect(found.sum == [(sums.min() ?? 0)...(sums.max() ?? 0)])
    let proved = OverflowAnalysis(program).steps[0]
    #expect(proved.channels[0].lowest <= sums.min() ?? 0 && proved.channels[0].highest >= sums.max() ?? 0)
  }

  /// A register that is checked at each product holds what a wide one held on the way.
  @Test func partialSumsOfProductsAreTheRegistersOwn() throws {
    var builder = NetworkBuilder()
    let a = builder.input([1, 3], scale: 1)
    let b = builder.input([3, 1], scale: 1)
    let y = builder.activation([1, 1], scale: 1)
    builder.node(.batchMatMul(BatchMatMul()), [a, b], y)
    let program = try Program.lower(builder.finish(y), for: Models.profile(bits: 32))
    let found = try #require(RegisterObserver(program, step: 0)).extremes([[100, -100, 1], [100, 120, 1]])
    #expect(found.partial == [-2000...10000] && found.sum == [-1999 ... -1999])
  }

  @Test func broadcastSumsMeetTheirOwnPartners() throws {
    var builder = NetworkBuilder()
    let a = builder.input([2, 1], scale: 1)
    let b = builder.input([1, 3], scale: 1)
    let y = builder.activation([2, 3], scale: 1)
    builder.node(.add(Add()), [a, b], y)
    var profile = Models.profile(bits: 32)
    profile.operators["ADD"]?.alignment = .shift(maximumLeftShift: 8, rounding: .floor)
    let program = try Program.lower(builder.finish(y), for: profile)
    let found = try #require(RegisterObserver(program, step: 0)).extremes([[10, -20], [-1, 0, 5]])
    #expect(found.sum == [-21...15])
  }

  /// A transposed convolution adds over an input with zeros between its elements.
  @Test func transposedConvolutionsAreFollowedOverTheirSpreadInput() throws {
    var builder = NetworkBuilder()
    let shape = builder.constant([1, 4, 4, 1], [4], .int32, nil)
    let weights = builder.constant([1, 10, 100, 25], [1, 2, 2, 1], .int8, Quantization(scale: 1))
    let x = builder.input([1, 2, 2, 1], scale: 1)
    let y = builder.activation([1, 4, 4, 1], scale: 100)
    builder.node(
      .transposeConv(TransposeConv(padding: .valid, strideHeight: 2, strideWidth: 2)), [shape, weights, x], y)
    let program = try Program.lower(builder.finish(y), for: .host)
    // Windows do not overlap, so that each sum is one product.
    let found = try #require(RegisterObserver(program, step: 0)).extremes([[3, -1, 0, 7]])
    #expect(found.sum == [-100...700])
    let step = OverflowAnalysis(program).steps[0]
    let reached = [step.bitsNeeded, step.bitsNeeded - 1].map { bits in
      [true, false].reduce(0) { count, isHighest in
        count
          + (AccumulatorWitness(program, step: 0, channel: 0, range: -128...127, isHighest: isHighest, bits: bits)?
            .overflows() ?? 0)
      }
    }
    #expect(reached[0] == 0 && reached[1] > 0)
  }
}
