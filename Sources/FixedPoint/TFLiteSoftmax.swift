/// TensorFlow Lite's integer softmax: fixed-point exponentials of `x − max`, one reciprocal for each row.
///
/// Source: `Softmax` in TensorFlow Lite's `kernels/internal/reference/softmax.h`; `PreprocessSoftmaxScaling` and
/// `CalculateInputRadius` in `kernels/internal/quantization_util.cc`; the functions in gemmlowp's
/// `fixedpoint/fixedpoint.h`.
public struct TFLiteSoftmax: Hashable, Sendable, Codable {
  /// Integer bits of a scaled difference.
  static let differenceIntegerBits = 5
  /// Integer bits of the sum of exponentials.
  static let sumIntegerBits = 12

  /// The significand of `beta · scale · 2^26`.
  public let multiplier: Int32
  /// The power of two beside it, zero or more.
  public let leftShift: Int
  /// The most negative difference whose exponential is not taken as zero.
  public let smallestDifference: Int32

  /// The constants for an input scale; `nil` when `beta · inputScale · 2^26` is not above one, where TensorFlow Lite
  /// aborts.
  ///
  /// - Parameters:
  ///   - beta: The factor in the exponent.
  ///   - inputScale: The input's scale.
  public init?(beta: Double, inputScale: Double) {
    let real = min(beta * inputScale * Double(1 << (31 - Self.differenceIntegerBits)), Double(1 << 31) - 1)
    guard real.isFinite, real > 1 else { return nil }
    let quantized = FixedPointMultiplier(approximating: real)
    guard (0...31).contains(quantized.exponent) else { return nil }
    multiplier = Int32(quantized.significand)
    leftShift = quantized.exponent
    let radius =
      Double((1 << Self.differenceIntegerBits) - 1) * Double(1 << (31 - Self.differenceIntegerBits))
      / Double(Int64(1) << Int64(leftShift))
    smallestDifference = -Int32(radius.rounded(.down))
  }

  /// The softmax of one row.
  ///
  /// - Parameters:
  ///   - row: Stored integers of 8 bits.
  ///   - format: The 8-bit output format; the result has the scale 1/256 and the format's minimum as zero point.
  /// - Returns: As many stored integers.
  public func callAsFunction(_ row: ArraySlice<Int32>, format: IntegerFormat) -> [Int32] {
    guard let largest = row.max() else { return [] }
    var sum: UInt64 = 0
    for x in row where x - largest >= smallestDifference { sum += UInt64(Self.term(exponential(x - largest))) }
    let scale = Scale(sum: sum)
    return row.map { x in
      guard x - largest >= smallestDifference else { return Int32(format.minimum) }
      return scale.result(exponential(x - largest), format: format)
    }
  }

  /// `exp(beta · scale · difference)` with 31 fraction bits.
  ///
  /// - Parameter difference: An element less the largest one of its row, from ``smallestDifference`` to 0.
  /// - Returns: A positive number.
  public func exponential(_ difference: Int32) -> Int32 {
    let shifted = difference &<< Int32(leftShift)
    return TFLiteSoftmax.exponentialOfNegative(
      TFLiteArithmetic.saturatingRoundingDoublingHighMul(shifted, multiplier))
  }

  /// What an element's exponential adds to the sum of its row, which has 12 integer bits.
  public static func term(_ exponential: Int32) -> Int32 {
    TFLiteArithmetic.roundingDivideByPOT(exponential, sumIntegerBits)
  }

  /// The reciprocal of a row's sum.
  public struct Scale: Hashable, Sendable {
    @usableFromInline let factor: Int32
    @usableFromInline let bitsOverUnit: Int

