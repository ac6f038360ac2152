@testable internal import FastEngine
internal import FixedPoint
internal import NetworkModel
@testable internal import Simulation
internal import Testing

/// Padding whose input is written into the middle of its output.
@Suite struct PaddingInPlaceTests {
  /// The border's value and amounts: none before rows, more after columns than before.
  static let pad = PadKernel(before: [0, 0, 1, 0], after: [0, 2, 3, 0], value: -128)

  static func padded(_ image: [Int]) -> [Int] { [image[0], image[1] + 2, image[2] + 4, image[3]] }

  /// How many steps of a program need no copy.
  static func count(_ program: Program) -> Int {
    Plan(program, kernels: .portable, keepsAll: false).steps.count { $0.kernel == "in place" }
  }

  @Test(
    "Whatever writes the image leaves the border alone, for every width of the last store",
    arguments: [1, 2, 3, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 79, 97, 127])
  func stores(channels: Int) {
    let image = [2, 2, 3, channels]
    for isDepthwise in [false, true] {
      var builder = ProgramBuilder()
      let source = isDepthwise ? image : [2, 2, 3, 2]
      let x = builder.input(source)
      let kernel = MarginTests.window(1, input: source, channels: channels, isDepthwise: isDepthwise, seed: 5)
      let a = builder.step(kernel, [x], image)
      let b = builder.step(.pad(Self.pad), [a], Self.padded(image))
      let c = builder.step(.copy, [b], Self.padded(image))
      #expect(MarginTests.differ(builder, [c]) == nil)
      #expect(MarginTests.differ(builder, [b]) == nil)
      #expect(Self.count(builder.finish([b])) == 1)
    }
  }

  @Test("A depthwise layer reads the border as a window without padding")
  func window() {
    var builder = ProgramBuilder()
    let image = [1, 5, 6, 70]
    let x = builder.input([1, 5, 6, 3])
    let a = builder.step(MarginTests.window(3, input: [1, 5, 6, 3], channels: 70, seed: 1), [x], image)
    let b = builder.step(.pad(Self.pad), [a], Self.padded(image))
    var kernel = MarginTests.window(3, input: Self.padded(image), channels: 70, isDepthwise: true, seed: 2)
    guard case .convolution(var layer) = kernel else { return }
    layer.window.padTop = 0
    layer.window.padLeft = 0
    layer.output = Shape([1, 5, 8, 70])
    kernel = .convolution(layer)
    let c = builder.step(kernel, [b], [1, 5, 8, 70])
    #expect(MarginTests.differ(builder, [c]) == nil)
    #expect(Self.count(builder.finish([c])) == 1)
  }

  @Test("What another one reads, what has a margin of its own and what is padded twice is copied")
  func others() {
    let image = [1, 4, 4, 5]
    var builder = ProgramBuilder()
    let x = builder.input(image)
    let a = builder.step(.copy, [x], image)
    let b = builder.step(.pad(Self.pad), [a], Self.padded(image))
    let c = builder.step(.copy, [a], image)
    #expect(MarginTests.differ(builder, [b, c]) == nil)
    #expect(Self.count(builder.finish([b, c])) == 0)

    builder = ProgramBuilder()
    let y = builder.input(image)
    let d = builder.step(.copy, [y], image)
    let e = builder.step(.pad(Self.pad), [d], Self.padded(image))
    let f = builder.step(MarginTests.window(3, input: Self.padded(image), channels: 2, seed: 3), [e], [1, 6, 8, 2])
    #expect(MarginTests.differ(builder, [f]) == nil)
    #expect(Self.count(builder.finish([f])) == 0)

    builder = ProgramBuilder()
    let z = builder.input(image)
    let g = builder.step(.copy, [z], image)
    let h = builder.step(.pad(Self.pad), [g], Self.padded(image))
    let i = builder.step(.pad(Self.pad), [h], Self.padded(Self.padded(image)))
    #expect(MarginTests.differ(builder, [i]) == nil)
    #expect(Self.count(builder.finish([i])) == 1)

    // A caller's own input and one that the caller reads are copied too.
    builder = ProgramBuilder()
    let v = builder.input(image)
    let k = builder.step(.pad(Self.pad), [v], Self.padded(image))
    let l = builder.step(.copy, [k], Self.padded(image))
    let m = builder.step(.pad(Self.pad), [l], Self.padded(Self.padded(image)))
    #expect(MarginTests.differ(builder, [k, l, m]) == nil)
    #expect(Self.count(builder.finish([k, l, m])) == 0)
  }

  @Test("Every kind of step that writes an image writes it into the middle")
  func writers() {
    let image = [2, 4, 4, 3]
    for kernel in MarginTests.writers {
      var builder = ProgramBuilder()
      let x = builder.input(image)
      var inputs = [x]
      if case .add = kernel { inputs = [x, x] }
      let a = builder.step(kernel, inputs, image)
      let b = builder.step(.pad(Self.pad), [a], Self.padded(image))
      #expect(MarginTests.differ(builder, [b]) == nil)
      #expect(Self.count(builder.finish([b])) == 1)
    }
  }
}
