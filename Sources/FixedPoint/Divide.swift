/// Divides by a positive integer and rounds: `round(x / divisor)`.
///
/// Average pooling divides by a number of elements that need not be a power of two; for a power of two this equals
/// ``shiftRight(_:by:_:)``, as both ask ``Rounding/roundsUp(_:floorIsOdd:isNegative:)``.
///
/// - Parameters:
///   - x: The dividend.
///   - divisor: The divisor, one or more.
///   - rounding: The rule for an inexact quotient.
/// - Returns: The rounded quotient; it always fits in `T`.
/// - Precondition: `divisor > 0`.
@inlinable
public func divide<T: FixedWidthInteger & SignedInteger>(_ x: T, by divisor: T, _ rounding: Rounding) -> T {
  precondition(divisor > 0, "a division by zero or by a negative number")
  var (floor, remainder) = x.quotientAndRemainder(dividingBy: divisor)
  if remainder < 0 {
    floor -= 1
    remainder += divisor
  }
  let fraction: FractionPosition
  if remainder == 0 {
    fraction = .exact
  } else {
    // remainder < divisor − remainder ⇔ remainder / divisor < ½, and nothing can overflow.
    let rest = divisor - remainder
    fraction = remainder < rest ? .belowHalf : (remainder == rest ? .half : .aboveHalf)
  }
  return rounding.roundsUp(fraction, floorIsOdd: floor & 1 != 0, isNegative: x < 0) ? floor + 1 : floor
}
