import FixedPoint
import HardwareProfile
import TestSupport
import Testing

@Suite("Round trips of profiles")
struct RoundTripTests {
  /// A profile whose every property is drawn from what it may be.
  static func random(_ generator: inout Sequence64) throws -> HardwareProfile {
    var profile = try HardwareProfile.builtIn(
      named: HardwareProfile.builtInNames.randomElement(using: &generator) ?? "")
    profile.name = "p\(generator.next() % 1000)-a.b_c"
    profile.vendor = ["", "ä \"q\"\n", "\u{7F}\u{0}\\", "😀"].randomElement(using: &generator) ?? ""
    profile.certified = "\(generator.next())"
    profile.sources = (0..<Int.random(in: 0...3, using: &generator)).map { "source \($0)" }
    profile.activations.formats = [.int(.random(in: 2...16, using: &generator)), .uint(8)]
    profile.activations.zeroPoint = any(&generator)
    profile.activations.scale = any(&generator)
    profile.weights.formats = [.int(.random(in: 1...16, using: &generator))]
    profile.weights.scale = any(&generator)
    profile.weights.zeroPoint = any(&generator)
    profile.weights.granularity = Granularity.allCases.shuffled(using: &generator)
    profile.weights.narrowRange = .random(using: &generator)
    profile.weights.exceptions = exceptions(&generator)
    profile.bias.bits = .random(in: 8...64, using: &generator)
    profile.accumulator.bits = .random(in: 8...64, using: &generator)
    profile.accumulator.overflow = any(&generator)
    profile.accumulator.check = any(&generator)
    profile.accumulator.groupSize = .random(in: 1...Int.max, using: &generator)
    profile.accumulator.order = any(&generator)
    profile.accumulator.bias = any(&generator)
    profile.requantize = stages(&generator)
    profile.limits.stride = [nil, 1, .max].randomElement(using: &generator) ?? nil
    profile.limits.weightBytes = [nil, 1, .max].randomElement(using: &generator) ?? nil
    operators(of: &profile, &generator)
    profile.int16 = .random(using: &generator) ? int16(profile, &generator) : nil
    return profile
  }

  static func int16(_ profile: HardwareProfile, _ generator: inout Sequence64) -> Int16Arithmetic {
    var result = Int16Arithmetic()
    result.narrowBias = any(&generator)
    if .random(using: &generator) {
      result.bias = profile.bias
      result.bias?.bits = .random(in: 8...64, using: &generator)
    }
    if .random(using: &generator) {
      result.accumulator = profile.accumulator
      result.accumulator?.bits = .random(in: 8...64, using: &generator)
      result.accumulator?.order = any(&generator)
    }
    if .random(using: &generator) {
      result.requantize = [
        .multiply(bits: .random(in: 2...31, using: &generator), rounding: .floor, reducedFrom: 32),
        .shift(rounding: any(&generator), minimum: 0, maximum: 127),
      ]
    }
    if .random(using: &generator) {
      result.operators["CONV_2D"] = profile.operators["CONV_2D"]
      result.operators["CONV_2D"]?.run = any(&generator)
    }
    return result
  }

  static func exceptions(_ generator: inout Sequence64) -> [WeightException] {
    var first = WeightException(layers: LayerPosition.allCases.shuffled(using: &generator), narrowRange: false)
    if .random(using: &generator) { first.layers?.removeLast() }
    if .random(using: &generator) { first.formats = [.uint(4), .int(.random(in: 1...16, using: &generator))] }
    if .random(using: &generator) { first.granularity = [.channel] }
    var second = WeightException(operators: ["DEPTHWISE_CONV_2D", "CONV_2D"], zeroPoint: any(&generator))
    if .random(using: &generator) { second.scale = any(&generator) }
    return Array([first, second].prefix(.random(in: 0...2, using: &generator)))
  }

  static func any<T: CaseIterable>(_ generator: inout Sequence64) -> T where T.AllCases == [T] {
    T.allCases[Int.random(in: T.allCases.indices, using: &generator)]
  }

  static func stages(_ generator: inout Sequence64) -> [StageTemplate] {
    let minimum = Int.random(in: 0...31, using: &generator)
    let shift = StageTemplate.shift(rounding: any(&generator), minimum: minimum, maximum: 127)
    let bits = Int.random(in: 2...32, using: &generator)
    let format = IntegerFormat(bits: .random(in: 1...64, using: &generator), isSigned: .random(using: &generator))
    let all: [[StageTemplate]] = [
      [shift], [.shiftLeft, .multiply(bits: bits, rounding: any(&generator)), .wrap(format)],
      [.float(bits: bits % 2 == 0 ? 32 : 64, rounding: any(&generator)), .saturate(format)],
      [.multiply(bits: bits, rounding: nil), .saturate(format), shift], [.thresholds, .wrap(format)],
      [.float(bits: 32, rounding: any(&generator), factor: any(&generator))],
      [.fixedPoint(bits: bits, fraction: minimum, rounding: any(&generator), factor: any(&generator)), .wrap(format)],
    ]
    return all[Int.random(in: all.indices, using: &generator)]
  }

