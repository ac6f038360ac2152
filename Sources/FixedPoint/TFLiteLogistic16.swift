/// The logistic function and the hyperbolic tangent of 16-bit integers with any scale, as TensorFlow Lite's operators
/// have them: a table of 256 entries over half the range, between two of which lies a line.
///
/// Source: `Logistic` and `Tanh` in TensorFlow Lite's `kernels/internal/reference/integer_ops/logistic.h` and `tanh.h`,
/// `SigmoidPrepare` and `TanhPrepare` in `kernels/activations.cc`.
public struct TFLiteLogistic16: Hashable, Sendable {
  /// The factor from steps of the input to steps of 1/12288.
  public let multiplier: Int32
  /// The bits that a product with it has too many.
  public let shift: Int
  /// `2^16 / (1 + e^(−k/24))` for k from 0 to 255.
  private let entries: [UInt16]

  /// The constants for an input whose scale is a power of two with 3 integer bits, or as many bits fewer as `extra` says.
  ///
  /// - Parameters:
  ///   - extra: 0 for a scale of 2^−12, 1 for 2^−11.
  ///   - entries: The table.
  public init(powerOfTwo extra: Int, entries: [UInt16]) {
    (multiplier, shift, self.entries) = (3 << Int32(extra), 0, entries)
  }

  /// The constants for any other input; `nil` for a scale so large that products leave 32 bits.
  ///
  /// - Parameters:
  ///   - inputScale: The input's scale.
  ///   - entries: The table.
  public init?(inputScale: Float, entries: [UInt16]) {
    var real = Double(inputScale) * 4096 * 3
    guard real < 65535 else { return nil }
    var shift = 0
    while real <= 32767.0 / 2 && shift <= 30 {
      shift += 1
      real *= 2
    }
    (multiplier, self.shift, self.entries) = (Int32(real), shift, entries)
  }

  /// `1 / (1 + e^−x)` with 15 fraction bits.
  public func logistic(_ x: Int16) -> Int16 {
    let scaled = rescale(x)
    let line = interpolate(scaled.magnitude, fraction: 9, largest: 0x7FFF << 10)
    let result = scaled >= 0 ? line + 1 << 9 : 1 << 25 - line + 1 << 9 - 1
    return Int16(truncatingIfNeeded: result >> 10)
  }

  /// The hyperbolic tangent with 15 fraction bits.
  public func tanh(_ x: Int16) -> Int16 {
    let scaled = rescale(x)
    let line = interpolate(scaled.magnitude, fraction: 8, largest: 0xFFFF << 8)
    let result = scaled >= 0 ? line - 1 << 23 + 1 << 7 : 1 << 23 - line + 1 << 7 - 1
    return Int16(truncatingIfNeeded: result >> 8)
  }

  private func rescale(_ x: Int16) -> Int64 {
    shiftRight(Int64(x) * Int64(multiplier), by: shift, .tiesTowardPositive)
  }

  /// The table at a number with so many fraction bits, which the result has too.
  private func interpolate(_ x: UInt64, fraction: Int, largest: Int64) -> Int64 {
    let place = Int(x >> UInt64(fraction))
    if place >= 255 { return largest }
    let (from, to) = (Int64(entries[place]), Int64(entries[place + 1]))
    return from << Int64(fraction) + Int64(x & (1 << UInt64(fraction) - 1)) * (to - from)
  }
}
