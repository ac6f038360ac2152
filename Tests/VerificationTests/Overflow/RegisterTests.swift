import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing
import Verification

/// What registers hold: followed on data, proved, and driven to the proof's edge.
@Suite struct RegisterTests {
  /// The profiles that differ in what a register holds at its checks.
  private static let rules: [@Sendable (inout HardwareProfile) -> Void] = [
    { _ in }, { $0.accumulator.bias = .last }, { $0.accumulator.check = .end },
    {
      $0.accumulator.check = .group
      $0.accumulator.groupSize = 3
    }, { $0.accumulator.order = .channelHeightWidth },
  ]

  /// The extremes by the register itself, a wide one, one addition at a time.
  private static func slowly(
    _ kernel: ConvolutionKernel, _ input: [Int32], channel: Int
  ) -> (partial: ClosedRange<Int64>, sum: ClosedRange<Int64>) {
    let depth = kernel.input[3] / kernel.groups
    let group = channel / (kernel.output[3] / kernel.groups)
    let rule = kernel.accumulator
    var partials: [Int64] = []
    var sums: [Int64] = []
    for row in 0..<kernel.output[1] {
      for column in 0..<kernel.output[2] {
        var products = [Int64](repeating: 0, count: kernel.taps)
        for u in 0..<kernel.window.rows.size {
          for v in 0..<kernel.window.columns.size {
            let y = row * kernel.window.rows.stride + u - kernel.window.padTop
            let x = column * kernel.window.columns.stride + v - kernel.window.padLeft
            guard (0..<kernel.input[1]).contains(y), (0..<kernel.input[2]).contains(x) else { continue }
            for inner in 0..<depth {
              let place =
                kernel.order == .heightWidthChannel
                ? (u * kernel.window.columns.size + v) * depth + inner
                : (inner * kernel.window.rows.size + u) * kernel.window.columns.size + v
              let element = input[(y * kernel.input[2] + x) * kernel.input[3] + group * depth + inner]
              products[place] =
                Int64(element - kernel.inputZeroPoint) * Int64(kernel.weights[channel * kernel.taps + place])
            }
          }
        }
        let bias = kernel.bias[channel]
        let size = rule.productsPerCheck ?? products.count
        var sum: Int64 = 0
        var seen: [Int64] = []
        if rule.startsFromBias && rule.productsPerCheck != nil {
          sum = bias
          seen.append(sum)
        }
        for (number, product) in products.enumerated() {
          sum += product
          if (number + 1) % size == 0 || number == products.count - 1 { seen.append(sum) }
        }
        if !rule.startsFromBias || rule.productsPerCheck == nil {
          sum += bias
          if rule.productsPerCheck == nil { seen = [] }
          seen.append(sum)
        }
        partials += seen
        sums.append(sum)
      }
    }
    return ((partials.min() ?? 0)...(partials.max() ?? 0), (sums.min() ?? 0)...(sums.max() ?? 0))
  }

  private static func layers(_ generator: inout SeededGenerator, wide: Bool) -> [Network] {
    [(false, 5), (true, 11), (true, 3)].map { isDepthwise, channels in
      var builder = NetworkBuilder()
      let input = builder.input([1, 5, 4, channels], scale: 1, zeroPoint: 3)
      let count = isDepthwise ? channels * 6 : 9 * channels * 6
      let weights = (0..<count).map { _ in generator.nextSigned(bits: 8) }
      let outputs = isDepthwise ? channels : 9
      let bias = (0..<outputs).map { _ in generator.nextSigned(bits: wide ? 31 : 12) }
      let output = builder.activation([1, 3, 2, outputs], scale: 1)
      let shape = isDepthwise ? [1, 3, 2, channels] : [9, 3, 2, channels]
      let w = builder.constant(weights, shape, .int8, Quantization(scale: 1))
      let b = builder.constant(bias, [outputs], .int32, Quantization(scale: 1))
      let operation: Operation =
        isDepthwise
        ? .depthwiseConv2D(DepthwiseConv2D(padding: .same, strideHeight: 2, strideWidth: 2))
        : .conv2D(Conv2D(padding: .same, strideHeight: 2, strideWidth: 2))
      builder.node(operation, [input, w, b], output)
      return builder.finish(output)
    }
  }

