extension Requantization {
  /// Whether some stage that rounds to nearest meets a value exactly between two integers, so that its tie rule decides.
  ///
  /// A stage meets a tie where ties that go up and ties that go down give different results.
  ///
  /// - Parameter accumulator: The value to requantize.
  /// - Returns: Whether a tie is met; stages that round otherwise meet none.
  public func meetsTie(_ accumulator: Int64) -> Bool {
    var value = Int128(accumulator)
    for stage in stages {
      if let (up, down) = stage.tieVariants, up.apply(to: value) != down.apply(to: value) { return true }
      guard let next = stage.apply(to: value) else { return false }
      value = next
    }
    return false
  }
}

extension Requantization.Stage {
  /// The same stage with ties that go up and with ties that go down; `nil` for a stage without a tie rule.
  fileprivate var tieVariants: (up: Requantization.Stage, down: Requantization.Stage)? {
    switch self {
    case .shiftRight(let count, let rounding) where rounding.isToNearest:
      (.shiftRight(count, .tiesTowardPositive), .shiftRight(count, .tiesTowardNegative))
    case .scaleAsFloat(let scale, let rounding) where rounding.isToNearest:
      (.scaleAsFloat(scale, .tiesTowardPositive), .scaleAsFloat(scale, .tiesTowardNegative))
    case .multiply, .shiftLeft, .shiftRight, .scaleAsFloat, .saturate, .wrap: nil
    }
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
