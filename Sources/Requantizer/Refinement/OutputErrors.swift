internal import FixedPoint
internal import NetworkModel
internal import Simulation

/// How far a layer's output is from the source's at the sampled positions, in steps of the target.
struct OutputErrors {
  /// The least part of samples inside the clamp that a mean error is divided by, so that a step stays small.
  private static let leastActive = 0.1

  private let channels: Int
  /// The source's stored integers that its clamp or its format cuts.
  private let cutLow: Int32
  private let cutHigh: Int32
  /// For each channel the target's step for a step of the source, and what the source's 0 is in steps of the target.
  private let factors: [Double]
  private let shifts: [Double]
  private let zeroPoint: Double
  private let targetRange: ClosedRange<Int32>
  private let clamp: (low: Int32, high: Int32)

  /// What was measured.
  struct Measure {
    /// For each channel the mean error, wanted minus found.
    var means: [Double]
    /// For each channel what moves the mean output by the mean error: Newton's step, since only what the clamp does not cut
    /// moves with the bias.
    var steps: [Double]
    /// The mean of their magnitudes.
    var meanError: Double
    /// The ratio of signal to noise in dB (``NetworkModel/SignalToNoise``); infinite where there is none.
    var sqnr: Double
    /// The part of samples at the ends of the target's format that the source's clamp does not explain.
    var saturation: Double
  }

  init?(_ facts: SourceFacts, _ planned: PlannedNetwork, _ index: Int, _ stage: OutputStage) {
    let node = facts.source.nodes[index]
    guard let output = node.outputs.first, let source = facts.source.tensors[output].quantization,
      let target = planned.network.tensors[output].quantization, let meaning = planned.meaning(output),
      let ends = facts.source.tensors[output].ends(of: node.operation.activation),
      let targetRange = planned.network.tensors[output].type.integerRange
    else { return nil }
    channels = facts.source.tensors[output].shape.extents.last ?? 1
    (cutLow, cutHigh) = (Int32(clamping: ends.lowerBound), Int32(clamping: ends.upperBound))
    factors = (0..<channels).map { Double(source.scale) / meaning.scale($0) }
    let zero = -Double(source.scale) * Double(source.zeroPoint)
    shifts = (0..<channels).map { (zero - meaning.offset($0)) / meaning.scale($0) }
    // What an operator after this one cuts is no error.
    let after = planned.network.clampsAfter(output, planned.network.consumers())
    clamp = (
      Int32(clamping: max(stage.low, after.low ?? .min)), Int32(clamping: min(stage.high, after.high ?? .max))
    )
    zeroPoint = Double(target.zeroPoint)
    self.targetRange = Int32(targetRange.lowerBound)...Int32(targetRange.upperBound)
  }

  /// What the layer ought to give, in steps of the target less its zero point, cut as the target cuts it: `[sample][channel]`
  /// for the images in order.
  func goals(_ wanted: [Int: PackedElements]) -> [Float] {
    var result: [Float] = []
    for (_, packed) in wanted.sorted(by: { $0.key < $1.key }) {
      for (place, value) in packed.elements.enumerated() {
        let goal = Float(Double(value) * factors[place % channels] + shifts[place % channels])
        result.append(min(max(goal, bounds.lowerBound), bounds.upperBound))
      }
    }
    return result
  }

  /// The ends of what the target can give, in steps less the zero point.
  var bounds: ClosedRange<Float> {
    Float(max(targetRange.lowerBound, clamp.low)) - Float(zeroPoint)...Float(min(targetRange.upperBound, clamp.high))
      - Float(zeroPoint)
  }

  /// Compares samples, image by image in order.
  func measure(_ found: [PackedElements], _ wanted: [Int: PackedElements]) -> Measure {
    var (sums, active) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    let targetLow = max(targetRange.lowerBound, clamp.low), targetHigh = min(targetRange.upperBound, clamp.high)
    var (noise, sum, squares, saturated, total) = (0.0, 0.0, 0.0, 0, 0)
    for (image, elements) in found.enumerated() {
      guard let source = wanted[image]?.elements else { continue }
      let target = elements.elements
      var channel = 0
      for place in source.indices {
        let isCut = source[place] <= cutLow || source[place] >= cutHigh
        let goal = Double(source[place]) * factors[channel] + shifts[channel]
        let error = goal - (Double(min(max(target[place], targetLow), targetHigh)) - zeroPoint)
        sums[channel] += error
        if target[place] > targetLow && target[place] < targetHigh { active[channel] += 1 }
        noise += error * error
        sum += goal
        squares += goal * goal
        if !isCut && (target[place] <= targetRange.lowerBound || target[place] >= targetRange.upperBound) {
          saturated += 1
        }
        total += 1
        channel = channel + 1 == channels ? 0 : channel + 1
      }
    }
    let count = Double(max(total, 1))
    let perChannel = count / Double(max(channels, 1))
    let means = sums.map { $0 / perChannel }
    let steps = zip(means, active).map { $0 / max($1 / perChannel, Self.leastActive) }
    var energy = SignalToNoise()
    energy.add(elements: total, sum: sum, squares: squares, noise: noise)
    return Measure(
      means: means, steps: steps, meanError: means.reduce(0) { $0 + abs($1) } / Double(max(channels, 1)),
      sqnr: energy.decibels ?? .infinity,
      saturation: Double(saturated) / count)
  }
}
