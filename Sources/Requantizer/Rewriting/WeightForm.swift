internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// How the weights of one layer are stored: the machine's format, the file's type, the granularity and the zero point.
struct WeightForm {
  /// The integers that the machine has.
  let format: IntegerFormat
  /// The file's type, which may be wider than the format.
  let type: ElementType
  /// Whether each output channel has a scale of its own.
  let isPerChannel: Bool
  /// The stored integer that means 0.
  let zeroPoint: Int64
  /// The smallest and the largest stored integer, less the zero point.
  let low: Double
  let high: Double

  /// The form that a plan states; `nil` for a format that has no name.
  init?(_ layer: PlannedLayer, _ machine: HardwareProfile, beside input: ElementType) {
    guard let format = machine.weights.formats.first(where: { $0.name == layer.format }) else { return nil }
    self.init(
      format, isSigned: input != .uint8, isPerChannel: layer.isPerChannel, isNarrow: machine.weights.narrowRange
    ) { _ in layer.zeroPoint }
  }

  /// A form whose zero point is chosen for the smallest and the largest stored integer.
  private init(
    _ format: IntegerFormat, isSigned: Bool, isPerChannel: Bool, isNarrow: Bool,
    zeroPoint: (ClosedRange<Int64>) -> Int64
  ) {
    self.format = format
    self.isPerChannel = isPerChannel
    // No kernel of TensorFlow Lite reads 2 or 3 bits; 4 bits are packed two to a byte.
    type = !isSigned ? .uint8 : format.bits <= 4 ? .int4 : .int8
    let (lowest, highest) = (Int64(format.minimum) + (isNarrow ? 1 : 0), Int64(format.maximum))
    self.zeroPoint = zeroPoint(lowest...highest)
    low = Double(lowest - self.zeroPoint)
    high = Double(highest - self.zeroPoint)
  }

  /// Whether a zero point is chosen by the weights.
  static func choosesZeroPoint(
    _ machine: HardwareProfile, _ name: String, beside input: ElementType, _ source: Tensor
  ) -> Bool {
    let scheme = machine.weights
    // Steps of powers of two are too coarse for a zero point to gain anything.
    guard scheme.scale == .real && !machine.onlyShifts(name) else { return false }
    let isPerChannel = isPerChannel(machine, beside: input, source)
    return input != .uint8 ? scheme.signedMayHaveZeroPoint && !isPerChannel : scheme.zeroPoint == .any
  }

  /// Chooses the widest format of the machine that TensorFlow Lite's kernels read beside an input.
  ///
  /// - Parameters:
  ///   - machine: Whoever runs the layer, with what it says of this layer's weights.
  ///   - name: The layer's operator.
  ///   - input: The type of the layer's input.
  ///   - source: The layer's weights as the source stores them.
  ///   - channels: The real weights that are to be stored, by output channel.
  ///   - importances: How much an error of each counts.
  ///   - place: How a message names the layer.
  /// - Throws: ``RequantizationError`` when there is none.
  init(
    _ machine: HardwareProfile, _ name: String, beside input: ElementType, source: Tensor, _ channels: [[Double]],
    _ importances: [[Double]], place: String
  ) throws(RequantizationError) {
    let isSigned = input != .uint8
    let format = try Self.format(machine, isSigned: isSigned, input, place)
    let isPerChannel = Self.isPerChannel(machine, beside: input, source)
    if isPerChannel && !isSigned {
      throw RequantizationError([
        "\(place): its input is \(input), and TensorFlow Lite has no \(input) weights with a scale for each channel; add "
          + "tensor to weights.granularity of profile \(machine.name), or int8 to its formats"
      ])
    }
    let middle = Int64(format.minimum) + Int64(1) << Int64(format.bits - 1)
    let chooses = Self.choosesZeroPoint(machine, name, beside: input, source)
    self.init(format, isSigned: isSigned, isPerChannel: isPerChannel, isNarrow: machine.weights.narrowRange) {
      chooses ? Self.zeroPoint(source, format, channels, importances, $0) : middle
    }
  }

  /// Whether each channel gets a scale of its own.
  static func isPerChannel(_ machine: HardwareProfile, beside input: ElementType, _ source: Tensor) -> Bool {
    let granularity = machine.weights.granularity
    if input == .uint8 { return !granularity.contains(.tensor) }
    // Where the source has a scale for each channel, none of them is given up that the machine can have.
    let sourceIsPerChannel = source.quantization?.isPerAxis ?? false
    return sourceIsPerChannel ? granularity.contains(.channel) : granularity.first == .channel
  }

  private static func format(
    _ machine: HardwareProfile, isSigned: Bool, _ input: ElementType, _ place: String
  ) throws(RequantizationError) -> IntegerFormat {
    let scheme = machine.weights
    // Without a zero point an unsigned format holds no negative number, and one bit holds no number and its opposite.
    let usable = scheme.formats.filter {
      $0.isSigned == isSigned && (2...8).contains($0.bits) && (isSigned || scheme.zeroPoint == .any)
    }
    if let format = usable.max(by: { $0.bits < $1.bits }) { return format }
    throw RequantizationError([
      "\(place): its input is \(input), and profile \(machine.name) has no \(isSigned ? "int2 to int8" : "uint2 to uint8") "
        + "weights that hold negative numbers (weights.formats is \(scheme.formats.map(\.name).joined(separator: ", ")), "
        + "weights.zeroPoint is \(scheme.zeroPoint.rawValue)); add \(input) to weights.formats"
    ])
  }

  /// The source's own zero point where all its integers keep their meaning, else the one that suits the smallest and the
  /// largest weight of those that count.
  private static func zeroPoint(
    _ source: Tensor, _ format: IntegerFormat, _ channels: [[Double]], _ importances: [[Double]],
    _ stored: ClosedRange<Int64>
  ) -> Int64 {
    if let old = source.quantization, !old.isPerAxis, source.type.bits == format.bits,
      let range = source.type.integerRange
    {
      return old.zeroPoint - range.lowerBound + Int64(format.minimum)
    }
    var ends = (
      low: min(channels.lazy.flatMap(\.self).min() ?? 0, 0), high: max(channels.lazy.flatMap(\.self).max() ?? 0, 0)
    )
    let steps = Double(stored.upperBound - stored.lowerBound)
    // Either end is drawn in as long as the weights that are cut lose less than the others gain.
    var least = error(channels, importances, ends, steps)
    var moved = true
    while moved {
      moved = false
      for tried in [(low: ends.low * 0.85, high: ends.high), (low: ends.low, high: ends.high * 0.85)] {
        let found = error(channels, importances, tried, steps)
        if found < least * 0.999 { (least, ends, moved) = (found, tried, true) }
      }
    }
    let (smallest, largest) = ends
    let step = (largest - smallest) / steps
    guard step > 0 else { return (stored.lowerBound + stored.upperBound + 1) / 2 }
    let zeroPoint = stored.lowerBound + Int64((-smallest / step).rounded(.toNearestOrAwayFromZero))
    return min(max(zeroPoint, stored.lowerBound), stored.upperBound)
  }

  /// What cutting at two ends and rounding between them costs.
  private static func error(
    _ channels: [[Double]], _ importances: [[Double]], _ ends: (low: Double, high: Double), _ steps: Double
  ) -> Double {
    let step = (ends.high - ends.low) / steps
    var sum = 0.0
    for (values, factors) in zip(channels, importances) {
      for (value, factor) in zip(values, factors) {
        let cut = max(ends.low - value, value - ends.high, 0)
        sum += factor * (cut * cut + step * step / 12)
      }
    }
    return sum
  }
}
