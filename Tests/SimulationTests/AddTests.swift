import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing

/// Additions under the three alignments, on registers of every kind.
@Suite struct AddTests {
  static let shapes: [([Int], [Int], [Int])] = [
    ([2, 3, 4], [2, 3, 4], [2, 3, 4]), ([2, 3, 4], [4], [2, 3, 4]), ([1], [2, 3], [2, 3]),
    ([2, 1, 4], [3, 1], [2, 3, 4]),
  ]

  /// A network that adds, with random parameters; powers of two where the machine only shifts.
  static func network(_ generator: inout SeededGenerator, isShift: Bool) -> Network {
    func draw(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }
    func scale() -> Float {
      isShift ? Float(sign: .plus, exponent: draw(9) - 4, significand: 1) : Float(draw(1000) + 1) / 777
    }
    let (a, b, y) = shapes[draw(shapes.count)]
    let type: ElementType = draw(2) == 0 ? .int8 : .uint8
    func zero() -> Int64 { Int64(draw(256)) - (type == .int8 ? 128 : 0) }
    var builder = NetworkBuilder()
    let left = builder.input(a, type, scale: scale(), zeroPoint: zero())
    let right = builder.input(b, type, scale: scale(), zeroPoint: zero())
    let sum = builder.activation(y, type, scale: scale(), zeroPoint: zero())
    let activation: Activation = [.none, .relu, .relu6, .reluN1To1][draw(4)]
    builder.node(.add(Add(activation: activation)), [left, right], sum)
    return builder.finish(sum)
  }

  static func alignments(_ first: Rounding, _ second: Rounding) -> [AdditionAlignment] {
    let stages: [StageTemplate] = [
      .multiply(bits: 32, rounding: first), .saturate(.int(32)), .shift(rounding: second, minimum: 0, maximum: 31),
    ]
    return [
      .rescaleInputs(leftShift: 12, input: stages, output: stages), .multiply(bits: 16, rounding: first),
      .multiply(bits: 9, rounding: second), .shift(maximumLeftShift: 15, rounding: first),
    ]
  }

  @Test func everyElementAndEventEqualsTheSlowImplementation() throws {
    var generator = SeededGenerator(seed: 11)
    var (completed, overflowed, trapped) = (0, 0, 0)
    let count = TestScope.count(1200, quick: 300)
    for number in 0..<count {
      let rounding = Rounding.allCases[number % Rounding.allCases.count]
      let alignment = Self.alignments(rounding, Rounding.allCases[number / 7 % 12])[number % 4]
      var profile = HardwareProfile.generic
      profile.operators["ADD"]?.alignment = alignment
      profile.accumulator.bits = [8, 12, 16, 20, 24, 32, 48][number / 3 % 7]
      profile.accumulator.overflow = Overflow.allCases[number % 3]
      profile.accumulator.check = OverflowCheck.allCases[number / 2 % 3]
      profile.accumulator.groupSize = 4
      let isShift = if case .shift = alignment { true } else { false }
      let network = Self.network(&generator, isShift: isShift)
      guard let program = try? Program.lower(network, for: profile), case .add(let kernel) = program.steps[0].kernel
      else { continue }
      let inputs = AddTests.inputs(network, &generator)
      let expected = Self.slow(network, profile, kernel, inputs)
      do throws(SimulationError) {
        let outcome = try ReferenceEngine(program).run(inputs)
        let got = Slow.Result(
          elements: outcome.outputs[0], overflows: outcome.events[0].accumulatorOverflows,
          saturations: outcome.events[0].outputSaturations)
        #expect(got == expected, "case \(number)")
        completed += 1
        if got.overflows > 0 { overflowed += 1 }
      } catch {
        #expect(profile.accumulator.overflow == .trap && expected.overflows > 0, "case \(number): \(error)")
        trapped += 1
      }
    }
    let isVaried = completed > count * 5 / 12 && overflowed > count / 24 && trapped > count / 24
    #expect(isVaried, "\(completed) \(overflowed) \(trapped)")
  }

  static func inputs(_ network: Network, _ generator: inout SeededGenerator) -> [[Int32]] {
    network.inputs.map { input in
      let tensor = network.tensors[input]
      let low: Int32 = tensor.type == .int8 ? -128 : 0
      return (0..<tensor.shape.count).map { _ in low + Int32(generator.next() % 256) }
    }
  }

  /// The sum by the definition of the step, with NumPy's broadcasting by repeated division.
  static func slow(
    _ network: Network, _ profile: HardwareProfile, _ kernel: AddKernel, _ inputs: [[Int32]]
  ) -> Slow.Result {
    let output = network.tensors[network.outputs[0]]
    var result = Slow.Result()
    for position in 0..<output.shape.count {
      let aligned = zip(network.inputs, inputs).enumerated().map { number, operand -> Int64 in
        let shape = network.tensors[operand.0].shape.extents
        var (rest, index, step) = (position, 0, 1)
        for (axis, extent) in output.shape.extents.enumerated().reversed() {
          let own = axis - (output.shape.rank - shape.count)
          if own >= 0 {
            if shape[own] > 1 { index += rest % extent * step }
            step *= shape[own]
          }
          rest /= extent
        }
        let zero = network.tensors[operand.0].quantization?.zeroPoint ?? 0
        return SlowArithmetic.requantize(
          Int64(operand.1[index]) - zero, Slow.stages(kernel.operands[number].alignment))
      }
      let terms = profile.accumulator.check == .product ? aligned : [aligned[0] + aligned[1]]
      let sum = SlowArithmetic.accumulate(
        terms, bits: profile.accumulator.bits, saturates: profile.accumulator.overflow == .saturate)
      result.overflows += sum.overflows
      Slow.append(
        Int64(sum.value), kernel.outputStage.requantizations[0], to: &result, output,
        network.nodes[0].operation.activation)
    }
    return result
  }

  @Test func shiftsAreTheRealSumRoundedOnce() throws {
    var builder = NetworkBuilder()
    let a = builder.input([256], .int8, scale: 0x1p-2)
    let b = builder.input([256], .int8, scale: 0x1p-4)
    let y = builder.activation([256], .int8, scale: 0x1p-1)
    builder.node(.add(Add()), [a, b], y)
    var profile = HardwareProfile.generic
    profile.operators["ADD"]?.alignment = .shift(maximumLeftShift: 2, rounding: .tiesToEven)
    let program = try Program.lower(builder.finish(y), for: profile)
    let left = (-128..<128).map(Int32.init)
    let right = left.map { $0 &* 7 % 128 }
    let output = try ReferenceEngine(program).run([left, right]).outputs[0]
    for (index, sum) in output.enumerated() {
      let exact = Int128(left[index]) * 4 + Int128(right[index])
      #expect(Int128(sum) == min(max(SlowArithmetic.round(exact, over: 8, .tiesToEven), -128), 127))
    }
    profile.operators["ADD"]?.alignment = .shift(maximumLeftShift: 1, rounding: .tiesToEven)
    let error = #expect(throws: LoweringError.self) { try Program.lower(builder.finish(y), for: profile) }
    #expect(error?.description.contains("needs a left shift by 2; the machine shifts by at most 1") == true)
  }
}
