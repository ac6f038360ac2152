internal import FastEngine
internal import FixedPoint
internal import NetworkModel
@testable internal import Simulation
internal import TestSupport
internal import Testing

/// Sessions: inputs set by integers and by bytes, outputs read, memory used again.
@Suite struct SessionTests {
  /// An image with margins, a byte of either sign, rows, float32 and a value of 16 bits, all of them inputs.
  private static func program() -> Program {
    var builder = ProgramBuilder()
    let image = [1, 5, 4, 3]
    let x = builder.input(image)
    let y = builder.input([1, 70], .uint8)
    let real = builder.input([6], .float32)
    let unread = builder.input([9], .int16)
    let a = builder.step(MarginTests.window(3, input: image, channels: 3, seed: 1), [x], image)
    let b = builder.step(GraphTests.table, [a], image)
    let table = Kernel.table(TableKernel(first: 0, entries: (0..<256).map { Int32(($0 * 7) % 256) }))
    let c = builder.step(table, [y], [1, 70], .uint8)
    let kernel = QuantizeFloatKernel(scaleBits: Float(0.1).bitPattern, zeroPoint: 3, low: -128, high: 127)
    let d = builder.step(.quantizeFloat(kernel), [real], [6])
    return builder.finish([b, c, d, x, unread])
  }

  private static func read(_ session: any EngineSession, _ program: Program) -> [[Int32]] {
    program.outputs.indices.map { position in
      var elements: [Int32] = []
      session.readOutput(position, into: &elements)
      return elements
    }
  }

  static let maps = [
    ByteMap.identity, ByteMap { $0 ^ 0x80 }, ByteMap { 255 - $0 }, ByteMap { $0 &* 3 &+ 1 }, ByteMap { _ in 7 },
  ]

  private static func engines(_ program: Program) -> [any Engine] {
    [ReferenceEngine(program)] + supportedKernels.map { FastEngine(program, kernels: $0) }
  }

  @Test("Bytes give what the integers give that they stand for, in every engine", arguments: maps)
  func bytes(map: ByteMap) throws {
    let program = Self.program()
    let all = samples(program, seed: 3, random: 2)
    for engine in Self.engines(program) {
      let session = engine.makeSession()
      for sample in all {
        var given = sample
        for position in sample.indices {
          guard [.int8, .uint8].contains(program.values[program.inputs[position]].type) else {
            try session.setInput(position, to: sample[position])
            continue
          }
          let isSigned = program.values[program.inputs[position]].type == .int8
          let bytes = sample[position].map { UInt8(truncatingIfNeeded: $0) }
          given[position] = bytes.map { isSigned ? Int32(Int8(bitPattern: map($0))) : Int32(map($0)) }
          try session.setInput(position, toBytes: bytes.span, through: map)
        }
        try session.run()
        #expect(try Self.read(session, program) == ReferenceEngine(program).run(given).outputs)
      }
    }
  }

  @Test("A form says what the function says", arguments: maps)
  func forms(map: ByteMap) {
    if case .exclusiveOr(let bits) = map.form {
      #expect((0...255).allSatisfy { map(UInt8($0)) == UInt8($0) ^ bits })
    } else {
      #expect(map != .identity)
    }
  }

