internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
@testable internal import Simulation
internal import TestSupport
internal import Testing

/// Steps without weights on shapes that take other ways than small ones: tables of sums, long rows, many terms.
@Suite struct LargeStepTests {
  private static func differ(_ builder: ProgramBuilder, _ outputs: [Int], seed: Int) -> String? {
    let program = builder.finish(outputs)
    return firstDifference(program, samples(program, seed: UInt64(seed))).map { "\($0), seed \(seed)" }
  }

  /// Image extents with more than 256 elements in a window, with just 256, and with less; channels around the lengths of
  /// vectors.
  static let images = [
    [2, 7, 7, 80], [1, 16, 16, 65], [1, 17, 16, 18], [1, 3, 3, 300], [1, 40, 7, 16], [3, 5, 5, 1], [1, 4, 4, 128],
  ]

  @Test("Average pools over whole images and over windows cut off at borders", arguments: images)
  func averages(image: [Int]) {
    for seed in 0..<TestScope.count(6, quick: 2) {
      var choices = Choices(seed: UInt64(seed + 300))
      let type = choices.pick([ElementType.int8, .uint8])
      var builder = ProgramBuilder()
      let x = builder.input(image, type)
      var outputs: [Int] = []
      for isWhole in [true, false] {
        let rows = Window(size: isWhole ? image[1] : min(3, image[1]), stride: 1)
        let columns = Window(size: isWhole ? image[2] : min(4, image[2]), stride: isWhole ? 1 : 2)
        let pad = isWhole ? 0 : 1
        let window = WindowGeometry(rows: rows, columns: columns, padTop: pad, padLeft: pad)
        let output = [
          image[0], isWhole ? 1 : image[1], isWhole ? 1 : (image[2] - 1 + pad) / 2 + 1, image[3],
        ]
        let count = rows.size * columns.size
        let division: AveragePoolKernel.Division =
          choices.once(in: 2)
          ? .divide(choices.pick(Rounding.allCases))
          : .reciprocals((1...count).map { StepTests.reciprocal(&choices, $0) })
        let kernel = AveragePoolKernel(
          window: window, inputZeroPoint: Int64(choices.pick(type.range8)), division: division,
          outputStage: StepTests.stage(&choices, .identity, type))
        outputs.append(builder.step(.averagePool(kernel), [x], output, type))
        let stage = StepTests.stage(&choices, .identity, type)
        let largest = MaxPoolKernel(window: window, low: stage.low, high: stage.high)
        outputs.append(builder.step(.maxPool(largest), [x], output, type))
      }
      #expect(Self.differ(builder, outputs, seed: seed) == nil)
    }
  }

  @Test("Means over neighbouring axes and over others, of values with margins and without", arguments: images)
  func means(image: [Int]) {
    let all = Array([[1, 2], [1], [2], [3], [0], [2, 3], [0, 1, 2, 3], [1, 3]].enumerated())
    for (number, axes) in TestScope.those(of: all, where: { ($0.offset + image[3]) % 3 == 0 }) {
      for hasMargins in [false, true] {
        var choices = Choices(seed: UInt64(number + 400))
        // The window beside it has a zero point that int8 has only.
        let type = hasMargins ? .int8 : choices.pick([ElementType.int8, .uint8])
        var builder = ProgramBuilder()
        let x = builder.input(image, type)
        let count = axes.reduce(1) { $0 * image[$1] }
        let form = choices.pick([RequantizationForm.shift, .double, .single, .float64])
        let size = 8 + (Int.bitWidth - count.leadingZeroBitCount)
        let kernel = MeanKernel(
          axes: axes, inputZeroPoint: Int64(choices.pick(type.range8)),
          outputStage: StepTests.stage(
            &choices, choices.requantization(form, size: size, choices.pick(Rounding.allCases)), type))
        var outputs = [builder.step(.mean(kernel), [x], (0..<4).map { axes.contains($0) ? 1 : image[$0] }, type)]
        if hasMargins {
          let window = MarginTests.window(3, input: image, channels: image[3], isDepthwise: true, seed: 1)
          outputs.append(builder.step(window, [x], image, type))
        }
        #expect(Self.differ(builder, outputs, seed: number) == nil, "\(axes)")
      }
    }
  }

  @Test("Softmax over rows of every length around the number of differences", arguments: [1, 2, 255, 256, 257, 1001])
  func softmax(depth: Int) throws {
    for scale in TestScope.some(2, of: [0.5, 0.05, 0.001, 1e-6]) {
      let parameters = try #require(TFLiteSoftmax(beta: 1, inputScale: scale))
      for type in [ElementType.int8, .uint8] {
        var builder = ProgramBuilder()
        let x = builder.input([3, depth], type)
        let kernel = SoftmaxKernel(parameters: parameters, format: IntegerFormat(bits: 8, isSigned: type == .int8))
        let y = builder.step(.softmax(kernel), [x], [3, depth], type)
        #expect(Self.differ(builder, [y], seed: depth) == nil, "\(scale)")
      }
    }
  }

  @Test("Padding and joining with margins around inputs and outputs")
  func movement() {
    for seed in 0..<TestScope.count(30, quick: 8) {
      var choices = Choices(seed: UInt64(seed + 500))
      var builder = ProgramBuilder()
      let image = [choices.pick(1...2), choices.pick(1...4), choices.pick(1...4), choices.pick([1, 3, 16])]
      let x = builder.input(image)
      let before = (0..<4).map { _ in choices.pick(0...1) }
      let after = (0..<4).map { _ in choices.pick(0...2) }
      let padded = (0..<4).map { before[$0] + image[$0] + after[$0] }
      let y = builder.step(.pad(PadKernel(before: before, after: after, value: 5)), [x], padded)
      let axis = choices.pick(0...3)
      var joined = padded
      joined[axis] *= 2
      let z = builder.step(
        .concatenation(ConcatenationKernel(axis: axis, tables: [nil, nil], low: -100, high: 128 - 28)), [y, y], joined)
      var outputs = [y, z]
      for (value, shape) in [(x, image), (y, padded), (z, joined)] where choices.once(in: 2) {
        let window = MarginTests.window(3, input: shape, channels: shape[3], isDepthwise: true, seed: UInt64(seed))
        outputs.append(builder.step(window, [value], shape))
      }
      let flat = builder.step(.copy, [z], [Shape(joined).count])
      #expect(Self.differ(builder, outputs + [flat], seed: seed) == nil)
    }
  }
}
