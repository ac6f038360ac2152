import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing
import Verification

@Suite struct AdversarialInputTests {
  static func inputs(_ pattern: AdversarialInputs.Pattern, _ type: ElementType, seed: UInt64 = 0) throws -> [Int32] {
    let network = Models.layer(weights: [[1, 1, 1, 1]], type: type)
    return AdversarialInputs.inputs(pattern, for: try Program.lower(network, for: .host), seed: seed)[0]
  }

  @Test func patternsFillTheFormat() throws {
    #expect(try Self.inputs(.allMinimum, .int8) == [-128, -128, -128, -128])
    #expect(try Self.inputs(.allMaximum, .uint8) == [255, 255, 255, 255])
    #expect(try Self.inputs(.alternating, .int8) == [-128, 127, -128, 127])
    #expect(try Self.inputs(.oneHot, .uint8) == [0, 0, 255, 0])
  }

  @Test func randomInputsFollowFromTheirSeed() throws {
    #expect(try Self.inputs(.random, .int8, seed: 4) == Self.inputs(.random, .int8, seed: 4))
    #expect(try Self.inputs(.random, .int8, seed: 4) != Self.inputs(.random, .int8, seed: 5))
    for seed in 0..<UInt64(50) {
      #expect(try Self.inputs(.random, .uint8, seed: seed).allSatisfy { (0...255).contains($0) })
    }
  }

  @Test func floatsReachTheEndsOfTheirQuantizedForm() throws {
    let program = try Program.lower(Models.everyKernel(), for: .host)
    for (pattern, stored): (AdversarialInputs.Pattern, Int32) in [(.allMinimum, -128), (.allMaximum, 127)] {
      let inputs = AdversarialInputs.inputs(pattern, for: program)
      let trace = try ReferenceEngine(program).run(inputs, trace: .only([1])).trace
      #expect(trace[1]?.allSatisfy { $0 == stored } == true)
    }
  }
}
