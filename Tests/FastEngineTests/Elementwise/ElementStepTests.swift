internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
@testable internal import Simulation
internal import TestSupport
internal import Testing

/// Steps on pairs of elements and at computed places, on images that have margins for a convolution.
@Suite struct ElementStepTests {
  /// Adds a convolution that reads an image through 3×3 windows, so that the image has margins.
  static func addReader(_ builder: inout ProgramBuilder, _ image: Int, _ shape: [Int], _ type: ElementType) -> Int {
    let window = Window(size: 3, stride: 1)
    let kernel = ConvolutionKernel(
      input: Shape(shape), output: Shape(shape.dropLast() + [1]),
      window: WindowGeometry(rows: window, columns: window, padTop: 1, padLeft: 1), groups: 1, inputZeroPoint: 3,
      weights: (0..<9 * shape[3]).map { Int32($0 % 5 - 2) }, order: .heightWidthChannel, bias: [7], accumulator: .wide,
      outputStage: OutputStage([Requantization(stages: [.shiftRight(6, .floor)])], type))
    return builder.step(.convolution(kernel), [image], shape.dropLast() + [1], type)
  }

  static func differ(
    seed: Int, _ make: (inout Choices, inout ProgramBuilder, Int, [Int], ElementType) -> (Int, [Int])
  ) -> String? {
    var choices = Choices(seed: UInt64(seed))
    let type = choices.pick([ElementType.int8, .uint8])
    let large = choices.once(in: 3) ? 6 : 1
    var builder = ProgramBuilder()
    let shape = [
      choices.pick(1...2), choices.pick(1...5) * large, choices.pick(1...5) * large, choices.pick([1, 2, 3, 16, 21]),
    ]
    let x = builder.input(shape, type)
    var outputs: [Int] = []
    if choices.once(in: 2) { outputs.append(addReader(&builder, x, shape, type)) }
    let (y, result) = make(&choices, &builder, x, shape, type)
    outputs.append(y)
    if result.count == 4 && choices.once(in: 2) && builder.values[y].type == type {
      outputs.append(addReader(&builder, y, result, type))
    }
    let program = builder.finish(outputs)
    return firstDifference(program, samples(program, seed: UInt64(seed))).map {
      "\($0)\nseed \(seed), \(type) \(shape), \(program.steps.map(\.name))"
    }
  }

  @Test("Views that reverse, skip and repeat along every axis, in every order of axes")
  func views() {
    for seed in 0..<TestScope.count(60, quick: 12) {
      let difference = Self.differ(seed: 20000 + seed) { choices, builder, x, shape, type in
        let strides = Shape(shape).strides
        let order = choices.once(in: 2) ? [0, 1, 2, 3] : [3, 0, 2, 1]
        let offsets = order.map { axis -> [Int32] in
          let all = (0..<shape[axis]).map { Int32($0 * strides[axis]) }
          switch choices.pick(0...3) {
          case 0: return all.reversed()
          case 1: return all.filter { _ in choices.once(in: 2) } + [all[0]]
          default: return all
          }
        }
        let output = offsets.map(\.count)
        return (builder.step(.view(ViewKernel(offsets: offsets)), [x], output, type), output)
      }
      #expect(difference == nil)
    }
  }

  @Test("Pairs of every function and rounding, with constants and broadcast operands")
  func pairs() {
    for seed in 0..<TestScope.count(80, quick: 16) {
      let difference = Self.differ(seed: 21000 + seed) { choices, builder, x, shape, type in
        let other = choices.pick([shape, [shape[3]], [1, shape[1], 1, 1], []])
        let constant =
          choices.once(in: 2) ? (0..<Shape(other).count).map { _ in Int32(choices.pick(type.range8)) } : nil
        let y = constant == nil ? builder.input(other, type) : builder.value(other, type, constant: constant)
        let forms = (0..<2).map { _ in
          choices.requantization(
            choices.pick(RequantizationForm.allCases), size: choices.pick(5...12), choices.pick(Rounding.allCases))
        }
        let kernel = BinaryKernel(
          function: choices.pick(BinaryKernel.Function.allCases),
          zeroPoints: [Int64(choices.pick(type.range8)), Int64(choices.pick(type.range8))],
          outputStage: OutputStage(forms, zeroPoint: Int64(choices.pick(type.range8)), type))
        let operands = choices.once(in: 3) ? [y, x] : [x, y]
        return (builder.step(.binary(kernel), operands, shape, type), shape)
      }
      #expect(difference == nil)
    }
  }

