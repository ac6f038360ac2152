/// Integers at which fixed-point arithmetic goes wrong first.
package enum EdgeValues {
  /// The designed edges of a two's-complement width, ascending and without repetition.
  ///
  /// Zero, ±1, the minimum and the maximum and their neighbours; ± every power of two and its neighbours; and, for
  /// every shift, ties above an even and an odd floor of both signs, with their neighbours.
  ///
  /// - Parameter bits: The width, 1 to 64.
  /// - Returns: The edges, each of which the width holds.
  package static func signed(bits: Int) -> [Int64] {
    let maximum = Int64.max >> Int64(64 - bits)
    let minimum = -maximum - 1
    var centres: Set<Int64> = [0, minimum, maximum]
    for exponent in 0..<max(bits - 1, 0) {
      let half = Int64(1) << Int64(exponent)
      // ½ · half-steps: 1, 3 and 5 halves are ties above the floors 0, 1 and 2.
      for multiple: Int64 in [1, 3, 5] {
        let (value, overflow) = half.multipliedReportingOverflow(by: multiple)
        if !overflow { centres.formUnion([value, -value]) }
      }
    }
    var edges: Set<Int64> = []
    for centre in centres {
      for offset: Int64 in -2...2 {
        let (value, overflow) = centre.addingReportingOverflow(offset)
        if !overflow && value >= minimum && value <= maximum { edges.insert(value) }
      }
    }
    return edges.sorted()
  }

  /// The designed edges of a width, filled up with seeded random values of all magnitudes.
  ///
  /// - Parameters:
  ///   - bits: The width, 1 to 64.
  ///   - count: How many values; all edges are kept even when there are more.
  ///   - seed: The seed of the random values.
  /// - Returns: The edges, then the random values, which may repeat.
  package static func signed(bits: Int, count: Int, seed: UInt64) -> [Int64] {
    var generator = SeededGenerator(seed: seed)
    var values = signed(bits: bits)
    while values.count < count { values.append(generator.nextSigned(bits: bits)) }
    return values
  }
}
