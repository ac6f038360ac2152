/// A rule that maps an exact quotient to an integer.
///
/// Every rule states its name, its direction and, for the nearest rules, its tie rule; "half up" is never said,
/// because the field uses it for two different rules. The examples are exact quotients `n / 4`:
///
/// | rule                                    | −2.5 | −1.5 | −0.5 | 0.5 | 1.5 | 2.5 | −0.25 | 0.25 |
/// |-----------------------------------------|------|------|------|-----|-----|-----|-------|------|
/// | `floor`                                 | −3   | −2   | −1   | 0   | 1   | 2   | −1    | 0    |
/// | `ceiling`                               | −2   | −1   | 0    | 1   | 2   | 3   | 0     | 1    |
/// | `towardZero`                            | −2   | −1   | 0    | 0   | 1   | 2   | 0     | 0    |
/// | `awayFromZero`                          | −3   | −2   | −1   | 1   | 2   | 3   | −1    | 1    |
/// | `tiesTowardPositive`                    | −2   | −1   | 0    | 1   | 2   | 3   | 0     | 0    |
/// | `tiesTowardNegative`                    | −3   | −2   | −1   | 0   | 1   | 2   | 0     | 0    |
/// | `tiesAwayFromZero`                      | −3   | −2   | −1   | 1   | 2   | 3   | 0     | 0    |
/// | `tiesTowardZero`                        | −2   | −1   | 0    | 0   | 1   | 2   | 0     | 0    |
/// | `tiesToEven`                            | −2   | −2   | 0    | 0   | 2   | 2   | 0     | 0    |
/// | `tiesToOdd`                             | −3   | −1   | −1   | 1   | 1   | 3   | 0     | 0    |
/// | `toOdd`                                 | −3   | −1   | −1   | 1   | 1   | 3   | −1    | 1    |
/// | `tiesTowardPositiveWhenNegativeElseToEven` | −2 | −1   | 0    | 0   | 2   | 2   | 0     | 0    |
///
/// The raw values are wire names: they stand in profiles and never change.
public enum Rounding: String, CaseIterable, Sendable, Hashable, Codable {
  /// To the largest integer not above the quotient: an arithmetic shift without a rounding constant.
  case floor
  /// To the smallest integer not below the quotient.
  case ceiling
  /// Truncation: the fraction is dropped.
  case towardZero
  /// Any fraction moves the result away from zero.
  case awayFromZero
  /// To nearest; a tie goes toward positive infinity: `(x + 2^(n−1)) >> n`.
  case tiesTowardPositive
  /// To nearest; a tie goes toward negative infinity.
  case tiesTowardNegative
  /// To nearest; a tie goes away from zero (C's `round`).
  case tiesAwayFromZero
  /// To nearest; a tie goes toward zero.
  case tiesTowardZero
  /// To nearest; a tie goes to the even neighbour (IEEE 754's default).
  case tiesToEven
  /// To nearest; a tie goes to the odd neighbour.
  case tiesToOdd
  /// An inexact quotient goes to the odd neighbour ("jamming", RISC-V's `rod`).
  case toOdd
  /// To nearest; a tie goes toward positive infinity for a negative quotient and to even for a positive one
  /// (Brevitas' `dpu_round`).
  case tiesTowardPositiveWhenNegativeElseToEven
}

/// Where an exact quotient lies between its floor and the next integer.
public enum FractionPosition: Sendable, Hashable {
  /// The quotient is an integer.
  case exact
  /// The fraction is above 0 and below ½.
  case belowHalf
  /// The fraction is exactly ½: a tie.
  case half
  /// The fraction is above ½ and below 1.
  case aboveHalf
}

extension Rounding {
  /// Whether an exact quotient is rounded to its floor plus one rather than to its floor.
  ///
  /// This is the one place where the rules are told apart; shifting and dividing both ask here.
  ///
  /// - Parameters:
  ///   - fraction: Where the quotient lies above its floor.
  ///   - floorIsOdd: Whether the floor is an odd integer.
  ///   - isNegative: Whether the exact quotient is below zero.
  /// - Returns: `true` when the result is the floor plus one.
  @inlinable
  public func roundsUp(_ fraction: FractionPosition, floorIsOdd: Bool, isNegative: Bool) -> Bool {
    if fraction == .exact { return false }
    switch self {
    case .floor: return false
    case .ceiling: return true
    case .towardZero: return isNegative
    case .awayFromZero: return !isNegative
    case .toOdd: return !floorIsOdd
    case .tiesTowardPositive: return fraction != .belowHalf
    case .tiesTowardNegative: return fraction == .aboveHalf
    case .tiesAwayFromZero: return fraction == .half ? !isNegative : fraction == .aboveHalf
    case .tiesTowardZero: return fraction == .half ? isNegative : fraction == .aboveHalf
    case .tiesToEven: return fraction == .half ? floorIsOdd : fraction == .aboveHalf
    case .tiesToOdd: return fraction == .half ? !floorIsOdd : fraction == .aboveHalf
    case .tiesTowardPositiveWhenNegativeElseToEven:
      return fraction == .half ? (isNegative || floorIsOdd) : fraction == .aboveHalf
    }
  }
}
