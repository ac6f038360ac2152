/// The way from an accumulator to an output integer, as a list of stages that a machine performs one after another.
///
/// Stages are exact in unbounded integers; only those that say so round or cut. TFLite's default is
/// `[shiftLeft(max(e, 0)), wrap(int32), multiply(m), shiftRight(31, tiesTowardPositive), saturate(int32),
/// shiftRight(max(−e, 0), tiesAwayFromZero)]`; a shift-only machine is `[shiftRight(n, tiesToEven)]`.
public struct Requantization: Hashable, Sendable, Codable {
  /// One stage of a requantization.
  public enum Stage: Hashable, Sendable, Codable {
    /// Multiplies by an integer of at most 32 bits, exactly.
    case multiply(Int64)
    /// Multiplies by 2^count, exactly; `count` is 0 to 31.
    case shiftLeft(Int)
    /// Divides by 2^count and rounds; `count` is 0 to 127.
    case shiftRight(Int, Rounding)
    /// Multiplies in binary floating point and rounds to an integer, in integer arithmetic.
    case scaleAsFloat(FloatScale, Rounding)
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
  /// - Precondition: Each stage's numbers lie in the ranges that ``Stage`` states, and at most one stage multiplies
  ///   and one shifts left between two that cut, so that 127 bits hold every exact value.
  public init(stages: [Stage]) {
    for stage in stages {
      switch stage {
      case .multiply(let factor):
        precondition(factor.magnitude < UInt64(1) << 32, "a multiplier has at most 32 bits")
      case .shiftLeft(let count): precondition((0...31).contains(count), "a left shift is by 0 to 31 bits")
      case .shiftRight(let count, _): precondition((0...127).contains(count), "a right shift is by 0 to 127 bits")
      case .scaleAsFloat, .saturate, .wrap: break
      }
    }
    self.stages = stages
  }

  /// Leaves every value as it is.
  public static let identity = Requantization(stages: [])

  /// The output integer for an accumulator, before zero point and clamp.
  ///
  /// - Parameter accumulator: The value to requantize.
  /// - Returns: The exact result of all stages, cut to 64 bits by saturation if a profile's stages let it grow so far.
  @inlinable
  public func apply(_ accumulator: Int64) -> Int64 {
    // Almost every value stays within 64 bits; the rare one that does not is computed again with 128.
    if let result = evaluate(accumulator) { return result }
    guard let wide = evaluate(Int128(accumulator)) else { return accumulator < 0 ? .min : .max }
    return Int64(clamping: wide)
  }

  /// The stages in the arithmetic of one machine type; `nil` when an exact value leaves that type.
  @inlinable
  func evaluate<T: FixedWidthInteger & SignedInteger>(_ start: T) -> T? {
    var x = start
    for stage in stages {
      switch stage {
      case .multiply(let factor):
        let (product, overflow) = x.multipliedReportingOverflow(by: T(factor))
        if overflow { return nil }
        x = product
      case .shiftLeft(let count):
        let (product, overflow) = x.multipliedReportingOverflow(by: T(1) << T(count))
        if overflow { return nil }
        x = product
      case .scaleAsFloat(let scale, let rounding):
        guard let scaled = scale.apply(to: Int128(x), rounding), let narrow = T(exactly: scaled) else { return nil }
        x = narrow
      case .shiftRight(let count, let rounding):
        x = shiftRight(x, by: count, rounding)
      case .saturate(let format):
        if format.bits < T.bitWidth { x = min(max(x, T(format.minimum)), T(format.maximum)) }
      case .wrap(let format):
        if format.bits < T.bitWidth { x = T(format.wrap(Int128(x))) }
      }
    }
    return x
  }
}
