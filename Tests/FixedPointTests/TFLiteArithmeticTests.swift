internal import FixedPoint
internal import TestSupport
internal import Testing

@Suite("TFLiteArithmetic")
struct TFLiteArithmeticTests {
  @Test("SRDHM is gemmlowp's on a grid of 2^24 pairs of edges and random values")
  func highMul() {
    let count = 4096
    let all = EdgeValues.signed(bits: 32, count: count, seed: 1).prefix(count).compactMap { Int32(exactly: $0) }
    let values = everyNth(all, isExhaustive ? 1 : 13) + [.min, .max]
    let difference = firstMismatch(
      values, values, { Int64(TFLiteArithmetic.saturatingRoundingDoublingHighMul($0, $1)) },
      { SlowArithmetic.saturatingRoundingDoublingHighMul(Int64($0), Int64($1)) })
    #expect(difference == nil)
  }

  @Test("SRDHM saturates its one overflow and rounds ties toward positive infinity")
  func highMulCorners() {
    #expect(TFLiteArithmetic.saturatingRoundingDoublingHighMul(.min, .min) == .max)
    #expect(TFLiteArithmetic.saturatingRoundingDoublingHighMul(.min, .max) == -.max)
    #expect(TFLiteArithmetic.saturatingRoundingDoublingHighMul(1, 1 << 30) == 1)
    #expect(TFLiteArithmetic.saturatingRoundingDoublingHighMul(-1, 1 << 30) == 0)
  }

  @Test("RDPOT is gemmlowp's for every Int16 and every exponent")
  func divideByPowerOfTwo() {
    for exponent in 0...31 {
      let difference = firstMismatch(
        allValues(of: Int16.self), { Int64(TFLiteArithmetic.roundingDivideByPOT(Int32($0), exponent)) },
        { SlowArithmetic.roundingDivideByPOT(Int64($0), exponent) })
      #expect(difference == nil, "exponent \(exponent)")
    }
  }

  @Test("RDPOT is gemmlowp's for 32-bit edges and every exponent, ties away from zero")
  func divideWideByPowerOfTwo() {
    let values = EdgeValues.signed(bits: 32, count: 3000, seed: 2).compactMap { Int32(exactly: $0) }
    for exponent in 0...31 {
      let difference = firstMismatch(
        values, { Int64(TFLiteArithmetic.roundingDivideByPOT($0, exponent)) },
        { SlowArithmetic.roundingDivideByPOT(Int64($0), exponent) })
      #expect(difference == nil, "exponent \(exponent)")
    }
    #expect(TFLiteArithmetic.roundingDivideByPOT(-3, 1) == -2)
    #expect(TFLiteArithmetic.roundingDivideByPOT(3, 1) == 2)
  }

  /// The significands of a normalised multiplier at which rounding goes wrong first.
  static let significands: [Int32] = [
    0, 1, 1 << 30, (1 << 30) + 1, 1_610_612_736, 1_518_500_250, .max - 1, .max, -(1 << 30), .min,
  ]

  @Test("the function and the stages give TensorFlow Lite's value at every exponent")
  func multiplyOnEdges() {
    let values = everyNth(EdgeValues.signed(bits: 32, count: 2000, seed: 3), isExhaustive ? 1 : 23) + [-1, 0, 1]
    for exponent in -31...30 {
      for significand in Self.significands {
        let multiplier = FixedPointMultiplier(significand: Int64(significand), exponent: exponent, fraction: 31)
        let stages = TFLiteArithmetic.doubleRounding(multiplier)
        let expected = values.map {
          SlowArithmetic.multiplyByQuantizedMultiplier($0, Int64(significand), exponent)
        }
        let direct = values.map {
          Int64(
            TFLiteArithmetic.multiplyByQuantizedMultiplier(
              Int32(truncatingIfNeeded: $0), significand: significand, exponent: exponent))
        }
        let staged = values.map { stages.apply($0) }
        #expect(direct == expected && staged == expected, "significand \(significand), exponent \(exponent)")
      }
    }
  }

  @Test("a million random accumulators and multipliers give TensorFlow Lite's value")
  func multiplyAtRandom() {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<trials(1_000_000) {
      let x = generator.nextSigned(bits: 32)
      let significand = Int64(generator.next() % (1 << 30)) + (1 << 30)
      let exponent = Int(generator.next() % 62) - 31
      let multiplier = FixedPointMultiplier(significand: significand, exponent: exponent, fraction: 31)
      let expected = SlowArithmetic.multiplyByQuantizedMultiplier(x, significand, exponent)
      let direct = TFLiteArithmetic.multiplyByQuantizedMultiplier(
        Int32(truncatingIfNeeded: x), significand: Int32(truncatingIfNeeded: significand), exponent: exponent)
      guard Int64(direct) == expected, TFLiteArithmetic.doubleRounding(multiplier).apply(x) == expected else {
        Issue.record("\(x) · \(significand) · 2^(\(exponent) − 31): got \(direct), expected \(expected)")
        return
      }
    }
  }

  @Test("multipliers that TensorFlow Lite cannot have are refused")
  func refusals() async {
    await #expect(processExitsWith: .failure) {
      _ = TFLiteArithmetic.multiplyByQuantizedMultiplier(1, significand: 1, exponent: 31)
    }
    await #expect(processExitsWith: .failure) {
      _ = TFLiteArithmetic.doubleRounding(FixedPointMultiplier(significand: 1, exponent: 31, fraction: 31))
    }
    await #expect(processExitsWith: .failure) {
      _ = TFLiteArithmetic.doubleRounding(FixedPointMultiplier(significand: 1, exponent: 0, fraction: 15))
    }
    await #expect(processExitsWith: .failure) {
      _ = TFLiteArithmetic.doubleRounding(FixedPointMultiplier(significand: 1 << 31, exponent: 0, fraction: 31))
    }
  }
}
