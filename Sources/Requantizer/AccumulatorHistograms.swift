internal import FixedPoint
internal import Simulation

/// How often accumulators fell where, for each channel: enough to find the mean output for any shift of the bias.
struct AccumulatorHistograms: Sendable {
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
  private var smallest = Int64.max
  private var largest = Int64.min

  init(_ stage: OutputStage, channels: Int) {
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
  mutating func add(_ accumulators: [Int32]) {
    var channel = 0
    for accumulator in accumulators {
      let value = Int64(accumulator)
      smallest = min(smallest, value)
      largest = max(largest, value)
      let cell = min(max((value - starts[channel]) / widths[channel], 0), Int64(cells - 1))
      counts[channel * cells + Int(cell)] += 1
      channel = channel + 1 == widths.count ? 0 : channel + 1
    }
  }

  /// Adds another set of counts.
  mutating func add(_ other: AccumulatorHistograms) {
    for index in counts.indices { counts[index] += other.counts[index] }
    smallest = min(smallest, other.smallest)
    largest = max(largest, other.largest)
  }

  /// Whether no counted accumulator leaves a register when the corrections are added last.
  func staysWithin(_ rule: AccumulatorRule, _ deltas: [Int64]) -> Bool {
    let reach = deltas.reduce(0) { max($0, abs($1)) }
    return Int128(largest + reach) <= rule.format.maximum && Int128(smallest - reach) >= rule.format.minimum
  }

  /// The addition to a channel's bias that brings its mean output closest to a goal.
  ///
  /// The mean output does not fall as the bias grows, so bisection finds where it crosses the goal; of equally good
  /// corrections the smaller one is taken, and a channel whose output does not move is left alone.
  ///
  /// - Parameters:
  ///   - channel: The output channel.
  ///   - goal: The mean of stored outputs that is wanted.
  /// - Returns: The correction in units of the accumulator.
  func correction(channel: Int, goal: Double) -> Int64 {
    let reach = Int64(Self.margin / 2 * Self.cellsPerStep) * widths[channel]
    var (low, high) = (-reach, reach)
    let (atLow, atHigh) = (meanOutput(channel, low), meanOutput(channel, high))
    if atLow == atHigh { return 0 }
    if goal <= atLow { return low }
    if goal >= atHigh { return high }
    while high - low > max(widths[channel] / 8, 1) {
      let middle = (low + high) / 2
      if meanOutput(channel, middle) < goal { low = middle } else { high = middle }
    }
    let best = abs(meanOutput(channel, low) - goal) < abs(meanOutput(channel, high) - goal) ? low : high
    return abs(meanOutput(channel, 0) - goal) <= abs(meanOutput(channel, best) - goal) ? 0 : best
  }

  /// The mean stored output of a channel when `delta` is added to each accumulator, which counts as its cell's middle.
  private func meanOutput(_ channel: Int, _ delta: Int64) -> Double {
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