  /// Stages that have no thresholds.
  static func scaling(_ generator: inout Sequence64) -> [StageTemplate] {
    while true {
      let stages = stages(&generator)
      if !stages.contains(.thresholds) { return stages }
    }
  }

  static func operators(of profile: inout HardwareProfile, _ generator: inout Sequence64) {
    let bits = Int.random(in: 2...32, using: &generator)
    let alignments: [AdditionAlignment] = [
      .rescaleInputs(
        leftShift: bits - 1, input: scaling(&generator), output: stages(&generator)),
      .multiply(bits: bits, rounding: any(&generator), factor: any(&generator)),
      .rescaleToOutput(input: stages(&generator)), .shift(maximumLeftShift: bits - 1, rounding: any(&generator)),
    ]
    profile.operators["ADD"]?.alignment = alignments.randomElement(using: &generator)
    let divisions: [AverageDivision] = [
      .divide(rounding: any(&generator)), .foldedFactor, .float(rounding: any(&generator)),
      .biasedReciprocal(
        bits: bits - 1, first: [nil, any(&generator)].randomElement(using: &generator) ?? nil, rounding: .floor),
      .approximation(
        fractions: (1..<bits).map { AverageFraction(count: $0, multiplier: 3 * $0, shift: $0 - 1) }, bits: 7,
        rounding: any(&generator)),
    ]
    profile.operators["MEAN"]?.division = divisions.randomElement(using: &generator)
    profile.operators["AVERAGE_POOL_2D"]?.division = .reciprocal(bits: bits, rounding: any(&generator))
    profile.operators["CONCATENATION"]?.inputScales = any(&generator)
    profile.operators["CONV_2D"]?.requantize = stages(&generator)
    profile.operators["SOFTMAX"]?.run = any(&generator)
    profile.operators["SOFTMAX"]?.softmax = any(&generator)
    if .random(using: &generator) {
      profile.operators["TANH"]?.table = FunctionTable(
        entries: 1 << Int.random(in: 1...16, using: &generator) + 1, interpolation: any(&generator),
        rounding: any(&generator), isBalanced: .random(using: &generator))
      if profile.operators["TANH"]?.table?.isBalanced == false {
        profile.operators["TANH"]?.table?.arithmetic = any(&generator)
      }
    }
    if .random(using: &generator) {
      profile.operators["MUL"]?.factor = any(&generator)
      profile.operators["TRANSPOSE_CONV"]?.lacks = [.gapsInPaddingSame]
      profile.operators["TRANSPOSE_CONV"]?.otherwise = OtherArithmetic()
      profile.operators["TRANSPOSE_CONV"]?.otherwise?.requantize = stages(&generator)
      profile.operators["TRANSPOSE_CONV"]?.otherwise?.fusedBounds = any(&generator)
      profile.operators["MUL"]?.factors = FactorRange(minimum: -bits, limit: bits)
      profile.operators["RESIZE_BILINEAR"]?.blend = BlendWeights(fraction: bits % 11 + 1, rounding: any(&generator))
    }
    profile.bias.shift = bits - 1
    profile.bias.rounding = any(&generator)
    if .random(using: &generator) { profile.operators["PAD"] = nil }
  }

  @Test("decoding a profile's canonical JSON gives the profile, for 500 random ones")
  func canonical() throws {
    var generator = Sequence64(state: 1)
    for _ in 0..<TestScope.count(500, quick: 100) {
      let profile = try Self.random(&generator)
      let text = profile.canonicalJSON()
      #expect(try HardwareProfile.decode(Array(text.utf8), file: "random.json") == profile, "\(text)")
    }
  }

  @Test("two random profiles differ exactly in the paths where their canonical JSON does")
  func differences() throws {
    var generator = Sequence64(state: 2)
    for _ in 0..<TestScope.count(100, quick: 25) {
      let (left, right) = (try Self.random(&generator), try Self.random(&generator))
      let differences = right.differences(from: left)
      #expect(left.differences(from: left).isEmpty)
      #expect(differences.isEmpty == (left == right))
      let (before, after) = (try JSONTree(left.canonicalJSON()), try JSONTree(right.canonicalJSON()))
      let reverse = left.differences(from: right)
      #expect(differences.map { [$0.path, $0.before, $0.after] } == reverse.map { [$0.path, $0.after, $0.before] })
      for path in Set(before.paths + after.paths) where before[path[...]] != after[path[...]] {
        let place = JSONTree.text(path)
        let isTold = differences.contains { told in
          told.path == place || told.path.hasPrefix(place) || place.hasPrefix(told.path)
        }
        #expect(isTold, "\(place)")
      }
    }
  }
}
