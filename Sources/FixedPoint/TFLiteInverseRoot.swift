/// TensorFlow Lite's reciprocal square root of an integer, as a multiplier of 31 fraction bits and a right shift.
///
/// Source: `GetInvSqrtQuantizedMultiplierExp` in TensorFlow Lite's `kernels/internal/common.h`.
public struct TFLiteInverseRoot: Hashable, Sendable {
  /// The multiplier.
  public let multiplier: Int32
  /// How far a product is shifted right; zero or more.
  public let rightShift: Int

  /// The reciprocal root; 0 counts as 1.
  public init(_ input: Int32) {
    guard input > 1 else {
      (multiplier, rightShift) = (.max, 0)
      return
    }
    var input = input
    var shift = 11
    while input >= 1 << 29 {
      input /= 4
      shift += 1
    }
    let pairs = (input.leadingZeroBitCount - 1) / 2 - 1
    shift -= pairs
    input <<= Int32(2 * pairs)
    // Five Newton–Raphson steps from 1, in numbers with 3 integer bits; a product of three has 9.
    let product = TFLiteArithmetic.saturatingRoundingDoublingHighMul
    let half = TFLiteArithmetic.roundingDivideByPOT(input >> 1, 1)
    let threeHalves: Int32 = (1 << 28) + (1 << 27)
    var x: Int32 = 1 << 28
    for _ in 0..<5 {
      let cube = Self.shiftLeft(product(product(x, x), x), 6)
      x = Self.shiftLeft(product(threeHalves, x) &- product(half, cube), 3)
    }
    let root = product(x, 1_518_500_250)
    (multiplier, rightShift) = shift < 0 ? (root << Int32(-shift), 0) : (root, shift)
  }

  private static func shiftLeft(_ x: Int32, _ count: Int) -> Int32 { Int32(clamping: Int64(x) << Int64(count)) }
}
