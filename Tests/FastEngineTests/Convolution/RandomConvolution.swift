internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
@testable internal import Simulation

/// A program of one random convolution: shape, operands, register and output stage follow from a seed.
struct RandomConvolution {
  enum Kind: String, CaseIterable { case pointwise, window, groups, depthwise, depthMultiplier, fullyConnected }

  /// What a test fixes; the rest is random.
  struct Demand {
    var kind: Kind?
    var type: ElementType?
    var form: RequantizationForm?
    var outputChannels: Int?
    var inputChannels: Int?
    /// Output pixels of one image, all in one row.
    var pixels: Int?
    /// So many rows of output pixels instead.
    var rows: Int?
    /// The size of a window and the distance to the next, in rows and columns.
    var window: (size: Int, stride: Int)?
    /// Whether the register is one of 32 bits and biases are small, so that the fast kernels serve.
    var isTame = false
    /// The register.
    var accumulator: AccumulatorRule?
  }

  let seed: UInt64
  private(set) var program = Program(profile: "", values: [], steps: [], inputs: [], outputs: [])
  private var choices: Choices
  private let kind: Kind
  private let type: ElementType
  private let demand: Demand
  private var words: [String] = []

  init(seed: UInt64, _ demand: Demand = Demand()) {
    self.seed = seed
    self.demand = demand
    var choices = Choices(seed: seed)
    let kind = choices.pick(Kind.allCases)
    self.kind = demand.kind ?? kind
    let type = choices.pick([ElementType.int8, .uint8])
    self.type = demand.type ?? type
    self.choices = choices
    build()
  }

  /// All parameters, for a report.
  var description: String { "seed \(seed), \(kind.rawValue) \(type), " + words.joined(separator: ", ") }

  private struct Axis {
    var window = Window(size: 1, stride: 1)
    var padding = 0
    var input = 1
    var output = 1
  }

  /// An axis whose last window ends in the image or in a margin that is not the one at the beginning.
  private mutating func axis(output: Int, largest: Int) -> Axis {
    var window = Window(
      size: choices.pick(1...largest), stride: choices.pick([1, 1, 2, 3]), dilation: choices.pick([1, 1, 2]))
    if let wanted = demand.window { window = Window(size: wanted.size, stride: wanted.stride) }
    let before = choices.pick(0...window.extent - 1)
    let after = choices.pick(0...window.extent - 1)
    let reach = (output - 1) * window.stride + window.extent
    return Axis(window: window, padding: before, input: max(reach - before - after, 1), output: output)
  }

  private mutating func build() {
    let images = choices.pick([1, 1, 2])
    var (rows, columns) = (Axis(), Axis())
    switch kind {
    case .fullyConnected: break
    case .pointwise:
      columns.output = demand.pixels ?? choices.pick(1...9)
      columns.input = columns.output
    case .window, .groups, .depthwise, .depthMultiplier:
      let largest = demand.pixels == nil ? choices.pick([1, 2, 3, 3, 5]) : 3
      rows = axis(output: demand.pixels == nil ? choices.pick(1...4) : demand.rows ?? 1, largest: largest)
      columns = axis(output: demand.pixels ?? choices.pick(1...6), largest: largest)
    }
    let images4 = kind == .fullyConnected ? demand.pixels ?? choices.pick(1...5) : images
    let (channels, depth, groups) = self.channels()
    let window = WindowGeometry(
      rows: rows.window, columns: columns.window, padTop: rows.padding, padLeft: columns.padding)
    let input = [images4, rows.input, columns.input, depth * groups]
    let output = [images4, rows.output, columns.output, channels]
    let taps = rows.window.size * columns.window.size * depth
    let (weights, weightWords) = self.weights(channels: channels, taps: taps)
    let accumulator = self.accumulator()
    let size = 6 + weights.reduce(0) { max($0, Int($1.magnitude)) }.bitWidthOfValue + taps.bitWidthOfValue / 2
    let zeroPoint =
      type == .int16 ? 0 : choices.pick([type.range8.lowerBound, type.range8.upperBound, choices.pick(type.range8)])
    let (stage, stageWords) = outputStage(channels: channels, size: size)
    let kernel = ConvolutionKernel(
      input: Shape(input), output: Shape(output), window: window, groups: groups, inputZeroPoint: Int32(zeroPoint),
      weights: weights, order: choices.pick(AccumulationOrder.allCases), bias: biases(channels),
      accumulator: accumulator,
      outputStage: stage)
    words = [
      "\(input) to \(output)", "window \(window)", "groups \(groups)", "input zero point \(zeroPoint)",
      "weights \(weightWords)", "order \(kernel.order)", "\(accumulator)", stageWords,
    ]
    var builder = ProgramBuilder()
    let isMatrix = kind == .fullyConnected
    let x = builder.input(isMatrix ? [images4, depth] : input, type)
    let y = builder.step(.convolution(kernel), [x], isMatrix ? [images4, channels] : output, type)
    program = builder.finish([y])
  }

