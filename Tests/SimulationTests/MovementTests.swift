import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing

/// Operators that move elements or treat each by itself.
@Suite struct MovementTests {
  static func run(_ network: Network, _ inputs: [[Int32]]) throws -> [Int32] {
    try ReferenceEngine(Program.lower(network, for: .host)).run(inputs).outputs[0]
  }

  @Test func padPutsTheZeroPointAround() throws {
    var builder = NetworkBuilder()
    let x = builder.input([2, 3], .int8, scale: 1, zeroPoint: -9)
    let amounts = builder.constant([1, 0, 2, 1], [2, 2], .int32)
    let y = builder.activation([3, 6], .int8, scale: 1, zeroPoint: -9)
    builder.node(.pad(Pad()), [x, amounts], y)
    #expect(
      try Self.run(builder.finish(y), [[1, 2, 3, 4, 5, 6]])
        == [-9, -9, -9, -9, -9, -9, -9, -9, 1, 2, 3, -9, -9, -9, 4, 5, 6, -9])
  }

  @Test func padV2PutsItsValueAround() throws {
    var builder = NetworkBuilder()
    let x = builder.input([2], .uint8, scale: 1, zeroPoint: 3)
    let amounts = builder.constant([1, 2], [1, 2], .int32)
    let value = builder.constant([77], [1], .uint8, Quantization(scale: 1, zeroPoint: 3))
    let y = builder.activation([5], .uint8, scale: 1, zeroPoint: 3)
    builder.node(.pad(Pad(hasValue: true)), [x, amounts, value], y)
    #expect(try Self.run(builder.finish(y), [[5, 6]]) == [77, 5, 6, 77, 77])
  }

  @Test(arguments: [0, 1, -1]) func concatenationJoinsAlongItsAxis(_ axis: Int) throws {
    var builder = NetworkBuilder()
    let first = builder.input(axis == 0 ? [1, 2, 2] : axis == 1 ? [2, 1, 2] : [2, 2, 1])
    let second = builder.input([2, 2, 2])
    let y = builder.activation(axis == 0 ? [3, 2, 2] : axis == 1 ? [2, 3, 2] : [2, 2, 3])
    builder.node(.concatenation(Concatenation(axis: axis)), [first, second], y)
    let output = try Self.run(builder.finish(y), [[1, 2, 3, 4], [11, 12, 13, 14, 15, 16, 17, 18]])
    switch axis {
    case 0: #expect(output == [1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 17, 18])
    case 1: #expect(output == [1, 2, 11, 12, 13, 14, 3, 4, 15, 16, 17, 18])
    default: #expect(output == [1, 11, 12, 2, 13, 14, 3, 15, 16, 4, 17, 18])
    }
  }

  @Test func softmaxIsWithinOneStepOfTheRealOne() throws {
    var builder = NetworkBuilder()
    let x = builder.input([40, 10], .int8, scale: 0.1, zeroPoint: 4)
    let y = builder.activation([40, 10], .int8, scale: 1 / 256, zeroPoint: -128)
    builder.node(.softmax(Softmax(beta: 1)), [x], y)
    let input = PoolingTests.input(400, .int8, seed: 9)
    let output = try Self.run(builder.finish(y), [input])
    for row in 0..<40 {
      let exponentials = (0..<10).map { Self.exponential(0.1 * Double(input[row * 10 + $0])) }
      let sum = exponentials.reduce(0, +)
      for column in 0..<10 {
        let real = min(256 * exponentials[column] / sum, 255) - 128
        #expect(abs(Double(output[row * 10 + column]) - real) <= 1)
      }
    }
  }

  /// The exponential by its series at a sixteenth of the argument.
  private static func exponential(_ x: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    for index in 1..<40 {
      term *= x / 16 / Double(index)
      sum += term
    }
    for _ in 0..<4 { sum *= sum }
    return sum
  }

  @Test func aFloatBeyond32BitsBecomesWhatLiteRTMakesOfItOnX86() throws {
    for (zeroPoint, hugeResult): (Int64, Int32) in [(5, -128), (-5, 127)] {
      var builder = NetworkBuilder()
      let x = builder.input([6], .float32, scale: nil)
      let y = builder.activation([6], .int8, scale: 0.5, zeroPoint: zeroPoint)
      builder.node(.quantize(Quantize()), [x], y)
      let floats: [Float] = [0.25, -0.25, 1e30, -1e30, .nan, 63]
      let output = try Self.run(builder.finish(y), [floats.map { Int32(bitPattern: $0.bitPattern) }])
      // Ties go away from zero; what does not fit becomes −2^31, to which the zero point is added modulo 2^32.
      let zero = Int32(zeroPoint)
      #expect(output == [1 + zero, -1 + zero, hugeResult, hugeResult, hugeResult, min(126 + zero, 127)])
    }
  }

  @Test func aResultThatSaturatesAt64BitsStillTakesItsZeroPoint() throws {
    var builder = NetworkBuilder()
    let x = builder.input([1, 1, 1, 1], .int8, scale: 1e30)
    let w = builder.constant([127], [1, 1], .int8, Quantization(scale: 1e5))
    let y = builder.activation([1, 1], .int8, scale: 1e-20, zeroPoint: 127)
    builder.node(.fullyConnected(FullyConnected()), [x, w, nil], y)
    #expect(try Self.run(builder.finish(y), [[127]]) == [127])
    #expect(try Self.run(builder.finish(y), [[-128]]) == [-128])
  }
}
