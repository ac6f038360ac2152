/// Which output positions of a layer are looked at in one image: one at random in each of `count` equal stretches.
///
/// The choice depends on the layer and the image alone, so that source and target are looked at in the same places whoever
/// computes them and in whatever order.
struct SamplePositions {
  /// Indices of positions, ascending and each once.
  let indices: [Int]

  init(_ positions: Int, count: Int, layer: Int, image: Int) {
    if positions <= count {
      indices = Array(0..<positions)
      return
    }
    // SplitMix64 (Steele, Lea, Flood 2014), seeded by the place.
    var state = UInt64(truncatingIfNeeded: layer) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: image) << 20
    indices = (0..<count).map { stretch in
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      mixed ^= mixed >> 31
      let (first, end) = (stretch * positions / count, (stretch + 1) * positions / count)
      return first + Int(mixed % UInt64(end - first))
    }
  }
}
