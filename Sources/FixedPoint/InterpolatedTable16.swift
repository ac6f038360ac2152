/// A function of 16-bit integers that gives 16-bit integers: 513 entries, between two of which lies a line.
///
/// Source: `LUTPopulateInt16` and `LUTLookup` in TensorFlow Lite's `kernels/internal/common.h`.
public struct InterpolatedTable16: Hashable, Sendable {
  /// The results for −32768, −32640, … 32768, each moved by half of the error that a line has in the middle.
  public let entries: [Int16]

  /// Tabulates a real function in double precision.
  ///
  /// - Parameters:
  ///   - inputScale: The real step of the input.
  ///   - inputZeroPoint: The integer that stands for 0 on the input's side.
  ///   - outputScale: The real step of the output, whose zero point is 0.
  ///   - function: The function.
  public init(inputScale: Double, inputZeroPoint: Int32, outputScale: Double, _ function: (Double) -> Double) {
    let first = inputScale * Double(-32768 - inputZeroPoint)
    let last = inputScale * Double(32767 - inputZeroPoint)
    let inverse = 65536 / (outputScale * 32767 - outputScale * -32768)
    let step = (last - first) / 512
    func steps(_ x: Double) -> Double { (x * inverse).rounded(.toNearestOrAwayFromZero) }
    func cut(_ x: Double) -> Int16 { Int16(min(max(x, -32768), 32767)) }
    entries =
      (0..<512).map { number in
        let start = first + Double(number) * step
        let here = steps(function(start))
        let next = function(first + Double(number + 1) * step) * inverse
        let onLine = ((next + here) / 2).rounded(.toNearestOrAwayFromZero)
        let error = onLine - steps(function(start + step / 2))
        return cut(here - (error / 2).rounded(.toNearestOrAwayFromZero))
      } + [cut(steps(function(last)))]
  }

  /// The result for an integer, on the line between its two entries.
  public func callAsFunction(_ x: Int16) -> Int16 {
    let place = 256 + Int(x >> 7)
    let (from, to) = (Int32(entries[place]), Int32(entries[place + 1]))
    return Int16(truncatingIfNeeded: from + shiftRight((to - from) * Int32(x & 127), by: 7, .tiesTowardPositive))
  }
}
