internal import FixedPoint
internal import TestSupport
internal import Testing

@Suite("FixedPointMultiplier")
struct FixedPointMultiplierTests {
  /// Powers of two and their neighbouring doubles, ties of the 31-bit significand, and seeded random reals.
  static let reals: [Double] = {
    var reals: [Double] = [0, .leastNonzeroMagnitude, .leastNormalMagnitude, 0.1, 0.5, 1, 3, 1 / 3.0]
    for exponent in -40...33 {
      let power = Double(sign: .plus, exponent: exponent, significand: 1)
      reals += [power, power.nextUp, power.nextDown, power * 1.5]
      // One half and three halves of the significand's last place: ties above an even and an odd significand.
      reals += [power * (1 + 0x1p-31), power * (1 + 3 * 0x1p-31), (power * (1 + 0x1p-31)).nextDown]
      reals.append(power * (2 - 0x1p-31))
    }
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<trials(200_000) {
      let exponent = Int(generator.next() % 60) - 40
      reals.append(Double(sign: .plus, exponent: exponent, significand: .random(in: 1..<2, using: &generator)))
    }
    return reals
  }()

  @Test("quantizeMultiplier is TensorFlow Lite's")
  func quantizeMultiplier() {
    let difference = firstMismatch(
      Self.reals,
      { real in
        let multiplier = TFLiteArithmetic.quantizeMultiplier(real)
        return [multiplier.significand, Int64(multiplier.exponent), Int64(multiplier.fraction)]
      },
      { real in
        let (multiplier, shift) = SlowArithmetic.quantizeMultiplier(real)
        return [multiplier, Int64(shift), 31]
      })
    #expect(difference == nil)
  }

  @Test("a multiplier just below 2^−32 is flushed unless it rounds up to it")
  func flushing() {
    let zero = FixedPointMultiplier(significand: 0, exponent: 0, fraction: 31)
    let least = FixedPointMultiplier(significand: 1 << 30, exponent: -31, fraction: 31)
    #expect(TFLiteArithmetic.quantizeMultiplier(0x1p-32) == least)
    #expect(TFLiteArithmetic.quantizeMultiplier((0x1p-32).nextDown) == least)
    #expect(TFLiteArithmetic.quantizeMultiplier(0x1p-32 * (1 - 0x1p-30)) == zero)
    #expect(TFLiteArithmetic.quantizeMultiplier(0) == zero)
  }

  @Test("every width is normalised and within half a last place of the real number", arguments: 1...31)
  func nearest(fraction: Int) {
    let limit = Int64(1) << Int64(fraction)
    for real in everyNth(Self.reals, 9) where real > 0 && real.isNormal {
      let multiplier = FixedPointMultiplier(approximating: real, fraction: fraction)
      let ulp = Double(sign: .plus, exponent: multiplier.exponent - fraction, significand: 1)
      guard multiplier.significand >= limit / 2, multiplier.significand < limit,
        abs(multiplier.value - real) <= ulp / 2
      else {
        Issue.record("\(real) with \(fraction) bits: \(multiplier)")
        return
      }
    }
  }

  @Test("a number with few enough bits is represented exactly, from the least to the greatest double")
  func exactness() {
    for real in [Double.leastNonzeroMagnitude, .leastNormalMagnitude, 0x1p-1000, 0.375, 1, 5, 0x1p1000, 0x1p1023] {
      #expect(FixedPointMultiplier(approximating: real).value == real)
    }
    let zero = FixedPointMultiplier(approximating: -0.0, fraction: 15)
    #expect(zero == FixedPointMultiplier(significand: 0, exponent: 0, fraction: 15) && zero.value == 0)
  }

  @Test("numbers and widths that no multiplier has are refused")
  func refusals() async {
    await #expect(processExitsWith: .failure) { _ = FixedPointMultiplier(approximating: -1) }
    await #expect(processExitsWith: .failure) { _ = FixedPointMultiplier(approximating: .infinity) }
    await #expect(processExitsWith: .failure) { _ = FixedPointMultiplier(approximating: .nan) }
    await #expect(processExitsWith: .failure) { _ = FixedPointMultiplier(approximating: 1, fraction: 32) }
    await #expect(processExitsWith: .failure) { _ = FixedPointMultiplier(approximating: 1, fraction: 0) }
  }
}
