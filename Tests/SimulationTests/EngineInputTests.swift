import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing

/// What a run refuses, and what it counts.
@Suite struct EngineInputTests {
  static func pooling() throws -> ReferenceEngine {
    var builder = NetworkBuilder()
    let x = builder.input([1, 2, 2, 1], .uint8, scale: 1)
    let y = builder.activation([1, 1, 1, 1], .uint8, scale: 1)
    builder.node(.maxPool2D(Pool2D(padding: .valid, filterHeight: 2, filterWidth: 2)), [x], y)
    return try ReferenceEngine(Program.lower(builder.finish(y), for: .host))
  }

  @Test func theNumberOfInputsIsChecked() throws {
    let engine = try Self.pooling()
    #expect(throws: SimulationError.inputCount(given: 0, expected: 1)) { try engine.run([]) }
    #expect(SimulationError.inputCount(given: 0, expected: 1).description == "the model has 1 inputs, and 0 were given")
  }

  @Test func theSizeOfAnInputIsChecked() throws {
    let engine = try Self.pooling()
    #expect(throws: SimulationError.inputSize(name: "t0", given: 3, expected: 4)) { try engine.run([[1, 2, 3]]) }
  }

  @Test(arguments: [-1, 256, Int32.max]) func anElementOutsideOfTheFormatIsRefused(_ bad: Int32) throws {
    let engine = try Self.pooling()
    #expect(throws: SimulationError.inputValue(name: "t0", value: bad, format: "uint8")) {
      try engine.run([[0, 255, bad, 0]])
    }
    #expect(try engine.run([[0, 255, 7, 0]]).outputs == [[255]])
  }

  @Test func aTraceHoldsWhatWasSelected() throws {
    let engine = try Self.pooling()
    #expect(try engine.run([[1, 2, 3, 4]], trace: .none).trace.isEmpty)
    #expect(try engine.run([[1, 2, 3, 4]], trace: .all).trace == [0: [1, 2, 3, 4], 1: [4]])
    #expect(try engine.run([[1, 2, 3, 4]], trace: .only([1])).trace == [1: [4]])
  }

  /// `x · 100 + bias` on a register of 8 bits: three of four sums overflow, and what the clamp of RELU cuts is no
  /// saturation.
  @Test(arguments: [Overflow.wrap, .saturate]) func overflowsAndSaturationsAreCounted(_ overflow: Overflow) throws {
    var builder = NetworkBuilder()
    let x = builder.input([4, 1], .int8, scale: 1)
    let w = builder.constant([100], [1, 1], .int8, Quantization(scale: 1))
    let y = builder.activation([4, 1], .int8, scale: 0.5)
    builder.node(.fullyConnected(FullyConnected(activation: .relu)), [x, w, nil], y)
    var profile = HardwareProfile.generic
    profile.accumulator.bits = 8
    profile.accumulator.overflow = overflow
    let outcome = try ReferenceEngine(Program.lower(builder.finish(y), for: profile)).run([[1, 2, -2, 3]])
    #expect(outcome.events == [StepEvents(accumulatorOverflows: 3, outputSaturations: overflow == .wrap ? 1 : 3)])
    // 100, 200 − 256, −200 + 256 and 300 − 256, times two.
    #expect(outcome.outputs == (overflow == .wrap ? [[127, 0, 112, 88]] : [[127, 127, 0, 127]]))
  }

  @Test func aTrapNamesItsOperatorAndTheWayOut() throws {
    var builder = NetworkBuilder()
    let x = builder.input([1, 1], .int8, scale: 1)
    let w = builder.constant([100], [1, 1], .int8, Quantization(scale: 1))
    let y = builder.activation([1, 1], .int8, scale: 0.5)
    builder.node(.fullyConnected(FullyConnected()), [x, w, nil], y)
    var profile = HardwareProfile.generic
    profile.accumulator.bits = 8
    profile.accumulator.overflow = .trap
    let engine = try ReferenceEngine(Program.lower(builder.finish(y), for: profile))
    #expect(try engine.run([[1]]).outputs == [[127]])
    let error = #expect(throws: SimulationError.accumulatorTrap(node: 0, name: "FULLY_CONNECTED")) {
      try engine.run([[2]])
    }
    #expect(error?.description.contains("widen accumulator.bits") == true)
  }
}
