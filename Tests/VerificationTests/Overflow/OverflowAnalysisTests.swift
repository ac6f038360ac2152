import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing
import Verification

/// Static bounds: reached by the worst inputs, and left by none.
@Suite struct OverflowAnalysisTests {
  static func analysis(_ network: Network, bits: Int = 32) throws -> OverflowAnalysis {
    try OverflowAnalysis(Program.lower(network, for: Models.profile(bits: bits)))
  }

  @Test func theBoundOfAChannelIsTheSumOfItsWorstProducts() throws {
    let network = Models.layer(weights: [[3, -5], [1, 1]], bias: [100, -7], zeroPoint: 28)
    // x − 28 lies in −156…99; each product's worst with 0, the bias on the side where it hurts.
    let bounds = try Self.analysis(network).steps[0].channels
    #expect(bounds[0].lowest == -3 * 156 - 5 * 99)
    #expect(bounds[0].highest == 3 * 99 + 5 * 156 + 100)
    #expect(bounds[1].lowest == -312 - 7)
    #expect(bounds[1].highest == 198)
  }

  @Test func aRegisterCheckedAtTheEndSeesTheWholeSumOnly() throws {
    let network = Models.layer(weights: [[1]], bias: [1000])
    let program = try Program.lower(network, for: Models.profile(bits: 32) { $0.accumulator.check = .end })
    let bound = OverflowAnalysis(program).steps[0].channels[0]
    #expect([bound.lowest, bound.highest] == [872, 1127])
    #expect(bound.bitsNeeded == 12)
  }

  @Test func bitsNeededIsTheWidthThatHoldsTheBound() throws {
    for (weight, bits): (Int64, Int) in [(0, 1), (1, 8), (2, 9), (-1, 9), (127, 15), (-128, 16)] {
      #expect(try Self.analysis(Models.layer(weights: [[weight]])).bitsNeeded == bits, "\(weight)")
    }
  }

  @Test func exactlyTheChannelsThatCouldOverflowAreNamed() throws {
    let network = Models.layer(weights: [[1], [2], [-1], [0]])
    let analysis = try Self.analysis(network, bits: 8)
    #expect(analysis.steps[0].overflowing == [1, 2])
    #expect(!analysis.isProved)
    #expect(try Self.analysis(network, bits: 9).isProved)
  }

  /// With the proved width nothing overflows; with one bit less the worst input does.
  @Test func theProofIsSoundAndTightOnAdversarialInputs() throws {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<200 {
      let weights = [(0..<6).map { _ in generator.nextSigned(bits: 8) }]
      let network = Models.layer(weights: weights, bias: [generator.nextSigned(bits: 10)])
      let bits = max(try Self.analysis(network).bitsNeeded, 8)
      let worst = [true, false].map { high in weights[0].map { ($0 > 0) == high ? Int32(127) : -128 } }
      let random = (0..<5).map { _ in (0..<6).map { _ in Int32(generator.nextSigned(bits: 8)) } }
      for input in worst + random {
        let engine = try ReferenceEngine(Program.lower(network, for: Models.profile(bits: bits)))
        #expect(try engine.run([input]).events[0].accumulatorOverflows == 0)
      }
      guard bits > 8 else { continue }
      let narrow = try ReferenceEngine(Program.lower(network, for: Models.profile(bits: bits - 1)))
      #expect(try worst.contains { try narrow.run([$0]).events[0].accumulatorOverflows > 0 })
    }
  }

  @Test func rangesAreTightenedByTheProducingStep() throws {
    var builder = NetworkBuilder()
    let x = builder.input([1, 4], .int8, scale: 1)
    let r = builder.activation([1, 4], .int8, scale: 1)
    let w = builder.constant([1, 1, -1, 1], [1, 4], .int8, Quantization(scale: 1))
    let y = builder.activation([1, 1], .int8, scale: 8)
    builder.node(.relu(Relu(.relu6)), [x], r)
    builder.node(.fullyConnected(FullyConnected()), [r, w, nil], y)
    let program = try Program.lower(builder.finish(y), for: .host)
    #expect(program.valueRanges() == [-128...127, 0...6, nil, -128...127])
    let bound = OverflowAnalysis(program).steps[0].channels[0]
    #expect([bound.lowest, bound.highest] == [-6, 18])
    #expect(OverflowAnalysis(program, inputs: [x: 0...3]).steps[0].channels[0] == bound)
  }

  @Test func anAddIsBoundedByItsAlignedOperands() throws {
    var builder = NetworkBuilder()
    let a = builder.input([2], .int8, scale: 4)
    let b = builder.input([2], .int8, scale: 1)
    let y = builder.activation([2], .int8, scale: 4)
    builder.node(.add(Add()), [a, b], y)
    var profile = Models.profile(bits: 10)
    profile.operators["ADD"]?.alignment = .shift(maximumLeftShift: 2, rounding: .floor)
    let step = try OverflowAnalysis(Program.lower(builder.finish(y), for: profile)).steps[0]
    #expect([step.channels[0].lowest, step.channels[0].highest] == [-640, 635])
    #expect(step.overflowing == [0])
    #expect(step.bitsNeeded == 11)
  }

  @Test func everyTracedValueLiesInItsRange() throws {
    let program = try Program.lower(Models.everyKernel(), for: .host)
    let ranges = program.valueRanges()
    for pattern in AdversarialInputs.Pattern.allCases {
      let inputs = AdversarialInputs.inputs(pattern, for: program, seed: 5)
      for (value, elements) in try ReferenceEngine(program).run(inputs, trace: .all).trace {
        guard let range = ranges[value] else { continue }
        #expect(elements.allSatisfy { range.contains(Int64($0)) }, "value \(value), \(pattern)")
      }
    }
  }
}
