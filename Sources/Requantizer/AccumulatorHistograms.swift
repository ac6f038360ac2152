internal import FixedPoint
package import Simulation

/// How often accumulators fell where, for each channel: enough to find the mean output for any shift of the bias.
package struct AccumulatorHistograms: Sendable {
  /// Cells beside the output's range on each side, in steps of the output: corrections reach no farther.
  private static let margin = 64
  /// Cells for each step of the output.
  private static let cellsPerStep = 8

  private let stage: OutputStage
  private let cells: Int
  /// For each channel the accumulators of one cell; at least one.
  private let widths: [Int64]
  /// For each channel the accumulator at which the first cell starts.
  private let starts: [Int64]
  /// `[channel][cell]`.
  private var counts: [Int32]

  package init(_ stage: OutputStage, channels: Int) {
    self.stage = stage
    let steps = Int(stage.high - stage.low) + 1 + 2 * Self.margin
    cells = steps * Self.cellsPerStep
    var widths: [Int64] = []
    var starts: [Int64] = []
    for channel in 0..<channels {
      let unit = stage.requantization(channel).accumulatorsPerStep
      let width = max(Int64((unit / Double(Self.cellsPerStep)).rounded()), 1)
      widths.append(width)
      // The middle of the output's range lies in the middle of the cells.
      let middle = Double(stage.low + stage.high) / 2 - Double(stage.zeroPoint)
      starts.append(Int64(max(min(middle * unit, 0x1p40), -0x1p40)) - width * Int64(cells / 2))
    }
    self.widths = widths
    self.starts = starts
    counts = [Int32](repeating: 0, count: channels * cells)
  }

  /// Counts accumulators whose last axis is the channel; what lies beyond the cells counts in the outermost one.
  package mutating func add(_ accumulators: [Int32]) {
    var channel = 0
    for accumulator in accumulators {
      let value = Int64(accumulator)
      let cell = min(max((value - starts[channel]) / widths[channel], 0), Int64(cells - 1))
      counts[channel * cells + Int(cell)] += 1
      channel = channel + 1 == widths.count ? 0 : channel + 1
    }
  }

  /// Adds another set of counts.
  package mutating func add(_ other: AccumulatorHistograms) {
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  /// The addition to a channel's bias that brings its mean output closest to a goal.
  ///
  /// The mean output does not fall as the bias grows, so bisection finds where it crosses the goal. No correction is made
  /// that is no better than none: a channel whose output does not move is left alone.
  ///
  /// - Parameters:
  ///   - channel: The output channel.
  ///   - goal: The mean of stored outputs that is wanted.
  /// - Returns: The correction in units of the accumulator.
  package func correction(channel: Int, goal: Double) -> Int64 {
    let start = meanOutput(channel, 0)
    if start == goal { return 0 }
    let sign: Int64 = start < goal ? 1 : -1
    /// Whether a correction brings the mean to the wanted side of a bound, or onto it.
    func reaches(_ size: Int64, _ bound: Double) -> Bool {
      let mean = meanOutput(channel, sign * size)
      return sign > 0 ? mean >= bound : mean <= bound
    }
    let reach = Int64(Self.margin / 2 * Self.cellsPerStep) * widths[channel]
    let farthest = meanOutput(channel, sign * reach)
    let bound = sign > 0 ? min(goal, farthest) : max(goal, farthest)
    // The smallest size that reaches the bound: `low` does not, `high` does.
    var (low, high): (Int64, Int64) = (0, reach)
    if reaches(0, bound) { return 0 }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if reaches(middle, bound) { high = middle } else { low = middle }
    }
    let errors = (low: abs(meanOutput(channel, sign * low) - goal), high: abs(meanOutput(channel, sign * high) - goal))
    let best = errors.low <= errors.high ? low : high
    return min(errors.low, errors.high) < abs(start - goal) ? sign * best : 0
  }

  /// The mean stored output of a channel when `delta` is added to each accumulator, which counts as its cell's middle.
  package func meanOutput(_ channel: Int, _ delta: Int64) -> Double {
    let requantization = stage.requantization(channel)
    var (sum, count) = (0.0, 0)
    for cell in 0..<cells {
      let occurrences = Int(counts[channel * cells + cell])
      if occurrences == 0 { continue }
      let accumulator = starts[channel] + Int64(cell) * widths[channel] + widths[channel] / 2
      let output = requantization.apply(accumulator + delta) + stage.zeroPoint
      sum += Double(occurrences) * Double(min(max(output, stage.low), stage.high))
      count += occurrences
    }
    return count > 0 ? sum / Double(count) : 0
  }
}

extension Requantization {
  /// How many units of the accumulator make one step of the output, measured on the stages themselves.
  fileprivate var accumulatorsPerStep: Double {
    var probe: Int64 = 1
    while probe < 1 << 40 && apply(probe).magnitude < 1 << 12 { probe <<= 1 }
    let result = apply(probe)
    return result == 0 ? Double(probe) : Double(probe) / Double(result)
  }
}