  @Test("Bilinear means of every arithmetic, larger and smaller")
  func bilinear() {
    for seed in 0..<TestScope.count(60, quick: 15) {
      let difference = Self.differ(seed: 22000 + seed) { choices, builder, x, shape, type in
        let isFloat = type == .uint8 && choices.once(in: 2)
        // Weights of another number of bits lie between the corners, ends included.
        let fraction = isFloat ? 10 : choices.pick([10, 11, 11, 4])
        func places(_ extent: Int) -> [BilinearKernel.Place] {
          (0..<choices.pick(1...9)).map { _ in
            let lower = choices.pick(0...extent - 1)
            let distance =
              fraction == 10 ? choices.pick(lower == 0 ? -512...1023 : 0...1023) : choices.pick(0...1 << fraction)
            return BilinearKernel.Place(
              lower: Int32(lower), upper: Int32(min(lower + 1, extent - 1)),
              distance: isFloat ? Int32(bitPattern: (Float(max(distance, 0)) / 1024).bitPattern) : Int32(distance))
          }
        }
        let kernel = BilinearKernel(
          rows: places(shape[1]), columns: places(shape[2]),
          arithmetic: isFloat
            ? .float32
            : .fixedPoint(
              fraction: fraction,
              choices.once(in: 2)
                ? choices.pick([.tiesAwayFromZero, .tiesTowardPositive]) : choices.pick(Rounding.allCases)))
        let output = [shape[0], kernel.rows.count, kernel.columns.count, shape[3]]
        // Weights beyond the corners leave 8 bits, as no lowered kernel does.
        let negative = (kernel.rows + kernel.columns).contains { $0.distance < 0 && $0.upper != $0.lower }
        if negative && !isFloat { return (builder.step(.copy, [x], shape, type), shape) }
        return (builder.step(.bilinear(kernel), [x], output, type), output)
      }
      #expect(difference == nil)
    }
  }

  @Test("The first of the largest and of the smallest along every axis", arguments: 0..<4, [true, false])
  func positions(axis: Int, findsMinimum: Bool) {
    for seed in 0..<TestScope.count(8, quick: 2) {
      let difference = Self.differ(seed: 23000 + axis * 100 + seed) { _, builder, x, shape, _ in
        var output = shape
        output.remove(at: axis)
        let kernel = ArgMaxKernel(axis: axis, findsMinimum: findsMinimum)
        return (builder.step(.argMax(kernel), [x], output, .int32), output)
      }
      #expect(difference == nil)
    }
  }

  @Test("A position that the input does not have and a division by zero end a run in both engines")
  func errors() throws {
    var builder = ProgramBuilder()
    let data = builder.input([3, 4], .int8)
    let positions = builder.input([2], .int32)
    let kernel = LookupKernel(blocks: 1, blockStride: 12, extents: [3], strides: [4], slice: 4)
    let y = builder.step(.lookup(kernel), [data, positions], [2, 4], .int8)
    let program = builder.finish([y])
    let rows = [Int32](repeating: 1, count: 12)
    #expect(firstDifference(program, [[rows, [2, 0]], [rows, [3, 0]], [rows, [0, -1]]]) == nil)
    #expect(throws: SimulationError.self) { try ReferenceEngine(program).run([rows, [0, 3]]) }

    for function in HostBinaryKernel.Function.allCases {
      var pairs = ProgramBuilder()
      let (a, b) = (pairs.input([5], .int32), pairs.input([5], .int32))
      let kernel = HostBinaryKernel(function: function, isFloat: false, low: .min, high: .max)
      let z = pairs.step(.hostBinary(kernel), [a, b], [5], .int32)
      let program = pairs.finish([z])
      let numerators: [Int32] = [.min, .max, -7, 7, 0]
      #expect(firstDifference(program, [[numerators, [-1, -1, 2, -2, 3]], [numerators, [1, 0, 1, 1, 1]]]) == nil)
    }
  }
}
