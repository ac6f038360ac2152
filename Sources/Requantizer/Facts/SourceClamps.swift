internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// A bound at which the source cuts a tensor, and how much lies there.
///
/// How far the source's sums would have gone beyond the bound is not in its integers. What lies just inside says it: a tail
/// that falls off exponentially, with so many samples in each step inside and so many at the bound, goes on with the mean
/// excess that is the quotient of both, in steps.
package struct ClampTail: Hashable, Sendable {
  /// The real number at which the source cuts.
  package var bound: Double
  /// How many samples lie at the bound.
  package var count: Double
  /// The mean excess over the bound that the source cuts away, as a real number.
  package var excess: Double
  /// What it costs, as a sum of squares, to cut there by an operator after this one; infinite where the machine has none.
  package var price = Double.infinity

  /// The noise that an operator which cuts is worth, in units of a tensor's own power: 35 dB below it.
  static let operatorPrice = 3e-4

  /// The noise that does not show, in units of a tensor's own power: 40 dB below it, where rounding to 8 bits is.
  package static let negligible = 1e-4

  package init(bound: Double, count: Double, excess: Double) {
    self.bound = bound
    self.count = count
    self.excess = excess
  }

  /// What is added, over all samples, where a target cuts farther outside than the source: the sum of squares, or the price
  /// of mending it.
  ///
  /// An exponential tail has the mean square `2·excess²`, and no more than the square of the distance arrives.
  ///
  /// - Parameter distance: How far outside, as a real number.
  /// - Returns: The sum; 0 where the target cuts at the bound or inside of it.
  package func energy(_ distance: Double) -> Double {
    guard distance > 0, excess > 0 else { return 0 }
    let (whole, most) = (2 * excess * excess, distance * distance)
    return min(count * whole * most / (whole + most), price)
  }
}

/// Where the source cuts a tensor, by a clamp or by its format, and what lies there.
struct SourceClamp: Sendable {
  /// The bounds as real numbers.
  let low: Double
  let high: Double
  /// What lies at them; `nil` where nothing does.
  let lowTail: ClampTail?
  let highTail: ClampTail?

  /// - Parameters:
  ///   - tensor: What the source computes and cuts.
  ///   - activation: The clamp of the operator that computes it.
  ///   - histogram: How often each stored integer occurred; `nil` where no sample was seen.
  init?(_ tensor: Tensor, _ activation: Activation, _ histogram: [Int]?) {
    guard let quantization = tensor.quantization, !quantization.isPerAxis, let range = tensor.type.integerRange,
      let ends = tensor.ends(of: activation)
    else { return nil }
    let scale = Double(quantization.scale)
    func real(_ stored: Int64, _ stated: Float?, _ end: Int64) -> Double {
      // A clamp inside of the format is exact; its integer is rounded.
      if let stated, stored != end { return Double(stated) }
      return scale * Double(stored - quantization.zeroPoint)
    }
    low = real(ends.lowerBound, activation.bounds.low, range.lowerBound)
    high = real(ends.upperBound, activation.bounds.high, range.upperBound)
    guard let histogram, ends.lowerBound < ends.upperBound else {
      (lowTail, highTail) = (nil, nil)
      return
    }
    let first = Int(ends.lowerBound - range.lowerBound)
    let inside = histogram[first...Int(ends.upperBound - range.lowerBound)].map(Double.init)
    lowTail = SourceClamp.tail(inside, bound: low, scale)
    highTail = SourceClamp.tail(inside.reversed(), bound: high, scale)
  }

  /// The steps inside of a bound that say how the tail falls off.
  private static let nearSteps = 8

  /// What lies at a bound, from how often each integer occurred, the bound's first; `nil` where nothing does.
  private static func tail(_ counts: [Double], bound: Double, _ scale: Double) -> ClampTail? {
    let near = counts.dropFirst().prefix(nearSteps)
    let density = near.reduce(0, +) / Double(max(near.count, 1))
    // The bound's own integer also stands for the numbers up to half a step inside.
    let count = counts[0] - density / 2
    guard count > 0 else { return nil }
    let steps = min(density > 0 ? count / density : .infinity, Double(counts.count))
    return ClampTail(bound: bound, count: count, excess: steps * scale)
  }
}

extension SourceFacts {
  /// Where the source cuts what an operator computes; `nil` where the operator moves or converts what was cut before.
  func sourceClamp(_ node: Int) -> SourceClamp? {
    let maker = source.nodes[node]
    guard let output = maker.outputs.first, source.tensors[output].type.bits == 8, maker.cuts(in: source) else {
      return nil
    }
    return SourceClamp(
      source.tensors[output], maker.operation.activation, statistics?.histograms[output])
  }
}

extension Node {
  /// Whether an operator may compute what its output's format does not hold.
  fileprivate func cuts(in network: Network) -> Bool {
    switch operation.rescaling {
    case .weighted, .elementwise, .function: return true
    case .fixedOutput, .boundary: return false
    case .convert:
      if case .sum = operation { return true }
      if operation.activation != .none { return true }
    case .shared: break
    }
    // What moves, averages or converts numbers cuts where a format is narrower than one that it reads.
    guard let to = outputs.first.flatMap({ network.tensors[$0].heldRange }) else { return false }
    return activationOperands.contains { operand in
      guard let from = network.tensors[operand].heldRange else { return operation.rescaling == .convert }
      return from.low < to.low || from.high > to.high
    }
  }
}