    /// The reciprocal of a sum of ``TFLiteSoftmax/term(_:)``, which is at least the term of `exp(0)`, 2^19.
    public init(sum: UInt64) {
      // TensorFlow Lite holds the sum in 31 bits and aborts where more are needed (a row of 512 equal elements); the
      // same formula goes on here.
      let leadingZeros = sum.leadingZeroBitCount - 32
      bitsOverUnit = TFLiteSoftmax.sumIntegerBits - leadingZeros
      let normalized = leadingZeros >= 0 ? sum << UInt64(leadingZeros) : sum >> UInt64(-leadingZeros)
      factor = TFLiteSoftmax.reciprocalOfOnePlus(Int32(normalized - (1 << 31)))
    }

    /// The stored integer for an element's exponential; the format's minimum is the zero point.
    @inlinable
    public func result(_ exponential: Int32, format: IntegerFormat) -> Int32 {
      let low = Int32(format.minimum)
      let product = TFLiteArithmetic.saturatingRoundingDoublingHighMul(factor, exponential)
      let result = TFLiteArithmetic.roundingDivideByPOT(product, bitsOverUnit + 31 - format.bits)
      return min(max(result &+ low, low), Int32(format.maximum))
    }
  }

  /// gemmlowp's `exp_on_negative_values` for a number with 5 integer and 26 fraction bits; the result has 31.
  static func exponentialOfNegative(_ a: Int32) -> Int32 {
    if a == 0 { return .max }
    let quarter: Int32 = 1 << 24
    // a = (a mod ¼ − ¼) − remainder, with the remainder a multiple of ¼.
    let modulo = (a & (quarter - 1)) - quarter
    var result = exponentialNearZero(saturatingShiftLeft(modulo, 5))
    let remainder = modulo &- a
    // exp(−2^k) with 31 fraction bits, for k = −2 … 4.
    let factors: [Int32] = [1_672_461_947, 1_302_514_674, 790_015_084, 290_630_308, 39_332_535, 720_401, 242]
    for (index, factor) in factors.enumerated() where remainder & (1 << Int32(24 + index)) != 0 {
      result = TFLiteArithmetic.saturatingRoundingDoublingHighMul(result, factor)
    }
    return result
  }

  /// `exp(a)` for `a` in [−¼, 0), by a Taylor polynomial of degree 4 around −⅛; 31 fraction bits.
  private static func exponentialNearZero(_ a: Int32) -> Int32 {
    let multiply = TFLiteArithmetic.saturatingRoundingDoublingHighMul
    let expOfMinusEighth: Int32 = 1_895_147_668
    let third: Int32 = 715_827_883
    let x = a &+ (1 << 28)
    let x2 = multiply(x, x)
    let x3 = multiply(x2, x)
    let x4 = multiply(x2, x2)
    let x4Over4 = TFLiteArithmetic.roundingDivideByPOT(x4, 2)
    let tail = TFLiteArithmetic.roundingDivideByPOT(multiply(x4Over4 &+ x3, third) &+ x2, 1)
    return expOfMinusEighth &+ multiply(expOfMinusEighth, x &+ tail)
  }

  /// `1 / (1 + a)` for `a` in [0, 1) with 31 fraction bits, by three Newton–Raphson steps.
  static func reciprocalOfOnePlus(_ a: Int32) -> Int32 {
    let multiply = TFLiteArithmetic.saturatingRoundingDoublingHighMul
    // The half sum of a and one rounds half away from zero; both are positive here.
    let halfDenominator = Int32((Int64(a) + Int64(Int32.max) + 1) / 2)
    let one: Int32 = 1 << 29
    var x = 1_515_870_810 &+ multiply(halfDenominator, -1_010_580_540)
    for _ in 0..<3 {
      let rest = one &- multiply(halfDenominator, x)
      x = x &+ saturatingShiftLeft(multiply(x, rest), 2)
    }
    return saturatingShiftLeft(x, 1)
  }

  private static func saturatingShiftLeft(_ x: Int32, _ count: Int) -> Int32 {
    Int32(clamping: Int64(x) << Int64(count))
  }
}