  @Test(arguments: [false, true]) func registersAreFollowedInTheMachinesOrder(wide: Bool) throws {
    var generator = SeededGenerator(seed: 5)
    for (number, change) in Self.rules.enumerated() {
      for network in Self.layers(&generator, wide: wide) {
        let program = try Program.lower(network, for: Models.profile(bits: 40, change))
        guard case .convolution(let kernel) = program.steps[0].kernel else { continue }
        let input = (0..<kernel.input.count).map { _ in Int32(generator.nextSigned(bits: 8)) }
        let observer = try #require(RegisterObserver(program, step: 0))
        let found = observer.extremes([input])
        let bounds = OverflowAnalysis(program).steps[0]
        for channel in 0..<kernel.output[3] {
          let expected = Self.slowly(kernel, input, channel: channel)
          #expect(found.partial[channel] == expected.partial, "rule \(number), channel \(channel)")
          #expect(found.sum[channel] == expected.sum, "rule \(number), channel \(channel)")
          // What is proved holds what was seen.
          #expect(bounds.channels[channel].lowest <= expected.partial.lowerBound)
          #expect(bounds.channels[channel].highest >= expected.partial.upperBound)
          #expect(bounds.sums[channel].lowest <= expected.sum.lowerBound)
          #expect(bounds.sums[channel].highest >= expected.sum.upperBound)
        }
      }
    }
  }

  @Test func additionsAreFollowedToo() throws {
    let program = try Program.lower(Models.everyKernel(), for: .host)
    let place = try #require(program.steps.firstIndex { $0.name == "ADD" })
    guard case .add(let kernel) = program.steps[place].kernel else { return }
    let count = program.values[program.steps[place].output].shape.count
    let operands = [0, 7].map { start in (0..<count).map { Int32(($0 * 31 + start) % 256 - 128) } }
    let found = try #require(RegisterObserver(program, step: place)).extremes(operands)
    let aligned = zip(kernel.operands, operands).map { operand, elements in
      elements.map { operand.alignment.apply(Int64($0) - operand.zeroPoint) }
    }
    let sums = zip(aligned[0], aligned[1]).map { $0 + $1 }
    #expect(found.sum[0] == (sums.min() ?? 0)...(sums.max() ?? 0))
  }

  /// Every input of small layers: at the proved width none overflows, one bit below some does.
  @Test(arguments: 0..<5) func theProofIsTightExhaustively(_ rule: Int) throws {
    var generator = SeededGenerator(seed: UInt64(40 + rule))
    for _ in 0..<12 {
      let weights = [(0..<3).map { _ in generator.nextSigned(bits: 8) }]
      let network = Models.layer(weights: weights, bias: [generator.nextSigned(bits: 10)])
      let range: ClosedRange<Int64> = -3...4
      func program(_ bits: Int) throws -> Program {
        try Program.lower(network, for: Models.profile(bits: bits, Self.rules[rule]))
      }
      let analysis = try OverflowAnalysis(program(32), inputs: [0: range])
      let bits = analysis.steps[0].bitsNeeded
      guard bits > 8 else { continue }
      var overflows = [0, 0]
      for a in range {
        for b in range {
          for c in range {
            for (place, width) in [bits, bits - 1].enumerated() {
              let outcome = try ReferenceEngine(program(width)).run([[Int32(a), Int32(b), Int32(c)]], trace: .none)
              overflows[place] += outcome.events[0].accumulatorOverflows
            }
          }
        }
      }
      #expect(overflows[0] == 0 && overflows[1] > 0)
    }
  }

  @Test func constructedInputsReachTheBound() throws {
    var generator = SeededGenerator(seed: 77)
    for change in Self.rules {
      for network in Self.layers(&generator, wide: false) {
        let program = try Program.lower(network, for: Models.profile(bits: 32, change))
        let step = OverflowAnalysis(program).steps[0]
        let channel = try #require(step.channels.firstIndex { $0.bitsNeeded == step.bitsNeeded })
        let ends = [true, false].map { high in
          [step.bitsNeeded, step.bitsNeeded - 1].map { bits in
            AccumulatorWitness(program, step: 0, channel: channel, range: -128...127, isHighest: high, bits: bits)?
              .overflows() ?? -1
          }
        }
        #expect(ends.allSatisfy { $0[0] == 0 } && ends.contains { $0[1] > 0 })
      }
    }
  }
}
