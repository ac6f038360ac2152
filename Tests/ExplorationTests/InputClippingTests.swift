import Arrays
import Exploration
import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import Testing
import Verification

@Suite("Inputs that clip, and inputs of two models that differ")
struct InputClippingTests {
  /// An input for numbers from 0 to 1.
  private static let unit = Quantization(scale: 1 / 255, zeroPoint: -128)

  private func data<T: ArrayElement>(_ values: [T], _ samples: Int, _ slot: InputSlot) throws -> DataSet {
    try DataSet(bytes: npy(values, [samples, values.count / samples]), name: "x.npy", for: slot)
  }

  @Test("real numbers outside of what an input holds are counted, once a sample, with their range and what mends it")
  func reals() throws {
    let data = try data((0..<256).map(Float.init), 2, slot(.int8, count: 128, Self.unit))
    #expect(data.clippings.first?.elements == 0)
    for index in [0, 1, 0] { _ = try data.sample(index) }
    let found = try #require(data.clippings.first)
    // 0 and 1 fit; 254 others do not.
    #expect(found.elements == 256 && found.clipped == 254 && found.share == 254.0 / 256)
    #expect(found.seen == 0...255 && abs(found.held.upperBound - 1) < 1e-6)
    #expect(try #require(found.likelyCause).contains("divide by 255"))
  }

  @Test("a number that is held to within a step is no fault: 1.0 where the input ends at 127/128")
  func tolerance() throws {
    let slot = slot(.uint8, count: 4, Quantization(scale: 1 / 128, zeroPoint: 128))
    let white = try data([Float(-1), 0, 0.999, 1], 1, slot)
    _ = try white.sample(0)
    #expect(white.clippings.first?.clipped == 0 && white.clippings.first?.seen == nil)
    let beyond = try data([Float(-1.02), 0, .infinity, 1.02], 1, slot)
    _ = try beyond.sample(0)
    #expect(beyond.clippings.first?.clipped == 3)
    #expect(beyond.clippings.first?.likelyCause == nil)
  }

  @Test("likely causes fit the input", arguments: [(-1.0, 1.0, "127.5"), (-2.1, 2.6, "normalize"), (0, 1, "by 255")])
  func causes(low: Double, high: Double, word: String) throws {
    let scale = Float((high - low) / 255)
    let zeroPoint = Int64((-low / Double(scale)).rounded()) - 128
    let data = try data(
      [Float(0), 17, 255], 1, slot(.int8, count: 3, Quantization(scale: scale, zeroPoint: zeroPoint)))
    _ = try data.sample(0)
    #expect(try #require(data.clippings.first?.likelyCause).contains(word))
  }

  @Test("integers of a source that a narrower input cuts are counted; those of a wider one are not even looked at")
  func integers() throws {
    let source = Quantization(scale: 1, zeroPoint: 0)
    let narrow = slot(.int8, count: 256, Quantization(scale: 1, zeroPoint: 0), source: source)
    let all = try data(Array(UInt8.min...255), 1, narrow)
    #expect(try all.sample(0)[0].last == 127)
    let found = try #require(all.clippings.first)
    // 128 is one step beyond.
    #expect(found.elements == 256 && found.clipped == 127 && found.seen == 0...255 && found.held == -128...127)
    #expect(found.likelyCause == nil)
    let wide = try data(
      Array(UInt8.min...255), 1, slot(.int8, count: 256, Quantization(scale: 2, zeroPoint: 0), source: source))
    #expect(wide.clippings.isEmpty)
  }

  @Test("both ways into an engine count the same", arguments: [true, false])
  func sessions(isReal: Bool) throws {
    let source = Quantization(scale: 1, zeroPoint: 0)
    let slot = slot(.int8, count: 64, isReal ? Self.unit : source, source: isReal ? nil : source)
    func open() throws -> DataSet {
      isReal ? try data((0..<256).map(Float.init), 4, slot) : try data((0..<256).map { UInt8($0) }, 4, slot)
    }
    let (whole, fast) = (try open(), try open())
    let value = Value(
      tensor: 0, name: "input", type: .int8, shape: slot.shape, kind: .integer(.init(bits: 8, isSigned: true)))
    let runner = SampleRunner(
      ReferenceEngine(Program(profile: "echo", values: [value], steps: [], inputs: [0], outputs: [0])), on: fast)
    for index in 0..<4 {
      _ = try whole.sample(index)
      try runner.run(index)
    }
    #expect(whole.clippings == fast.clippings && whole.clippings.first?.clipped == (isReal ? 254 : 127))
  }

  private func side(_ quantization: Quantization, _ values: [Float]) throws -> InputGap.Side {
    let tensor = Tensor(name: "image", type: .int8, shape: Shape([1, 4]), quantization: quantization)
    let network = Network(tensors: [tensor], nodes: [], inputs: [0], outputs: [0])
    let data = try DataSet(bytes: npy(values, [1, 4]), name: "x.npy", for: network.inputSlots()[0])
    return InputGap.Side(network: network, meanings: [:], data: data)
  }

  @Test("two inputs that only round are near; one that saturates is named")
  func gaps() throws {
    let values: [Float] = [0, 100.4, 200.6, 255]
    let source = try side(Quantization(scale: 1, zeroPoint: -128), values)
    let near = try #require(
      try InputGap.measure(side(Quantization(scale: 2, zeroPoint: 0), values), source, samples: Subset().chosen(of: 1))
        .first)
    #expect(!near.isBeyondRounding && near.rmsError > 0 && near.samples == 1)
    let cut = try #require(
      try InputGap.measure(side(Quantization(scale: 1, zeroPoint: 0), values), source, samples: Subset().chosen(of: 1))
        .first)
    #expect(cut.isBeyondRounding && cut.input == "image")
    #expect(cut.difference.maximumError == 128)
  }
}
