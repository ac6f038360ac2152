extension SlowArithmetic {
  /// gemmlowp's `SaturatingRoundingDoublingHighMul`, line by line.
  ///
  /// - Parameters:
  ///   - a: A 32-bit factor.
  ///   - b: A 32-bit factor.
  /// - Returns: The high half of twice the product, rounded by gemmlowp's nudge.
  package static func saturatingRoundingDoublingHighMul(_ a: Int64, _ b: Int64) -> Int64 {
    let minimum: Int64 = -2_147_483_648
    if a == minimum && b == minimum { return 2_147_483_647 }
    let product = a * b
    let nudge: Int64 = product >= 0 ? 1_073_741_824 : 1 - 1_073_741_824
    // Swift's division truncates toward zero, as C's does.
    return (product + nudge) / 2_147_483_648
  }

  /// gemmlowp's `RoundingDivideByPOT`, line by line.
  ///
  /// - Parameters:
  ///   - x: A 32-bit dividend.
  ///   - exponent: 0 to 31.
  /// - Returns: The quotient, rounded by gemmlowp's threshold.
  package static func roundingDivideByPOT(_ x: Int64, _ exponent: Int) -> Int64 {
    let mask = Int64(powerOfTwo(exponent)) - 1
    let remainder = x & mask
    let threshold = mask / 2 + (x < 0 ? 1 : 0)
    return (x >> Int64(exponent)) + (remainder > threshold ? 1 : 0)
  }

  /// TensorFlow Lite's `MultiplyByQuantizedMultiplier` built without `TFLITE_SINGLE_ROUNDING`.
  ///
  /// - Parameters:
  ///   - x: The 32-bit accumulator.
  ///   - multiplier: The 32-bit quantized multiplier.
  ///   - shift: −31 to 30.
  /// - Returns: The requantized value.
  package static func multiplyByQuantizedMultiplier(_ x: Int64, _ multiplier: Int64, _ shift: Int) -> Int64 {
    let leftShift = shift > 0 ? shift : 0
    let rightShift = shift > 0 ? 0 : -shift
    let shifted = wrap(Int128(x) * powerOfTwo(leftShift), bits: 32, isSigned: true)
    return roundingDivideByPOT(saturatingRoundingDoublingHighMul(Int64(shifted), multiplier), rightShift)
  }

  /// TensorFlow Lite's `QuantizeMultiplier`, with its own `frexp`.
  ///
  /// - Parameter real: A finite number, zero or more.
  /// - Returns: The quantized multiplier and its shift.
  package static func quantizeMultiplier(_ real: Double) -> (multiplier: Int64, shift: Int) {
    if real == 0 { return (0, 0) }
    // frexp: halving and doubling are exact for a normal result, and the loops end in [½, 1).
    var fraction = real
    var shift = 0
    while fraction >= 1 {
      fraction /= 2
      shift += 1
    }
    while fraction < 0.5 {
      fraction *= 2
      shift -= 1
    }
    // Twice the scaled fraction plus one, halved by truncation, is round-half-away for a positive number.
    var multiplier = (Int64(fraction * 4_294_967_296) + 1) / 2
    if multiplier == 2_147_483_648 {
      multiplier /= 2
      shift += 1
    }
    return shift < -31 ? (0, 0) : (multiplier, shift)
  }
}
