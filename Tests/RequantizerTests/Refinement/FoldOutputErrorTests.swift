import DemoModel
import FixedPoint
import HardwareProfile
import NetworkModel
import Requantizer
import Simulation
import TestSupport
import Testing

@Suite struct FoldOutputErrorTests {
  /// A machine whose register is narrow, in every way in which a register can behave.
  static func narrow(_ bits: Int, _ overflow: Overflow, _ check: OverflowCheck, _ bias: BiasPosition) throws
    -> HardwareProfile
  {
    var profile = try HardwareProfile.builtIn(named: "nna-int8-shift")
    profile.accumulator.bits = bits
    profile.accumulator.overflow = overflow
    profile.accumulator.check = check
    profile.accumulator.groupSize = 4
    profile.accumulator.bias = bias
    return profile
  }

  /// The first value that the pass computed differently from the final program, in words.
  static func firstDifference(
    _ source: Network, _ profile: HardwareProfile, _ calibration: CalibrationSet
  ) async throws -> (difference: String?, overflows: Int) {
    let recorder = ValueRecorder()
    var requantizer = Requantizer(profile: profile, threads: 2)
    requantizer.prefixObserver = recorder.record
    let target = try await requantizer.requantize(source, calibration: calibration).network
    let engine = ReferenceEngine(try Program.lower(target, for: profile))
    let recorded = recorder.recorded
    // Padding that turns out to be idle is taken out behind the pass: what was added then has other numbers, and the
    // source's tensors keep theirs.
    let steps = engine.program.steps
    let isWhole = Set(recorded.keys) == Set(steps.map(\.output))
    let compared = isWhole ? steps : steps.filter { $0.output < source.tensors.count }
    guard isWhole || recorded.count > steps.count, compared.allSatisfy({ recorded[$0.output] != nil }) else {
      return ("values are missing", 0)
    }
    var overflows = 0
    for sample in 0..<calibration.count {
      let inputs = Calibration.converted(try calibration.sample(sample), source, target)
      let outcome = try engine.run(inputs, trace: .all)
      overflows += outcome.events.reduce(0) { $0 + $1.accumulatorOverflows }
      for step in compared where recorded[step.output]?[sample] != outcome.trace[step.output] {
        return ("sample \(sample), \(target.label(ofNode: step.node))", overflows)
      }
    }
    return (nil, overflows)
  }

  @Test(arguments: TestScope.pairs(BuiltNetworkTests.machines, SourceKind.allCases))
  func thePrefixIsWhatTheFinalProgramComputes(_ name: String, _ kind: SourceKind) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    let source = SourceBuilder.everything(kind)
    if profile.conformanceFaults(of: source).isEmpty { return }
    let result = try await Self.firstDifference(source, profile, Calibration.random(source, count: 7))
    #expect(result.difference == nil && result.overflows == 0)
  }

  @Test(arguments: TestScope.pairs([OverflowCheck.product, .group, .end], [Overflow.saturate, .wrap]))
  func thePrefixIsExactWhereAccumulatorsOverflow(_ check: OverflowCheck, _ overflow: Overflow) async throws {
    let source = SourceBuilder.everything(.uint8PerTensor)
    for bias in BiasPosition.allCases {
      for bits in [14, 16] {
        let profile = try Self.narrow(bits, overflow, check, bias)
        let result = try await Self.firstDifference(source, profile, Calibration.random(source, count: 7))
        #expect(result.difference == nil)
        if bits == 14 { #expect(result.overflows > 0) }
      }
    }
  }

  @Test func thePrefixIsExactWhereOnlyTheCorrectionOverflows() async throws {
    // Registers one by one from overflowing everywhere to nowhere: some lie between the sums and the corrected sums.
    let source = SourceBuilder.everything(.uint8PerTensor)
    var counts: Set<Bool> = []
    for bits in TestScope.some(4, of: Array(13...20)) {
      let profile = try Self.narrow(bits, .saturate, .product, .first)
      let result = try await Self.firstDifference(source, profile, Calibration.random(source, count: 8))
      #expect(result.difference == nil, "\(bits) bits")
      counts.insert(result.overflows > 0)
    }
    #expect(counts == [true, false])
  }

  @Test(arguments: AccuracyTests.profiles)
  func theDemoPrefixIsExactOnAPlainMachine(_ name: String) async throws {
    let source = try Demo.network(.uint8Model)
    let result = try await Self.firstDifference(
      source, HardwareProfile.builtIn(named: name), Calibration.demo(source, count: AccuracyTests.sizes.calibration / 2)
    )
    #expect(result.difference == nil)
    #expect(result.overflows == 0)
  }

  @Test func threadsAndRepetitionChangeNothing() async throws {
    let source = SourceBuilder.everything(.int8PerChannel)
    let profile = try HardwareProfile.builtIn(named: "nna-int8-pow2")
    let calibration = Calibration.random(source, count: 11)
    let first = try await Requantizer(profile: profile, threads: 1).requantize(source, calibration: calibration)
    for threads in [1, 2, 3, 64] {
      let other = try await Requantizer(profile: profile, threads: threads).requantize(source, calibration: calibration)
      #expect(other.network == first.network && other.layers == first.layers)
    }
  }

  @Test func aCorrectedBiasStaysInItsFormat() async throws {
    let source = SourceBuilder.everything(.uint8PerTensor)
    for bits in [10, 12, 16] {
      var profile = try HardwareProfile.builtIn(named: "nna-int8-pow2")
      profile.bias.bits = bits
      let result = try await Requantizer(profile: profile).requantize(
        source, calibration: Calibration.random(source, count: 6))
      #expect(Laws.breaches(result.network, source: source, profile) == [])
    }
  }

  @Test(arguments: AccuracyTests.profiles)
  func meanOutputErrorsFall(_ name: String) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    let source = try Demo.network(.uint8Model)
    let calibration = try Calibration.demo(source, count: AccuracyTests.sizes.calibration)
    let folded = try await Demo.requantized(.uint8Model, for: name)
    let options = RequantizationOptions(skipped: [.foldOutputError])
    let plain = try await Requantizer(profile: profile, options: options, threads: 2).requantize(
      source, calibration: calibration)
    let before = try MeanErrors(source, plain, profile, calibration)
    let after = try MeanErrors(source, folded, profile, calibration)
    let layers = folded.layers.map(\.node)
    let better = layers.filter { after.byNode[$0] ?? 9 <= (before.byNode[$0] ?? 0) + 1e-9 }
    #expect(better.count >= layers.count - 1)
    let total = (before.byNode.values.reduce(0, +), after.byNode.values.reduce(0, +))
    #expect(total.1 < total.0 / 3)
  }
}
