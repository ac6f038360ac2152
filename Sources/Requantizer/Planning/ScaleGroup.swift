internal import NetworkModel

/// Tensors of one scale, and what they hold.
package struct ScaleGroup {
  /// The tensors.
  package var tensors: [Int]
  /// What they can hold.
  package var range: RealRange
  /// How often which real number occurred; empty without calibration.
  package var samples: [(value: Double, count: Double)]
  /// The target type's smallest and largest stored integer, less the zero point of a symmetric scale.
  package var low: Double
  package var high: Double
  /// Whether the format's largest value is the clamp of what makes the tensors, so that no larger scale will do.
  package var endsAtClamp = false
  /// Whether a clamp between two opposite integers stands for the source's, wherever these integers lie.
  package var hasSymmetricClamp = false
  /// What was subtracted from all real numbers: the smallest one, where an offset is folded.
  package var origin = 0.0
  /// Where the source cuts the tensors from below and from above and no clamp of the target says so: only the end of the
  /// format can.
  package var lowTails: [ClampTail] = []
  package var highTails: [ClampTail] = []

  package init(
    tensors: [Int], range: RealRange, samples: [(value: Double, count: Double)], low: Double, high: Double
  ) {
    self.tensors = tensors
    self.range = range
    self.samples = samples
    self.low = low
    self.high = high
  }

  /// The same tensors with their smallest real number at the format's smallest integer.
  func startingAtZero() -> ScaleGroup {
    var result = self
    result.origin = range.low
    result.range = RealRange(low: 0, high: range.high - range.low)
    result.samples = samples.map { ($0.value - range.low, $0.count) }
    // The format's smallest integer is the lower bound.
    result.lowTails = []
    for place in highTails.indices { result.highTails[place].bound -= range.low }
    result.high = high - low
    result.low = 0
    return result
  }

  init(_ tensor: Int, _ range: RealRange, _ source: Network, _ statistics: SourceStatistics?, _ type: ElementType) {
    tensors = [tensor]
    self.range = range
    low = Double((type.integerRange?.lowerBound ?? -1) - type.middle)
    high = Double((type.integerRange?.upperBound ?? 1) - type.middle)
    samples = []
    if let histogram = statistics?.histograms[tensor], let quantization = source.tensors[tensor].quantization,
      let first = source.tensors[tensor].type.integerRange?.lowerBound
    {
      for (offset, count) in histogram.enumerated() where count > 0 {
        let stored = first + Int64(offset) - quantization.zeroPoint
        samples.append((Double(quantization.scale) * Double(stored), Double(count)))
      }
    }
  }

  func merged(with other: ScaleGroup) -> ScaleGroup {
    var result = self
    result.tensors += other.tensors
    result.range = range.union(other.range)
    result.samples += other.samples
    result.lowTails += other.lowTails
    result.highTails += other.highTails
    return result
  }

  /// The smallest scale whose stored integers reach the whole range.
  package var smallestFullScale: Double {
    let positive = range.high > 0 ? range.high / high : 0
    let negative = range.low < 0 ? (low < 0 ? range.low / low : range.low / -high) : 0
    let scale = max(positive, negative)
    return scale > 0 ? scale : 1
  }

  /// The integer, less the zero point, that the smallest real number is given where an offset is folded.
  ///
  /// That is the format's smallest, unless a clamp lies farther inside.
  func lowest(_ scale: Double, format low: Double) -> Double {
    guard hasSymmetricClamp, scale > smallestFullScale * (1 + 1e-6) else { return low }
    return -max((range.high / scale / 2).rounded(.toNearestOrAwayFromZero), 1)
  }

  /// The noise that a scale adds, relative to the variance of what the tensors hold.
  ///
  /// Without samples rounding noise grows with the square of the scale, and a scale that cuts is not a candidate.
  package func cost(_ scale: Double) -> Double {
    if samples.isEmpty {
      let ratio = scale / smallestFullScale
      // A clamp that comes early cuts what few tensors reach; each octave costs as if the scale were as much larger.
      if endsAtClamp && ratio < 1 { return 1 / (ratio * ratio * ratio * ratio) }
      return ratio < 1 - 1e-6 ? .infinity : ratio * ratio
    }
    var (weight, sum, square, error) = (0.0, 0.0, 0.0, 0.0)
    for (value, count) in samples {
      let stored = min(max((value / scale).rounded(.toNearestOrAwayFromZero), low), high)
      let difference = value - scale * stored
      error += count * difference * difference
      weight += count
      sum += count * value
      square += count * value * value
    }
    for tail in highTails { error += tail.energy(scale * high - tail.bound) }
    for tail in lowTails { error += tail.energy(tail.bound - scale * low) }
    let variance = square / weight - sum * sum / (weight * weight)
    return variance > 0 ? error / weight / variance : error / weight
  }

  /// How much the samples vary, over all of them.
  var power: Double {
    let (weight, sum) = samples.reduce((0.0, 0.0)) { ($0.0 + $1.count, $0.1 + $1.count * $1.value) }
    guard weight > 0 else { return 0 }
    return samples.reduce(0) { $0 + $1.count * ($1.value - sum / weight) * ($1.value - sum / weight) }
  }

  /// Whether the source cuts so much that leaving it out would show.
  func isCut(_ tails: [ClampTail]) -> Bool {
    let power = power
    return power > 0
      && tails.reduce(0) { $0 + $1.energy(.greatestFiniteMagnitude.squareRoot()) } > ClampTail.negligible * power
  }

  /// The best scale of the form `base·2^k`.
  package func bestScale(base: Double) -> (scale: Double, cost: Double) {
    let full = smallestFullScale
    // A float32 scale may lie one rounding above the power of two that it means.
    var scale = base
    while scale < full * (1 - 1e-6) { scale *= 2 }
    while scale / 2 >= full * (1 - 1e-6) { scale /= 2 }
    if endsAtClamp && scale > full * (1 + 1e-6) { scale /= 2 }
    var best = (scale: scale, cost: cost(scale))
    if samples.isEmpty { return best }
    for _ in 0..<3 {
      scale /= 2
      let cost = cost(scale)
      if cost < best.cost { best = (scale, cost) }
    }
    return best
  }
}

extension ScaleGroup {
  /// Sixteen bases that cover the octave, one of which just holds the range of a group.
  static func bases(of groups: [ScaleGroup]) -> [Double] {
    let anchor = (groups.first { $0.endsAtClamp } ?? groups.first)?.smallestFullScale ?? 1
    // Rounded to a float32, so that its products with powers of two are exact in the file.
    return (0..<16).map { Double(Float(anchor.significand / exp2OfFraction(Double($0) / 16))) }
  }

  /// 2^x for x in [0, 1] by repeated square roots: deterministic on every platform, unlike a library's `exp2`.
  private static func exp2OfFraction(_ x: Double) -> Double {
    var (result, root, rest) = (1.0, 2.0, x)
    for _ in 0..<30 {
      root = root.squareRoot()
      rest *= 2
      if rest >= 1 {
        result *= root
        rest -= 1
      }
    }
    return result
  }
}
