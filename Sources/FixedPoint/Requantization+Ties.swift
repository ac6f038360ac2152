extension Requantization {
  /// Whether some stage that rounds to nearest meets a value exactly between two integers, so that its tie rule decides.
  ///
  /// - Parameter accumulator: The value to requantize.
  /// - Returns: Whether a tie is met; stages that round otherwise meet none.
  public func meetsTie(_ accumulator: Int64) -> Bool {
    // Almost every value stays within 64 bits; the rare one that does not is looked at in 128 from the start.
    tie(in: accumulator) ?? tie(in: Int128(accumulator)) ?? false
  }

  /// The same in one machine type; `nil` when a value is too large for it.
  private func tie<T: FixedWidthInteger & SignedInteger>(in start: T) -> Bool? {
    var value = start
    for index in stages.indices {
      switch stages[index] {
      case .shiftRight(let count, let rounding) where rounding.isToNearest:
        guard count < T.bitWidth else { return nil }
        if count == 0 { break }
        // What is shifted out is exactly one half.
        let half: T = 1 << T(count - 1)
        if value & (half | (half - 1)) == half { return true }
      case .scaleAsFloat(let scale, let rounding) where rounding.isToNearest:
        // A tie is where ties that go up and ties that go down give different results.
        guard let up = scale.apply(to: value, .tiesTowardPositive),
          let down = scale.apply(to: value, .tiesTowardNegative)
        else { return nil }
        if up != down { return true }
      case .lineInFloat(let line, let rounding) where rounding.isToNearest:
        guard let up = line.apply(to: value, .tiesTowardPositive), let down = line.apply(to: value, .tiesTowardNegative)
        else { return nil }
        if up != down { return true }
      case .multiply, .shiftLeft, .shiftRight, .scaleAsFloat, .lineInFloat, .thresholds, .saturate, .wrap: break
      }
      guard let next = stages[index].apply(to: value) else { return nil }
      value = next
    }
    return false
  }
}

extension Rounding {
  /// Whether the rule differs from another such rule at ties only.
  public var isToNearest: Bool {
    switch self {
    case .tiesTowardPositive, .tiesTowardNegative, .tiesAwayFromZero, .tiesTowardZero, .tiesToEven, .tiesToOdd,
      .tiesTowardPositiveWhenNegativeElseToEven:
      true
    case .floor, .ceiling, .towardZero, .awayFromZero, .toOdd: false
    }
  }
}
