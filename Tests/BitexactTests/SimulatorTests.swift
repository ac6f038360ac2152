import Bitexact
import Testing

struct SimulatorTests {
  private let pixels = (0..<256).map { UInt8(truncatingIfNeeded: $0 &* 37) }

  private var image: IntegerTensor { IntegerTensor(pixels.map(Int32.init), shape: [16, 16, 1]) }

  @Test func bothEnginesGiveTheSame() throws {
    let fast = try Simulator(.demo)
    let reference = try Simulator(.demo, engine: .reference)
    #expect(fast.programDigest == reference.programDigest && fast.programDigest.count == 64)
    #expect(fast.profile.name == "tflite")
    let outputs = try fast.run([image])
    #expect(outputs == (try reference.run([image])))
    let scores = try #require(outputs.first)
    #expect(scores.shape == [1, 10] && scores.name == Model.demo.outputs[0].name && scores.elementType == .uint8)
    #expect(scores.largestElement.map { scores.elements[$0] } == scores.elements.max())
  }

  @Test func aTraceHasWhatEveryOperatorGave() throws {
    let simulator = try Simulator(.demo, engine: .reference)
    let trace = try simulator.trace([image])
    #expect(trace.outputs == (try simulator.run([image])))
    #expect(trace.tensors.count == 1 + Model.demo.operators.count)
    #expect(trace.tensors.first?.elements == image.elements)
    for written in Model.demo.operators.flatMap(\.outputs) {
      let tensor = try #require(trace[written.name])
      #expect(tensor.shape == written.shape && tensor.scale == written.scale && tensor.index == written.index)
    }
    #expect(trace.events.count == Model.demo.operators.count)
    #expect(trace.events.allSatisfy { $0.accumulatorOverflows == 0 && $0.cutOutputs != nil })
  }

  @Test func realNumbersBecomeIntegersAndComeBack() throws {
    let simulator = try Simulator(.demo)
    let input = Model.demo.inputs[0]
    let (scale, zero) = (try #require(input.scale), try #require(input.zeroPoint))
    let integers = (0..<256).map { Int32($0) }
    let values = integers.map { Float(Int($0) - zero) * scale }
    let tensor = try simulator.quantize(values)
    #expect(tensor.elements == integers && tensor.shape == [1, 16, 16, 1])
    #expect(tensor.realValues == values && simulator.dequantize(tensor) == values)
    #expect(throws: BitexactError.self) { try simulator.quantize([1, 2, 3]) }
    #expect(throws: BitexactError.self) { try simulator.quantize(values.map { _ in .nan }) }
    #expect(throws: BitexactError.self) { try simulator.quantize(values, input: 1) }
  }

  @Test func tensorsThatDoNotFitAreRefused() throws {
    let simulator = try Simulator(.demo)
    for wrong in [
      [], [image, image], [IntegerTensor(image.elements, shape: [256])], [IntegerTensor([1], shape: [16, 16, 1])],
      [IntegerTensor(image.elements.map { $0 - 1 }, shape: [16, 16, 1])],
    ] {
      let error = #expect(throws: BitexactError.self) { try simulator.run(wrong) }
      guard case .data(let reasons) = try #require(error) else { throw try #require(error) }
      #expect(reasons.count == 1)
    }
  }

  @Test func anAccumulatorMayTrap() throws {
    let narrow = try Profile(named: "tflite").setting("accumulator.bits", to: "10")
      .setting("accumulator.overflow", to: "trap")
    let error = #expect(throws: BitexactError.self) { try Simulator(.demo, profile: narrow).run([image]) }
    guard case .simulation(let reasons) = try #require(error) else { throw try #require(error) }
    #expect(reasons[0].contains("the accumulator overflowed"))
  }

  @Test func samplesRunAsTheyDoOneByOne() async throws {
    let simulator = try Simulator(.demo)
    let samples = Samples.demo.choosing(skip: 3, count: 4)
    let all = try await simulator.run(samples, threads: 2)
    #expect(all.count == 4)
    for position in 0..<4 {
      #expect(try simulator.run(samples.tensors(position, for: .demo)) == all[position])
    }
  }
}

struct SamplesTests {
  @Test func imagesInMemoryAreThoseOfAFile() throws {
    let samples = Samples.demo.choosing(every: 100)
    #expect(try samples.count(for: .demo) == 4)
    let tensors = try (0..<4).map { try samples.tensors($0, for: .demo)[0] }
    let bytes = tensors.flatMap { $0.elements.map { UInt8(truncatingIfNeeded: $0) } }
    let again = try Samples(bytes, shape: [4, 16, 16, 1])
    for (position, tensor) in tensors.enumerated() {
      #expect(try again.tensors(position, for: .demo) == [tensor])
    }
    let named = try Samples([SampleArray(bytes, shape: [4, 16, 16, 1], input: Model.demo.inputs[0].name)])
    #expect(try named.tensors(3, for: .demo) == [tensors[3]])
  }

  @Test func realNumbersAreQuantizedByTheInput() throws {
    let simulator = try Simulator(.demo)
    let reals = (0..<512).map { Float($0 % 97) / 97 }
    let samples = try Samples(reals, shape: [2, 16, 16, 1])
    #expect(try samples.tensors(1, for: .demo) == [simulator.quantize(Array(reals[256...]))])
  }

  @Test func whatDoesNotFitIsRefused() throws {
    #expect(throws: BitexactError.self) { try Samples([Float](repeating: 0, count: 5), shape: [2, 2]) }
    let small = try Samples([UInt8](repeating: 0, count: 8), shape: [2, 2, 2, 1])
    let error = #expect(throws: BitexactError.self) { try small.tensors(0, for: .demo) }
    guard case .data(let reasons) = try #require(error) else { throw try #require(error) }
    #expect(reasons[0].contains("[N, 16, 16, 1]"))
    #expect(throws: BitexactError.self) { try Samples.demo.choosing(skip: 360).count(for: .demo) }
    #expect(throws: BitexactError.self) { try Samples.demo.choosing(count: 1).tensors(1, for: .demo) }
    #expect(throws: BitexactError.self) { try Samples(contentsOf: "none.npy").tensors(0, for: .demo) }
    let two = try Samples([SampleArray([UInt8(0)], shape: [1, 1]), SampleArray([UInt8(0)], shape: [1, 1])])
    #expect(throws: BitexactError.self) { try two.tensors(0, for: .demo) }
  }
}
