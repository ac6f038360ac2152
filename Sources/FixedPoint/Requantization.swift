/// The way from an accumulator to an output integer, as a list of stages that a machine performs one after another.
///
/// Stages are exact in unbounded integers; only those that say so round or cut. TFLite's default is
/// `[shiftLeft(max(e, 0)), wrap(int32), multiply(m), shiftRight(31, tiesTowardPositive), saturate(int32),
/// shiftRight(max(−e, 0), tiesAwayFromZero)]`; a shift-only machine is `[shiftRight(n, tiesToEven)]`.
///
/// Values are held in 128 bits between the stages. One multiplication and one left shift between two stages that cut
/// cannot leave them; a longer chain or an enormous ``FloatScale`` can, and then continues with the nearest 128-bit
/// value.
public struct Requantization: Hashable, Sendable, Codable {
  /// One stage of a requantization.
  public enum Stage: Hashable, Sendable, Codable {
    /// Multiplies by an integer, exactly; its magnitude is below 2^32.
    case multiply(Int64)
    /// Multiplies by 2^count, exactly; `count` is 0 to 31.
    case shiftLeft(Int)
    /// Divides by 2^count and rounds; `count` is 0 to 127.
    case shiftRight(Int, Rounding)
    /// Multiplies in binary floating point and rounds to an integer, in integer arithmetic.
    case scaleAsFloat(FloatScale, Rounding)
    /// Multiplies in float32, adds a float32 and rounds to an integer.
    case lineInFloat(FloatLine, Rounding)
    /// Counts the thresholds that are not above the value.
    case thresholds(Thresholds)
    /// Replaces a value that the format cannot hold by the nearest one that it can.
    case saturate(IntegerFormat)
    /// Keeps the low bits that the format has.
    case wrap(IntegerFormat)
  }

  /// The stages, first to last.
  public let stages: [Stage]

  /// Creates a requantization.
  ///
  /// - Parameter stages: The stages, first to last; none is the identity.
  /// - Precondition: Each stage's numbers lie in the ranges that ``Stage`` states.
  public init(stages: [Stage]) {
    for stage in stages {
      if let fault = stage.fault { preconditionFailure(fault) }
    }
    self.stages = stages
  }

  /// Leaves every value as it is.
  public static let identity = Requantization(stages: [])

  /// The output integer for an accumulator, before zero point and clamp.
  ///
  /// - Parameter accumulator: The value to requantize.
  /// - Returns: The result of all stages, cut to 64 bits by saturation if the stages let it grow so far.
  @inlinable
  public func apply(_ accumulator: Int64) -> Int64 {
    // Almost every value stays within 64 bits; the rare one that does not goes on in 128.
    var value = accumulator
    for index in stages.indices {
      guard let next = stages[index].apply(to: value) else { return finish(Int128(value), from: index) }
      value = next
    }
    return value
  }

  /// The remaining stages in 128 bits.
  @usableFromInline
  func finish(_ start: Int128, from index: Int) -> Int64 {
    var value = start
    for stage in stages[index...] {
      value = stage.apply(to: value) ?? (stage.isNegativeProduct(with: value) ? Int128.min : Int128.max)
    }
    return Int64(clamping: value)
  }
}

extension Requantization.Stage {
  /// The stage in the arithmetic of one machine type; `nil` when the result is too large for it.
  @inlinable
  func apply<T: FixedWidthInteger & SignedInteger>(to x: T) -> T? {
    switch self {
    case .shiftRight(let count, let rounding): return FixedPoint.shiftRight(x, by: count, rounding)
    case .saturate(let format): return format.nearest(to: x)
    case .wrap(let format): return format.residue(of: x)
    case .multiply(let factor):
      let (product, overflow) = x.multipliedReportingOverflow(by: T(factor))
      return overflow ? nil : product
    case .shiftLeft(let count):
      let (product, overflow) = x.multipliedReportingOverflow(by: 1 &<< T(truncatingIfNeeded: count))
      return overflow ? nil : product
    case .scaleAsFloat(let scale, let rounding):
      return scale.apply(to: x, rounding)
    case .lineInFloat(let line, let rounding): return line.apply(to: x, rounding)
    case .thresholds(let steps): return T(exactly: steps.apply(to: Int64(clamping: x)))
    }
  }

  /// Whether an exact product with `x`, known not to be zero, is negative.
  func isNegativeProduct(with x: Int128) -> Bool {
    if case .multiply(let factor) = self { return (x < 0) != (factor < 0) }
    return x < 0
  }

  /// What is wrong with the stage's numbers; `nil` when nothing is.
  var fault: String? {
    switch self {
    case .multiply(let factor):
      return factor.magnitude >> 32 == 0 ? nil : "a multiplier's magnitude is below 2^32, not \(factor)"
    case .shiftLeft(let count):
      return (0...31).contains(count) ? nil : "a left shift is by 0 to 31 bits, not \(count)"
    case .shiftRight(let count, _):
      return (0...127).contains(count) ? nil : "a right shift is by 0 to 127 bits, not \(count)"
    case .scaleAsFloat, .lineInFloat, .thresholds, .saturate, .wrap: return nil
    }
  }
}

extension Requantization {
  private enum CodingKeys: String, CodingKey { case stages }

  /// Decodes the stages and refuses numbers outside the ranges that ``Stage`` states.
  ///
  /// - Parameter decoder: The decoder to read from.
  /// - Throws: `DecodingError` for a missing or malformed part or a number out of range.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let stages = try container.decode([Stage].self, forKey: .stages)
    let faults = stages.compactMap(\.fault)
    guard faults.isEmpty else {
      throw DecodingError.dataCorruptedError(
        forKey: .stages, in: container, debugDescription: faults.joined(separator: "; "))
    }
    self.init(stages: stages)
  }
}
