internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
@testable internal import Simulation
internal import Testing

/// Values that windows of different sizes read beyond their borders, beside steps that see the same values as plain rows.
@Suite struct MarginTests {
  static let zeroPoint: Int32 = -7
  static let shift = OutputStage([Requantization(stages: [.shiftRight(9, .tiesToEven)])], zeroPoint: -7)

  /// A convolution that keeps the image's extents; its weights follow from the seed.
  static func window(
    _ size: Int, dilation: Int = 1, input: [Int], channels: Int, isDepthwise: Bool = false, seed: UInt64
  ) -> Kernel {
    let window = Window(size: size, stride: 1, dilation: dilation)
    let padding = (window.extent - 1) / 2
    return kernel(
      input: input, output: [input[0], input[1], input[2], channels], window, padding,
      groups: isDepthwise ? channels : 1, seed: seed)
  }

  /// A fully connected layer over rows of so many elements.
  static func matrix(rows: Int, depth: Int, channels: Int, seed: UInt64) -> Kernel {
    kernel(
      input: [rows, 1, 1, depth], output: [rows, 1, 1, channels], Window(size: 1, stride: 1), 0, groups: 1, seed: seed)
  }

  private static func kernel(
    input: [Int], output: [Int], _ window: Window, _ padding: Int, groups: Int, seed: UInt64
  ) -> Kernel {
    var choices = Choices(seed: seed)
    let taps = window.size * window.size * input[3] / groups
    return .convolution(
      ConvolutionKernel(
        input: Shape(input), output: Shape(output),
        window: WindowGeometry(rows: window, columns: window, padTop: padding, padLeft: padding), groups: groups,
        inputZeroPoint: zeroPoint, weights: (0..<output[3] * taps).map { _ in Int32(choices.pick(-128...127)) },
        order: .heightWidthChannel, bias: (0..<output[3]).map { _ in choices.signed(bits: 12) }, accumulator: .wide,
        outputStage: shift))
  }

  static func differ(_ builder: ProgramBuilder, _ outputs: [Int]) -> String? {
    let program = builder.finish(outputs)
    return firstDifference(program, samples(program, seed: 17, random: 2))
  }

  @Test("An input and a value in the middle, each read by windows of several sizes")
  func severalReaders() {
    var builder = ProgramBuilder()
    let image = [2, 5, 6, 4]
    let x = builder.input(image)
    let a = builder.step(Self.window(3, input: image, channels: 4, seed: 1), [x], image)
    let b = builder.step(Self.window(5, input: image, channels: 4, seed: 2), [a], image)
    let c = builder.step(Self.window(3, dilation: 2, input: image, channels: 4, isDepthwise: true, seed: 3), [a], image)
    let d = builder.step(Self.window(1, input: image, channels: 4, seed: 4), [a], image)
    let e = builder.step(Self.window(5, dilation: 2, input: image, channels: 4, seed: 5), [x], image)
    #expect(Self.differ(builder, [b, c, d, e]) == nil)
    // The same with its inner values read by the caller too, in another order.
    #expect(Self.differ(builder, [e, a, x, d, c, b, a]) == nil)
  }

  /// One step of every kind that writes an image.
  static var writers: [Kernel] {
    let operand = AddKernel.Operand(zeroPoint: -7, alignment: .identity)
    let sum = AddKernel(operands: [operand, operand], accumulator: .wide, outputStage: shift)
    let window = WindowGeometry(
      rows: Window(size: 3, stride: 1), columns: Window(size: 3, stride: 1), padTop: 1, padLeft: 1)
    return [
      .copy, .add(sum), .maxPool(MaxPoolKernel(window: window, low: -100, high: 100)),
      .averagePool(
        AveragePoolKernel(
          window: window, inputZeroPoint: 0, division: .divide(.tiesAwayFromZero), outputStage: OutputStage([.identity])
        )),
      .rescale(RescaleKernel(inputZeroPoint: 2, outputStage: OutputStage([.identity], zeroPoint: 9))),
      .table(TableKernel(first: -128, entries: (0..<256).map { Int32(($0 * 37) % 256 - 128) })),
      .mean(MeanKernel(axes: [], inputZeroPoint: 1, outputStage: OutputStage([.identity]))),
    ]
  }

