import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TFLite
import TestSupport
import Testing
import Verification

/// The second computation agrees with the reference engine everywhere, and notices any changed element.
@Suite struct SpotCheckTests {
  static func trace(_ program: Program, _ pattern: AdversarialInputs.Pattern) throws -> [Int: [Int32]] {
    let inputs = AdversarialInputs.inputs(pattern, for: program, seed: 3)
    return try ReferenceEngine(program).run(inputs, trace: .all).trace
  }

  @Test func everyKernelIsRecomputed() throws {
    let program = try Program.lower(Models.everyKernel(), for: .host)
    for pattern in AdversarialInputs.Pattern.allCases {
      var check = SpotCheck()
      check.check(program, trace: try Self.trace(program, pattern), elementsPerStep: .max)
      #expect(check.mismatch == nil, "\(pattern): \(check)")
      #expect(check.stepsChecked == program.steps.count)
      #expect(check.elementsChecked == program.steps.map { program.values[$0.output].shape.count }.reduce(0, +))
    }
  }

  @Test func everyFixtureIsRecomputed() throws {
    for name in try RepositoryFiles.names(in: "Tests/Fixtures/litert", suffix: ".tflite") {
      let file = try TFLiteFile(bytes: Array(RepositoryFiles.data("Tests/Fixtures/litert/\(name)")))
      guard let program = try? Program.lower(file.network(), for: .host) else { continue }
      for pattern in [AdversarialInputs.Pattern.random, .allMaximum] {
        var check = SpotCheck()
        check.check(program, trace: try Self.trace(program, pattern))
        #expect(check.mismatch == nil, "\(name)")
      }
    }
  }

  @Test(arguments: Rounding.allCases) func everyRuleIsRecomputedOnNarrowRegisters(_ rounding: Rounding) throws {
    var generator = SeededGenerator(seed: 8)
    for bits in [8, 11, 16, 40] {
      for overflow in [Overflow.wrap, .saturate] {
        for check in OverflowCheck.allCases {
          let weights = (0..<4).map { _ in (0..<9).map { _ in generator.nextSigned(bits: 8) } }
          let bias = (0..<4).map { _ in generator.nextSigned(bits: 12) }
          let profile = Models.profile(bits: bits) {
            $0.accumulator.overflow = overflow
            $0.accumulator.check = check
            $0.accumulator.groupSize = 4
            $0.accumulator.bias = bits == 11 ? .first : .last
            $0.operators["FULLY_CONNECTED"]?.requantize =
              bits == 40
              ? [.float(bits: 32, rounding: rounding)] : [.shift(rounding: rounding, minimum: 0, maximum: 9)]
          }
          let program = try Program.lower(Models.layer(weights: weights, bias: bias, outputScale: 4), for: profile)
          var spot = SpotCheck()
          for pattern in AdversarialInputs.Pattern.allCases {
            spot.check(program, trace: try Self.trace(program, pattern))
          }
          #expect(spot.mismatch == nil, "\(bits) \(overflow) \(check)")
        }
      }
    }
  }

  @Test func aChangedElementOfAnyStepIsFoundAndNamed() throws {
    let program = try Program.lower(Models.everyKernel(), for: .host)
    let trace = try Self.trace(program, .random)
    for step in program.steps {
      var wrong = trace
      let element = (wrong[step.output]?.count ?? 0) / 2
      let original = try #require(trace[step.output]?[element])
      wrong[step.output]?[element] = original ^ 1
      var check = SpotCheck()
      check.check(program, trace: wrong, elementsPerStep: .max)
      let mismatch = try #require(check.mismatch)
      #expect(mismatch.node == step.node && mismatch.element == element && mismatch.tensor == step.output)
      #expect(mismatch.expected == Int64(original) && mismatch.got == Int64(original ^ 1))
    }
  }

  @Test func aTensorOfTheWrongSizeIsAMismatch() throws {
    let program = try Program.lower(Models.everyKernel(), for: .host)
    var trace = try Self.trace(program, .random)
    trace[program.steps[2].output]?.removeLast()
    var check = SpotCheck()
    check.check(program, trace: trace)
    #expect(check.mismatch?.node == 2)
  }

  @Test func theChoiceFollowsFromTheSeed() throws {
    let program = try Program.lower(Models.everyKernel(), for: .host)
    let trace = try Self.trace(program, .random)
    var (first, second) = (SpotCheck(), SpotCheck())
    first.check(program, trace: trace, elementsPerStep: 7, seed: 1)
    second.check(program, trace: trace, elementsPerStep: 7, seed: 1)
    #expect(first == second)
    #expect(first.elementsChecked < 7 * program.steps.count)
  }
}
