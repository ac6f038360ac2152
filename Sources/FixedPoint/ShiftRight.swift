/// Divides by a power of two and rounds: `round(x / 2^count)`, computed without overflow for every input.
///
/// - Parameters:
///   - x: The dividend.
///   - count: The number of bits, zero or more; it may exceed the width of `T`.
///   - rounding: The rule for the bits that are shifted out.
/// - Returns: The rounded quotient; it always fits in `T`.
/// - Precondition: `count >= 0`.
@inlinable
public func shiftRight<T: FixedWidthInteger & SignedInteger>(_ x: T, by count: Int, _ rounding: Rounding) -> T {
  precondition(count >= 0, "a right shift by a negative count")
  if count == 0 { return x }
  let floor = count < T.bitWidth ? x &>> T(truncatingIfNeeded: count) : (x < 0 ? -1 : 0)
  let fraction = fractionPosition(of: x, shiftedBy: count)
  return rounding.roundsUp(fraction, floorIsOdd: floor & 1 != 0, isNegative: x < 0) ? floor &+ 1 : floor
}

/// Where `x / 2^count` lies above its floor.
///
/// - Parameters:
///   - x: The dividend.
///   - count: The number of bits, zero or more; it may exceed the width of `T`.
/// - Returns: The position of the fraction, `exact` for a quotient that is an integer.
/// - Precondition: `count >= 0`.
@inlinable
public func fractionPosition<T: FixedWidthInteger & SignedInteger>(of x: T, shiftedBy count: Int) -> FractionPosition {
  precondition(count >= 0, "a right shift by a negative count")
  if count == 0 { return .exact }
  if count >= T.bitWidth {
    // |x| ≤ 2^(w−1), so the quotient's magnitude is at most ½, reached only by the minimum at count == w.
    if x == 0 { return .exact }
    if x > 0 { return .belowHalf }
    return count == T.bitWidth && x == T.min ? .half : .aboveHalf
  }
  let one: T = 1
  let half = one &<< T(truncatingIfNeeded: count - 1)
  // For count == w − 1 the mask is T.max and `half` is still positive, so the comparisons below hold.
  let lost = x & ((half &- 1) | half)
  if lost == 0 { return .exact }
  return lost < half ? .belowHalf : (lost == half ? .half : .aboveHalf)
}
