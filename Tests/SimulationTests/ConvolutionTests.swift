import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing

/// Convolutions of every kind on machines of every kind, against a second implementation from the network's tensors.
@Suite struct ConvolutionTests {
  /// What happened over many cases; each kind has to occur, or the cases test less than they seem to.
  struct Tally {
    var completed = 0
    var trapped = 0
    var overflowed = 0
    var saturated = 0
  }

  @Test func everyElementAndEventEqualsTheSlowImplementation() throws {
    var tally = Tally()
    let count = TestScope.count(1500, quick: 300)
    for seed in 0..<UInt64(count) {
      let random = RandomConvolution(seed: seed)
      let program: Program
      do throws(LoweringError) {
        program = try Program.lower(random.network, for: random.profile)
      } catch {
        #expect(error.description.contains("factor"), "seed \(seed): \(error)")
        continue
      }
      guard case .convolution(let kernel) = program.steps[0].kernel else { continue }
      let expected = Slow.convolution(
        random.network, random.profile, random.options, isDepthwise: random.isDepthwise, input: random.input,
        requantizations: kernel.outputStage.requantizations)
      do throws(SimulationError) {
        let outcome = try ReferenceEngine(program).run([random.input], trace: .none)
        let got = Slow.Result(
          elements: outcome.outputs[0], overflows: outcome.events[0].accumulatorOverflows,
          saturations: outcome.events[0].outputSaturations)
        #expect(got == expected, "seed \(seed)")
        #expect(random.profile.accumulator.overflow != .trap || expected.overflows == 0, "seed \(seed)")
        tally.completed += 1
        if got.overflows > 0 { tally.overflowed += 1 }
        if got.saturations > 0 { tally.saturated += 1 }
      } catch {
        #expect(random.profile.accumulator.overflow == .trap && expected.overflows > 0, "seed \(seed): \(error)")
        #expect(error == .accumulatorTrap(node: 0, name: program.steps[0].name))
        tally.trapped += 1
      }
    }
    #expect(tally.completed > count * 8 / 15, "\(tally)")
    #expect(tally.trapped > count / 30, "\(tally)")
    #expect(tally.overflowed > count * 2 / 15, "\(tally)")
    #expect(tally.saturated > count * 2 / 15, "\(tally)")
  }

  @Test func aFullyConnectedLayerIsAMatrixProduct() throws {
    var generator = SeededGenerator(seed: 5)
    for keepsAxes in [false, true] {
      var builder = NetworkBuilder()
      let x = builder.input([2, 3, 4], .int8, scale: 0.5, zeroPoint: 3)
      let weights = (0..<20).map { _ in generator.nextSigned(bits: 8) }
      let w = builder.constant(weights, [5, 4], .int8, Quantization(scale: 0.25))
      let y = builder.activation(keepsAxes ? [2, 3, 5] : [6, 5], .int8, scale: 2, zeroPoint: -7)
      builder.node(.fullyConnected(FullyConnected(keepsAxes: keepsAxes)), [x, w, nil], y)
      let input = (0..<24).map { _ in Int32(generator.nextSigned(bits: 8)) }
      let program = try Program.lower(builder.finish(y), for: .host)
      let output = try ReferenceEngine(program).run([input]).outputs[0]
      for row in 0..<6 {
        for column in 0..<5 {
          let sum = (0..<4).map { (Int64(input[row * 4 + $0]) - 3) * weights[column * 4 + $0] }.reduce(0, +)
          let scaled = SlowArithmetic.round(Int128(sum), over: 16, .tiesAwayFromZero) - 7
          #expect(Int128(output[row * 5 + column]) == min(max(scaled, -128), 127))
        }
      }
    }
  }
}
