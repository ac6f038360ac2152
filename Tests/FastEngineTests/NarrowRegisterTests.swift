internal import FixedPoint
internal import HardwareProfile
internal import Network
@testable internal import Simulation
internal import Testing

/// Registers that overflow: values and counts must equal the reference engine's, addition by addition.
@Suite struct NarrowRegisterTests {
  /// Widths at which nearly all, some and hardly any additions overflow, and those around 32 bits.
  static let widths = [8, 10, 12, 14, 16, 18, 20, 24, 30, 31, 32, 33]

  @Test("Every width, policy and number of products per check", arguments: widths)
  func registers(bits: Int) {
    var seed = UInt64(70_000 + bits * 1000)
    for overflow in Overflow.allCases {
      for products in [nil, 1, 2, 3, 5, 7, 16, 17, 24, 1000] as [Int?] {
        let kinds: [RandomConvolution.Kind] = [.pointwise, .window, .groups, .depthwise, .fullyConnected]
        let cases = kinds.map { kind in
          seed += 1
          let rule = AccumulatorRule(
            format: .int(bits), overflow: overflow, productsPerCheck: products, startsFromBias: seed % 2 == 0)
          return RandomConvolution(seed: seed, .init(kind: kind, accumulator: rule))
        }
        #expect(ConvolutionTests.first(cases, samples: 3) == nil)
      }
    }
  }

  @Test("Input channels around the ends of the blocks that are checked at once", arguments: [1, 2, 3, 4, 5, 16, 17])
  func blocks(products: Int) {
    for inputChannels in [1, 14, 15, 16, 17, 18, 31, 32, 33, 34, 35, 47, 48, 49] {
      let cases = [11, 13, 15, 17, 20].map { bits in
        let rule = AccumulatorRule(
          format: .int(bits), overflow: bits % 2 == 0 ? .saturate : .wrap, productsPerCheck: products,
          startsFromBias: true)
        let seed = UInt64(90_000 + products * 5000 + inputChannels * 50 + bits)
        return RandomConvolution(
          seed: seed, .init(kind: .pointwise, inputChannels: inputChannels, pixels: 18, accumulator: rule))
      }
      #expect(ConvolutionTests.first(cases, samples: 2) == nil, "\(inputChannels)")
    }
  }

  @Test("A sum that ends exactly at a register's limit does not overflow, and one beyond it does")
  func limits() {
    // Sixteen products of 127·x fill a block; the last tap decides.
    let weights = [Int32](repeating: 127, count: 15) + [1]
    for bits in [12, 16, 18] {
      let limit = Int64(1) << Int64(bits - 1)
      for overflow in [Overflow.wrap, .saturate] {
        let rule = AccumulatorRule(
          format: .int(bits), overflow: overflow, productsPerCheck: 1, startsFromBias: true)
        let sum = 15 * 127 + 1 as Int64
        // The register passes its end by −1, 0, 1 and 2.
        let biases = (-2...1).flatMap { [limit + $0 - sum, -limit - $0 + sum] }
        let stage = OutputStage([Requantization(stages: [.shiftRight(bits - 8, .tiesToEven)])], zeroPoint: 0)
        let program = RequantizationTests.pointwise(
          biases: biases, weights: biases.indices.flatMap { _ in weights }, depth: 16, stage, accumulator: rule)
        let up = [Int32](repeating: 1, count: 16 * 7)
        #expect(firstDifference(program, [[up], [up.map { -$0 }]]) == nil, "\(bits) \(overflow)")
      }
    }
  }
}