  /// Output channels, input channels of a group, groups.
  private mutating func channels() -> (Int, Int, Int) {
    let outputs =
      demand.outputChannels ?? choices.pick([choices.pick(1...20), choices.pick([31, 32, 33, 48, 64, 65])])
    switch kind {
    case .pointwise, .fullyConnected, .window:
      return (outputs, demand.inputChannels ?? choices.pick(1...9), 1)
    case .groups:
      let groups = choices.pick(2...4)
      return (groups * choices.pick(1...9), choices.pick(1...5), groups)
    case .depthwise: return (outputs, 1, outputs)
    case .depthMultiplier:
      let groups = choices.pick(1...9)
      return (groups * choices.pick(2...3), 1, groups)
    }
  }

  /// Weights as stored, less a zero point that only unsigned ones have.
  private mutating func weights(channels: Int, taps: Int) -> ([Int32], String) {
    let zero = type == .uint8 ? choices.pick([0, 128, 255, choices.pick(0...255)]) : 0
    let (low, high) = (type.range8.lowerBound - zero, type.range8.upperBound - zero)
    let pattern = choices.pick(["random", "random", "random", "lowest", "highest", "alternating", "small", "sparse"])
    var result: [Int32] = []
    for channel in 0..<channels {
      // A channel without weights now and then, as pruning leaves it.
      let isEmpty = choices.once(in: 12)
      for tap in 0..<taps {
        let weight =
          switch pattern {
          case "lowest": low
          case "highest": high
          case "alternating": (channel + tap) % 2 == 0 ? low : high
          case "small": choices.pick(max(low, -3)...max(min(high, 3), max(low, -3)))
          case "sparse": choices.once(in: 4) ? choices.pick(low...high) : 0
          default: choices.pick(low...high)
          }
        result.append(isEmpty ? 0 : Int32(weight))
      }
    }
    return (result, "\(pattern) \(low)...\(high)")
  }

  private mutating func accumulator() -> AccumulatorRule {
    if let demanded = demand.accumulator { return demanded }
    if demand.isTame || choices.once(in: 3) { return .wide }
    return AccumulatorRule(
      format: .int(choices.pick([32, 32, 33, 48, 64, choices.pick(8...24)])),
      overflow: choices.pick([.wrap, .saturate, .trap]), productsPerCheck: choices.pick([nil, 1, 2, 3, 16]),
      startsFromBias: choices.pick([true, false]))
  }

  private mutating func biases(_ channels: Int) -> [Int64] {
    let pattern = choices.pick(0...(demand.isTame ? 1 : 3))
    return (0..<channels).map { _ in
      switch pattern {
      case 0: 0
      case 1: choices.signed(bits: 16)
      case 2: choices.signed(bits: 32)
      default: (choices.once(in: 2) ? Int64(Int32.max) : -Int64(Int32.max)) + choices.signed(bits: 18)
      }
    }
  }

  private mutating func outputStage(channels: Int, size: Int) -> (OutputStage, String) {
    let form = demand.form ?? choices.pick(RequantizationForm.allCases)
    let rounding = choices.pick(Rounding.allCases)
    let count = choices.once(in: 2) ? 1 : channels
    let requantizations = (0..<count).map { _ in choices.requantization(form, size: size, rounding) }
    let zeroPoint = type == .int16 ? 0 : Int64(choices.pick(type.range8))
    var stage = OutputStage(requantizations, zeroPoint: zeroPoint, type)
    if choices.once(in: 3) { stage.low = Int64(choices.pick(Int(stage.low)...Int(stage.high))) }
    if choices.once(in: 3) { stage.high = Int64(choices.pick(Int(stage.low)...Int(stage.high))) }
    let first = requantizations[0].stages
    return (stage, "\(form) x\(count) \(first), zero point \(stage.zeroPoint), clamp \(stage.low)...\(stage.high)")
  }
}

extension Int {
  /// How many bits a magnitude takes.
  fileprivate var bitWidthOfValue: Int { Int.bitWidth - leadingZeroBitCount }
}
