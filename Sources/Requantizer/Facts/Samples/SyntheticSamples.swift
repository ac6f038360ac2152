package import NetworkModel

extension CalibrationSet {
  /// Made-up samples for a network of which no data is at hand.
  ///
  /// An input of four axes gets images after the dead-leaves model: discs of random colours over each other, whose sizes
  /// follow a power law, so that edges and areas occur at all sizes as in photographs. Any other input gets smooth noise.
  /// The samples depend on their number alone.
  ///
  /// - Parameters:
  ///   - network: The network whose inputs are served.
  ///   - count: The number of samples.
  /// - Returns: The samples; ``isSynthetic`` is set.
  package static func synthetic(for network: Network, count: Int) -> CalibrationSet {
    let inputs = network.inputs.map { network.tensors[$0] }
    var set = CalibrationSet(count: count) { sample in
      inputs.enumerated().map { position, tensor in
        var random = SampleRandom(seed: UInt64(sample) &* 31 &+ UInt64(position))
        return tensor.shape.rank == 4 ? leaves(tensor, &random) : noise(tensor, &random)
      }
    }
    set.isSynthetic = true
    return set
  }

  private static func range(_ tensor: Tensor) -> (low: Double, size: Double) {
    // A sample holds 32 bits for each element, whatever its type has.
    let range = (tensor.type.integerRange ?? 0...0).clamped(to: Int64(Int32.min)...Int64(Int32.max))
    return (Double(range.lowerBound), Double(range.upperBound - range.lowerBound))
  }

  /// A disc of one colour.
  private struct Leaf {
    let radius: Double
    let row: Double
    let column: Double
    let colour: [Double]

    /// Draws the disc's part of one row.
    func cover(_ line: Int, _ values: inout [Double], width: Int) {
      guard line >= max(Int(row - radius), 0), line <= Int(row + radius) else { return }
      let distance = Double(line) - row
      let half = max(radius * radius - distance * distance, 0).squareRoot()
      let (start, end) = (max(Int(column - half), 0), min(Int(column + half) + 1, width))
      let channels = colour.count
      for place in start..<max(end, start) {
        for channel in 0..<channels { values[place * channels + channel] = colour[channel] }
      }
    }
  }

  private static func leaves(_ tensor: Tensor, _ random: inout SampleRandom) -> [Int32] {
    let (low, size) = range(tensor)
    let (images, height, width, channels) = (tensor.shape[0], tensor.shape[1], tensor.shape[2], tensor.shape[3])
    var result: [Int32] = []
    result.reserveCapacity(tensor.shape.count)
    for _ in 0..<images {
      let extent = Double(max(height, width))
      let leaves = (0..<160).map { number in
        // Radii between a hundredth and half of the image with density r^−3; the first leaf covers all.
        let radius = number == 0 ? 2 * extent : extent / 100 / (1 - 0.9996 * random.unit()).squareRoot()
        let (row, column) = (random.unit() * Double(height), random.unit() * Double(width))
        let light = random.unit()
        let colour = (0..<channels).map { _ in min(max(light + 0.35 * (random.unit() - 0.5), 0), 1) }
        return Leaf(radius: radius, row: row, column: column, colour: colour)
      }
      // Row by row: a whole image of real numbers would be twice as large as the result.
      var values = [Double](repeating: 0.45, count: width * channels)
      for row in 0..<height {
        for place in values.indices { values[place] = 0.45 }
        for leaf in leaves { leaf.cover(row, &values, width: width) }
        for value in values {
          let noisy = value + 0.04 * (random.unit() - 0.5)
          result.append(Int32(low + (min(max(noisy, 0), 1) * size).rounded()))
        }
      }
    }
    return result
  }

  private static func noise(_ tensor: Tensor, _ random: inout SampleRandom) -> [Int32] {
    guard tensor.type.bits == 8 else { return [Int32](repeating: 0, count: tensor.shape.count) }
    let (low, size) = range(tensor)
    var value = random.unit()
    return (0..<tensor.shape.count).map { _ in
      value = 0.8 * value + 0.2 * (1.5 * random.unit() - 0.25)
      return Int32(low + (min(max(value, 0), 1) * size).rounded())
    }
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct SampleRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0xD134_2543_DE82_EF95 &+ 0x9E37_79B9_7F4A_7C15 }

  /// A number from 0 up to 1.
  mutating func unit() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    mixed ^= mixed >> 31
    return Double(mixed >> 11) * 0x1p-53
  }
}
