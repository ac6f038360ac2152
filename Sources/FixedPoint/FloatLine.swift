/// A float32 factor and a float32 offset: `fl(fl(fl(x) · factor) + offset)`, each `fl` rounding to nearest, ties to even.
///
/// XNNPACK's mean folds both zero points into such an offset. The two constants are held as bit patterns, so that a
/// program stays a list of integers.
public struct FloatLine: Hashable, Sendable, Codable {
  /// The bit pattern of the factor.
  public let factorBits: UInt32
  /// The bit pattern of the offset.
  public let offsetBits: UInt32

  /// Creates a line.
  ///
  /// - Precondition: Both numbers are finite, and the factor is not negative.
  public init(factor: Float, offset: Float) {
    precondition(factor.isFinite && factor >= 0 && offset.isFinite, "a line has finite parts and a factor of 0 or more")
    factorBits = factor.bitPattern
    offsetBits = offset.bitPattern
  }

  /// The value on the line above an integer, rounded to an integer.
  ///
  /// - Parameters:
  ///   - x: The integer.
  ///   - rounding: The rule of the conversion back to an integer.
  /// - Returns: The rounded value, or `nil` when `T` cannot hold it.
  @inlinable
  public func apply<T: FixedWidthInteger & SignedInteger>(to x: T, _ rounding: Rounding) -> T? {
    // Swift never fuses a product and a sum: each is rounded by itself.
    let product = Float(x) * Float(bitPattern: factorBits)
    let value = product + Float(bitPattern: offsetBits)
    let floor = value.rounded(.down)
    guard let integer = T(exactly: floor) else { return nil }
    // Exact: a float and its floor are multiples of the same power of two, and their difference is below one. Only a
    // difference from −1 may round, and it stays above one half.
    let fraction = value - floor
    let position: FractionPosition =
      fraction == 0 ? .exact : fraction < 0.5 ? .belowHalf : fraction == 0.5 ? .half : .aboveHalf
    let roundsUp = rounding.roundsUp(position, floorIsOdd: integer & 1 != 0, isNegative: value < 0)
    return roundsUp ? integer + 1 : integer
  }
}

extension FloatLine {
  private enum CodingKeys: String, CodingKey { case factorBits, offsetBits }

  /// Decodes a line and refuses one whose parts are not finite.
  ///
  /// - Parameter decoder: The decoder to read from.
  /// - Throws: `DecodingError` for a missing or malformed part, a part that is no finite number or a negative factor.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let factor = Float(bitPattern: try container.decode(UInt32.self, forKey: .factorBits))
    let offset = Float(bitPattern: try container.decode(UInt32.self, forKey: .offsetBits))
    guard factor.isFinite, factor >= 0, offset.isFinite else {
      throw DecodingError.dataCorruptedError(
        forKey: .factorBits, in: container, debugDescription: "a line has finite parts and a factor of 0 or more")
    }
    self.init(factor: factor, offset: offset)
  }
}
