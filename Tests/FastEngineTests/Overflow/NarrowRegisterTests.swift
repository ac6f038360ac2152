internal import FastEngine
internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
@testable internal import Simulation
internal import TestSupport
internal import Testing

/// Registers that overflow: values and counts must equal the reference engine's, addition by addition.
@Suite struct NarrowRegisterTests {
  /// Widths at which nearly all, some and hardly any additions overflow, and those around 16 and 32 bits.
  static let widths = [8, 10, 12, 14, 15, 16, 18, 20, 24, 30, 31, 32, 33]

  @Test("Every width, policy and number of products per check", arguments: widths)
  func registers(bits: Int) {
    var seed = UInt64(70_000 + bits * 1000)
    for overflow in Overflow.allCases {
      for products in [nil, 1, 2, 3, 5, 7, 16, 17, 24, 1000] as [Int?] {
        let kinds: [RandomConvolution.Kind] = [.pointwise, .window, .groups, .depthwise, .fullyConnected]
        let cases = kinds.compactMap { kind -> RandomConvolution? in
          seed += 1
          // The quick suite takes one kind for each number of products, in turn.
          guard TestScope.isExhaustive || (seed + seed / 5) % 5 == 0 else { return nil }
          let rule = AccumulatorRule(
            format: .int(bits), overflow: overflow, productsPerCheck: products, startsFromBias: seed % 2 == 0)
          return RandomConvolution(seed: seed, .init(kind: kind, accumulator: rule))
        }
        #expect(ConvolutionTests.first(cases, samples: TestScope.count(3, quick: 2)) == nil)
      }
    }
  }

  @Test("Input channels around the ends of the blocks that are checked at once", arguments: [1, 2, 3, 4, 5, 16, 17])
  func blocks(products: Int) {
    for inputChannels in [1, 14, 15, 16, 17, 18, 31, 32, 33, 34, 35, 47, 48, 49] {
      let cases = TestScope.those(of: [11, 13, 15, 17, 20]) { ($0 + inputChannels + products) % 5 == 0 }.map { bits in
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
    for bits in [12, 15, 16, 18] {
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

  @Test("Output channels around the ends of panels", arguments: [1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 49])
  func panels(outputChannels: Int) {
    for kind in [RandomConvolution.Kind.pointwise, .window, .depthwise, .fullyConnected] {
      let cases = TestScope.those(of: Array(0..<10)) { ($0 + outputChannels) % 3 == 0 }.map { number in
        let rule = AccumulatorRule(
          format: .int([9, 11, 13, 14, 15][number % 5]), overflow: number % 2 == 0 ? .saturate : .wrap,
          productsPerCheck: 1, startsFromBias: number % 3 > 0)
        let seed = UInt64(110_000 + outputChannels * 100 + number)
        return RandomConvolution(
          seed: seed, .init(kind: kind, type: .int8, outputChannels: outputChannels, pixels: 17, accumulator: rule))
      }
      #expect(ConvolutionTests.first(cases, samples: TestScope.count(5, quick: 2)) == nil, "\(kind)")
    }
  }

  /// A convolution over one row on a machine whose register checks each product.
  private func row(
    bits: Int, _ overflow: Overflow, weights: [Int32], depth: Int, bias: Int64 = 0, type: ElementType = .int8,
    zeroPoint: Int32 = 0, startsFromBias: Bool = true
  ) -> Program {
    let rule = AccumulatorRule(
      format: .int(bits), overflow: overflow, productsPerCheck: 1, startsFromBias: startsFromBias)
    let stage = OutputStage(
      [Requantization(stages: [.shiftRight(bits - 8, .tiesToEven)])], zeroPoint: type == .uint8 ? 128 : 0, type)
    let channels = weights.count / depth
    return RequantizationTests.pointwise(
      biases: (0..<channels).map { $0 % 2 == 0 ? bias : -bias }, weights: weights, depth: depth, stage, type: type,
      zeroPoint: zeroPoint, accumulator: rule)
  }

  private func names(_ program: Program) -> [String] {
    FastEngine(program, kernels: .portable).kernelNames
  }

  @Test("16 bits serve where what a register holds and a product fit them, and only there")
  func sixteenBits() {
    // The largest product of a signed input is −128·−127 or −128·−128, of an unsigned one 255·127.
    let cases: [(bits: Int, type: ElementType, weight: Int32, fits: Bool)] = [
      (15, .int8, -127, true), (15, .int8, -128, false), (14, .int8, -128, true), (16, .int8, 1, false),
      (9, .uint8, 127, true), (10, .uint8, 127, false), (8, .uint8, 127, true), (8, .uint8, 128, false),
    ]
    for (bits, type, weight, fits) in cases {
      for overflow in Overflow.allCases {
        let weights = (0..<19 * 40).map { $0 % 3 == 0 ? -weight : weight }
        let program = row(bits: bits, overflow, weights: weights, depth: 40, bias: 99, type: type)
        #expect(names(program).contains("checked16") == fits, "\(bits) \(weight)")
        #expect(firstDifference(program, samples(program, seed: 7, random: 3)) == nil, "\(bits) \(weight) \(overflow)")
      }
    }
  }

  @Test("Elements that are zero are left out wherever they stand, as many as there are", arguments: [0, 1, 2, 9, 100])
  func zeros(others: Int) {
    var generator = SeededGenerator(seed: UInt64(others) + 5)
    for (zeroPoint, type) in [(Int32(0), ElementType.int8), (-128, .int8), (3, .int8), (200, .uint8)] {
      for overflow in [Overflow.wrap, .saturate] {
        for startsFromBias in [true, false] {
          let weights = (0..<20 * 33).map { _ in Int32.random(in: -63...63, using: &generator) }
          let program = row(
            bits: 11, overflow, weights: weights, depth: 33, bias: 1000, type: type, zeroPoint: zeroPoint,
            startsFromBias: startsFromBias)
          #expect(names(program).contains("checked16"))
          let inputs = (0..<4).map { _ in
            [
              (0..<7 * 33).map { _ in
                Int.random(in: 0..<100, using: &generator) < others
                  ? Int32.random(in: type == .int8 ? -128...127 : 0...255, using: &generator) : zeroPoint
              }
            ]
          }
          #expect(firstDifference(program, inputs) == nil, "\(zeroPoint) \(overflow) \(startsFromBias)")
        }
      }
    }
  }

  @Test("Spans of blocks: a register that is full in the middle of a long sum")
  func spans() {
    // Sums rise to a limit, stay there or come back; few taps of many are checked one by one.
    var generator = SeededGenerator(seed: 31)
    for depth in [63, 64, 65, 127, 128, 129, 192, 200] {
      for bits in [16, 17, 18, 19, 20] {
        for overflow in [Overflow.wrap, .saturate] {
          let signs = (0..<9).map { Int32([0, depth / 3, depth / 2, depth, depth * 2][$0 % 5]) }
          let weights = signs.flatMap { sign in
            (0..<depth).map { ($0 < sign ? 1 : -1) * Int32.random(in: 0...127, using: &generator) }
          }
          let program = row(
            bits: bits, overflow, weights: weights, depth: depth, bias: Int64(1) << Int64(bits - 2))
          #expect(
            firstDifference(program, samples(program, seed: UInt64(depth))) == nil, "\(depth) \(bits) \(overflow)")
        }
      }
    }
  }
}