  @Test("Sizes and integers that do not fit, and inputs that were not set, are refused by every engine alike")
  func refusals() throws {
    let program = Self.program()
    let sample = samples(program, seed: 1)[0]
    for engine in Self.engines(program) {
      let session = engine.makeSession()
      #expect(throws: SimulationError.inputSize(name: "v0", given: 2, expected: 60)) {
        try session.setInput(0, to: [1, 2])
      }
      #expect(throws: SimulationError.inputSize(name: "v0", given: 3, expected: 60)) {
        try session.setInput(0, toBytes: [1, 2, 3].span, through: .identity)
      }
      #expect(throws: SimulationError.inputValue(name: "v1", value: 256, format: "uint8")) {
        try session.setInput(1, to: [Int32](repeating: 255, count: 69) + [256])
      }
      #expect(throws: SimulationError.inputValue(name: "v1", value: -1, format: "uint8")) {
        try session.setInput(1, to: [-1] + [Int32](repeating: 255, count: 69))
      }
      for position in 0..<3 { try session.setInput(position, to: sample[position]) }
      #expect(throws: SimulationError.inputCount(given: 3, expected: 4)) { try session.run() }
      // The memory of inputs was given to other values meanwhile.
      #expect(throws: SimulationError.inputCount(given: 0, expected: 4)) { try session.run() }
    }
  }

  @Test("Overflows are told for the last run only, and nothing where there are none")
  func events() throws {
    var builder = ProgramBuilder()
    let x = builder.input([4])
    let operands = (0..<2).map { _ in AddKernel.Operand(zeroPoint: 0, alignment: .identity) }
    let narrow = AccumulatorRule(format: .int(8), overflow: .wrap, productsPerCheck: 1, startsFromBias: true)
    let y = builder.step(
      .add(AddKernel(operands: operands, accumulator: narrow, outputStage: OutputStage([.identity]))), [x, x], [4])
    let program = builder.finish([y])
    for engine in Self.engines(program) {
      let session = engine.makeSession()
      for (elements, overflows) in [([100, 1, -100, 0], 2), ([1, 2, 3, 4], 0), ([127, 127, 127, 127], 4)] {
        try session.setInput(0, to: elements.map { Int32($0) })
        try session.run()
        #expect(session.events.reduce(0) { $0 + $1.accumulatorOverflows } == overflows)
      }
    }
  }

  @Test("Sessions of one engine on several threads at once give the same", arguments: supportedKernels)
  func threads(kernels: KernelSet) async throws {
    let program = Self.program()
    let all = samples(program, seed: 9, random: 8)
    let expected = try all.map { try ReferenceEngine(program).run($0).outputs }
    let engine = FastEngine(program, kernels: kernels)
    let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
      for worker in 0..<4 {
        group.addTask {
          let session = engine.makeSession()
          var wrong = 0
          for run in 0..<60 {
            let number = (run * 7 + worker) % all.count
            for (position, elements) in all[number].enumerated() { try session.setInput(position, to: elements) }
            try session.run()
            if Self.read(session, program) != expected[number] { wrong += 1 }
          }
          return wrong
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(wrong == 0)
  }

  /// Convolutions large enough to be divided, one after another, with too few pixels for that now and then.
  private static func large() -> Program {
    var builder = ProgramBuilder()
    let image = [1, 19, 17, 24]
    let x = builder.input(image)
    let a = builder.step(MarginTests.window(3, input: image, channels: 24, seed: 1), [x], image)
    let b = builder.step(MarginTests.window(3, input: image, channels: 24, isDepthwise: true, seed: 2), [a], image)
    let c = builder.step(MarginTests.window(1, input: image, channels: 24, seed: 3), [b], image)
    let d = builder.step(MarginTests.window(5, input: image, channels: 24, seed: 4), [c], image)
    let matrix = MarginTests.matrix(rows: 1, depth: 19 * 17 * 24, channels: 80, seed: 5)
    let e = builder.step(matrix, [d], [1, 80])
    return builder.finish([e, d])
  }

  @Test("One to four threads inside of a sample give the same", arguments: supportedKernels)
  func threadsInside(kernels: KernelSet) throws {
    let program = Self.large()
    let sample = samples(program, seed: 2)[0]
    let expected = try ReferenceEngine(program).run(sample)
    for threads in 1...4 {
      let engine = FastEngine(program, kernels: kernels, threads: threads)
      let session = engine.makeSession()
      for _ in 0..<TestScope.count(20, quick: 5) {
        for (position, elements) in sample.enumerated() { try session.setInput(position, to: elements) }
        try session.run()
        #expect(Self.read(session, program) == expected.outputs, "\(threads) threads")
      }
      #expect(try engine.run(sample).outputs == expected.outputs)
      #expect(try engine.run(sample, trace: .all).trace[program.outputs[1]] == expected.outputs[1])
    }
  }

  @Test("Teams come and go, and two of them work at the same time")
  func teams() async throws {
    let program = Self.large()
    let sample = samples(program, seed: 4)[0]
    let expected = try ReferenceEngine(program).run(sample).outputs
    let right = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<2 {
        group.addTask {
          try (0..<10).allSatisfy { _ in try FastEngine(program, threads: 3).run(sample).outputs == expected }
        }
      }
      return try await group.reduce(true) { $0 && $1 }
    }
    #expect(right)
  }
}
