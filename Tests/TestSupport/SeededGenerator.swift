/// A random generator whose whole sequence follows from its seed (Steele, Lea and Flood's SplitMix64).
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Creates a generator.
  ///
  /// - Parameter seed: Any number; equal seeds give equal sequences on every machine.
  package init(seed: UInt64) { state = seed }

  /// The next 64 random bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A signed integer whose width is random too, so that small and large magnitudes are equally likely.
  ///
  /// - Parameter bits: The greatest width, 1 to 64.
  /// - Returns: A value of a two's-complement format of 1 to `bits` bits.
  package mutating func nextSigned(bits: Int) -> Int64 {
    let width = Int(next() % UInt64(bits)) + 1
    return Int64(bitPattern: next()) >> Int64(64 - width)
  }
}