  @Test("Every kind of step writes and reads values with margins")
  func otherSteps() {
    var builder = ProgramBuilder()
    let image = [2, 4, 4, 3]
    let x = builder.input(image)
    var last = x
    var read: [Int] = []
    for (number, kernel) in Self.writers.enumerated() {
      var inputs = [last]
      if case .add = kernel { inputs = [last, x] }
      last = builder.step(kernel, inputs, image)
      let size = number % 2 == 0 ? 3 : 5
      read.append(builder.step(Self.window(size, input: image, channels: 3, seed: UInt64(number)), [last], image))
    }
    let padded = builder.step(
      .pad(PadKernel(before: [0, 1, 0, 1], after: [0, 0, 2, 0], value: -7)), [last], [2, 5, 6, 4])
    read.append(builder.step(Self.window(3, input: [2, 5, 6, 4], channels: 2, seed: 30), [padded], [2, 5, 6, 2]))
    let joined = builder.step(
      .concatenation(ConcatenationKernel(axis: 3, tables: [nil, nil], low: -128, high: 127)), [last, x], [2, 4, 4, 6])
    read.append(builder.step(Self.window(3, input: [2, 4, 4, 6], channels: 2, seed: 31), [joined], [2, 4, 4, 2]))
    #expect(Self.differ(builder, read) == nil)
  }

  @Test("Reshapes between a value with margins and one without, both ways")
  func reshapes() {
    var builder = ProgramBuilder()
    let x = builder.input([2, 4, 6, 2])
    let a = builder.step(Self.window(3, input: [2, 4, 6, 2], channels: 2, seed: 1), [x], [2, 4, 6, 2])
    let flat = builder.step(.copy, [a], [96])
    let image = builder.step(.copy, [flat], [1, 6, 4, 4])
    let b = builder.step(Self.window(3, input: [1, 6, 4, 4], channels: 3, seed: 2), [image], [1, 6, 4, 3])
    let other = builder.step(.copy, [x], [4, 2, 4, 3])
    let c = builder.step(Self.window(3, input: [4, 2, 4, 3], channels: 3, seed: 3), [other], [4, 2, 4, 3])
    let back = builder.step(.copy, [image], [2, 48])
    let d = builder.step(Self.window(5, input: [2, 4, 6, 2], channels: 2, seed: 4), [a], [2, 4, 6, 2])
    #expect(Self.differ(builder, [b, c, back, d, flat]) == nil)
  }

  @Test("A fully connected layer reads an image that has margins for another reader", arguments: [4, 8, 48])
  func matrixReadsMargins(depth: Int) {
    var builder = ProgramBuilder()
    let image = [2, 3, 4, 4]
    let x = builder.input(image)
    let rows = 96 / depth
    let a = builder.step(Self.window(3, input: image, channels: 4, seed: 1), [x], image)
    let b = builder.step(Self.matrix(rows: rows, depth: depth, channels: 5, seed: 2), [x], [rows, 5])
    let c = builder.step(Self.matrix(rows: rows, depth: depth, channels: 17, seed: 3), [a], [rows, 17])
    let d = builder.step(Self.window(5, input: image, channels: 4, seed: 4), [a], image)
    #expect(Self.differ(builder, [a, b, c, d]) == nil)
  }

  @Test(
    "What writes an image leaves its margins alone, for every width of the last store",
    arguments: [1, 2, 3, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 79, 97, 127])
  func stores(channels: Int) {
    let image = [1, 2, 3, channels]
    for isDepthwise in [false, true] {
      var builder = ProgramBuilder()
      let x = builder.input(isDepthwise ? image : [1, 2, 3, 2])
      let kernel = Self.window(
        1, input: isDepthwise ? image : [1, 2, 3, 2], channels: channels, isDepthwise: isDepthwise, seed: 5)
      let a = builder.step(kernel, [x], image)
      let b = builder.step(Self.window(3, input: image, channels: 2, seed: 6), [a], [1, 2, 3, 2])
      #expect(Self.differ(builder, [b]) == nil)
    }
  }

  @Test("A fully connected layer writes an image that has margins for a reader")
  func matrixWritesMargins() {
    var builder = ProgramBuilder()
    let x = builder.input([1, 3, 4, 6])
    let image = [1, 3, 4, 7]
    let a = builder.step(Self.matrix(rows: 12, depth: 6, channels: 7, seed: 1), [x], image)
    let b = builder.step(Self.window(3, input: image, channels: 2, seed: 2), [a], [1, 3, 4, 2])
    #expect(Self.differ(builder, [b]) == nil)
    #expect(Self.differ(builder, [a, b]) == nil)
  }
}
