/// A step function: a first result, and one more for each threshold that is not above the value.
///
/// FINN's `MultiThreshold`, which needs no multiplier; batch normalization and activation can be part of it.
public struct Thresholds: Hashable, Sendable, Codable {
  /// The result below all thresholds.
  public let first: Int64
  /// The thresholds, ascending; equal ones count each.
  public let values: [Int64]

  /// Creates a step function.
  ///
  /// - Precondition: The thresholds do not descend.
  public init(first: Int64, values: [Int64]) {
    precondition(Thresholds.ascends(values), "thresholds ascend")
    self.first = first
    self.values = values
  }

  /// The thresholds at which a real factor's product, rounded to nearest with ties toward positive infinity, reaches
  /// each integer of a range.
  ///
  /// - Parameters:
  ///   - factor: The real factor, as the exact value of a float64.
  ///   - range: The results; the first one is that below all thresholds.
  /// - Returns: The step function, or `nil` when a threshold does not fit into 62 bits.
  /// - Precondition: `factor` is normal and positive.
  public static func rounding(factor: Double, range: ClosedRange<Int64>) -> Thresholds? {
    precondition(factor.isNormal && factor > 0, "a factor is a positive number")
    // factor = significand · 2^exponent; the smallest x with x · factor ≥ k − ½ is ⌈(2k − 1) / (2 · factor)⌉.
    let significand = Int128(Int64(factor.significand * 0x1p52))
    let exponent = Int(factor.exponent) - 52
    guard exponent < 0, exponent > -116 else { return nil }
    var values: [Int64] = []
    values.reserveCapacity(Int(range.upperBound - range.lowerBound))
    for result in range.dropFirst() {
      let odd = Int128(2 * result - 1)
      // 2^(−exponent − 1) reaches 2^115: odd · 2^… fits for results of up to 11 bits, and is checked.
      let (numerator, overflow) = odd.multipliedReportingOverflow(by: Int128(1) << Int128(-exponent - 1))
      guard !overflow else { return nil }
      let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: significand)
      let ceiling = remainder > 0 ? quotient + 1 : quotient
      guard ceiling.magnitude < 1 << 62 else { return nil }
      values.append(Int64(ceiling))
    }
    return Thresholds(first: range.lowerBound, values: values)
  }

  /// The result for a value.
  @inlinable
  public func apply(to x: Int64) -> Int64 {
    // The number of thresholds ≤ x, by halving.
    var (low, high) = (0, values.count)
    while low < high {
      let middle = (low + high) / 2
      if values[middle] <= x { low = middle + 1 } else { high = middle }
    }
    return first + Int64(low)
  }

  static func ascends(_ values: [Int64]) -> Bool { zip(values, values.dropFirst()).allSatisfy { $0 <= $1 } }
}

extension Thresholds {
  private enum CodingKeys: String, CodingKey { case first, values }

  /// Decodes a step function and refuses thresholds that descend.
  ///
  /// - Parameter decoder: The decoder to read from.
  /// - Throws: `DecodingError` for a missing or malformed part or thresholds that descend.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let first = try container.decode(Int64.self, forKey: .first)
    let values = try container.decode([Int64].self, forKey: .values)
    guard Thresholds.ascends(values) else {
      throw DecodingError.dataCorruptedError(forKey: .values, in: container, debugDescription: "thresholds ascend")
    }
    self.init(first: first, values: values)
  }
}
