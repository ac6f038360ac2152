@testable internal import FastEngine
internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation
internal import Testing

/// Values between convolutions, whose bytes may begin at a clamp's lower end.
@Suite struct ClampTests {
  /// A register that overflows.
  private static let narrow = AccumulatorRule(
    format: .int(18), overflow: .saturate, productsPerCheck: 1, startsFromBias: true)

  /// A convolution with such a clamp and zero points over an image.
  private static func convolution(
    _ choices: inout Choices, image: [Int], isDepthwise: Bool, zeroPoint: Int, clamp: ClosedRange<Int>
  ) -> Kernel {
    let window = MarginTests.window(
      choices.pick([1, 3]), input: image, channels: image[3], isDepthwise: isDepthwise,
      seed: UInt64(choices.pick(0...1 << 20)))
    guard case .convolution(var kernel) = window else { return window }
    let form = choices.pick([RequantizationForm.shift, .double, .float32])
    kernel.outputStage = OutputStage(
      [choices.requantization(form, size: 10, choices.pick(Rounding.allCases))],
      zeroPoint: Int64(choices.pick(-128...127)))
    (kernel.outputStage.low, kernel.outputStage.high) = (Int64(clamp.lowerBound), Int64(clamp.upperBound))
    kernel.inputZeroPoint = Int32(zeroPoint)
    if choices.once(in: 4) { kernel.accumulator = narrow }
    return .convolution(kernel)
  }

  @Test("Chains of convolutions with every clamp, before, at and after the readers' zero point", arguments: 0..<40)
  func chains(seed: Int) {
    var choices = Choices(seed: UInt64(seed + 900))
    var builder = ProgramBuilder()
    let image = [1, choices.pick(1...4), choices.pick(1...6), choices.pick([3, 8, 16, 24, 40])]
    var value = builder.input(image)
    var outputs: [Int] = []
    var zeroPoint = choices.pick(-128...127)
    for index in 0..<4 {
      let low = choices.pick([-128, choices.pick(-128...100), 0])
      let high = choices.pick([127, choices.pick(low...127)])
      let next = choices.pick([low, choices.pick(low...high), choices.pick(-128...127)])
      let kernel = Self.convolution(
        &choices, image: image, isDepthwise: index % 2 == 1, zeroPoint: zeroPoint, clamp: low...high)
      value = builder.step(kernel, [value], image)
      // Some values have readers that are no convolutions.
      if choices.once(in: 5) { outputs.append(builder.step(.copy, [value], image)) }
      zeroPoint = next
    }
    outputs.append(value)
    #expect(MarginTests.differ(builder, outputs) == nil)
  }

  /// The bias and the largest byte of the value between two convolutions, by its clamp and the zero point of what reads it.
  private static func bytes(
    low: Int, readBy zeroPoint: Int, _ more: (inout ProgramBuilder, Int) -> [Int] = { _, _ in [] }
  ) -> [Int]? {
    var choices = Choices(seed: 5)
    var builder = ProgramBuilder()
    let image = [1, 2, 2, 4]
    let x = builder.input(image)
    let first = convolution(&choices, image: image, isDepthwise: false, zeroPoint: 0, clamp: low...100)
    let y = builder.step(first, [x], image)
    let second = convolution(&choices, image: image, isDepthwise: false, zeroPoint: zeroPoint, clamp: -128...127)
    let z = builder.step(second, [y], image)
    let outputs = more(&builder, y)
    let plan = Plan(builder.finish([z] + outputs), kernels: .portable, keepsAll: false)
    return plan.layouts[y].map { [Int($0.bias), Int($0.largestByte)] }
  }

  @Test("Bytes begin at the clamp where only convolutions read, and the zero point is not below it")
  func beginning() {
    #expect(Self.bytes(low: 0, readBy: 0) == [0, 100])
    #expect(Self.bytes(low: -10, readBy: 5) == [10, 110])
    #expect(Self.bytes(low: -128, readBy: 0) == [128, 228])
    #expect(Self.bytes(low: 10, readBy: 0) == [128, 255])
    #expect(Self.bytes(low: 0, readBy: 0) { [$0.step(.copy, [$1], [1, 2, 2, 4])] } == [128, 255])
    #expect(Self.bytes(low: 0, readBy: 0) { [$1] } == [128, 255])
  }
}
