import Arrays
import Exploration
import FixedPoint
import NetworkModel
import Simulation
import Testing

/// The way of a sample into a session, which must give what ``DataSet/sample(_:)`` gives.
@Suite("Samples that are run one after another")
struct SampleRunnerTests {
  /// A program whose output is its input.
  private static func echo(_ slot: InputSlot) -> ReferenceEngine {
    let kind: Value.Kind =
      switch slot.type {
      case .float32: .float32Bits
      default: .integer(.init(bits: slot.type.bits ?? 8, isSigned: (slot.type.integerRange?.lowerBound ?? 0) < 0))
      }
    let value = Value(tensor: 0, name: slot.name, type: slot.type, shape: slot.shape, kind: kind)
    return ReferenceEngine(Program(profile: "echo", values: [value], steps: [], inputs: [0], outputs: [0]))
  }

  /// The only input of the last sample, on both ways.
  private static func both(_ bytes: [UInt8], _ slot: InputSlot) throws -> ([Int32], [Int32]) {
    let data = try DataSet(bytes: bytes, name: "x.npy", for: slot)
    let runner = SampleRunner(echo(slot), on: data)
    for index in 0..<data.count { try runner.run(index) }
    return (runner.withOutput(0) { $0 }, try data.sample(data.count - 1)[0])
  }

  static let parameters = [
    nil, Quantization(scale: 1 / 128, zeroPoint: 0), Quantization(scale: 0.013, zeroPoint: 5),
    Quantization(scale: 0.5, zeroPoint: -7),
  ]

  @Test("every conversion gives the same on both ways", arguments: parameters, [ElementType.int8, .uint8])
  func conversions(target: Quantization?, type: ElementType) throws {
    for source in [nil, Quantization(scale: 1 / 128, zeroPoint: 128), Quantization(scale: 0.02, zeroPoint: 3)] {
      let slot = slot(type, count: 256, target, source: source)
      let unsigned = try Self.both(npy(Array(UInt8.min...255) + Array((0...255).reversed()), [2, 256]), slot)
      #expect(unsigned.0 == unsigned.1)
      let signed = try Self.both(npy(Array(Int8.min...127) + Array((-128...127).reversed()), [2, 256]), slot)
      #expect(signed.0 == signed.1)
      if target == nil { continue }
      let reals = try Self.both(npy((0..<512).map { (Float($0) - 300) * 0.0125 + 1e-3 }, [2, 256]), slot)
      #expect(reals.0 == reals.1)
      let doubles = try Self.both(npy((0..<512).map { (Double($0) - 300) * 0.0125 }, [2, 256]), slot)
      #expect(doubles.0 == doubles.1)
    }
  }

  @Test("strange float32 give the same on both ways: infinities, ties, ends of 32 bits")
  func strangeFloats() throws {
    let values: [Float] = [
      0, -0.0, 0.25, -0.25, 0.75, -0.75, 1.25, .infinity, -.infinity, 0x1p31, -0x1p31, 0x1p40, -3e38, 0x1p-140,
      0.249_999_99, 63.25,
    ]
    for type in [ElementType.int8, .uint8] {
      let found = try Self.both(npy(values, [1, 16]), slot(type, count: 16, Quantization(scale: 0.5, zeroPoint: 100)))
      #expect(found.0 == found.1)
    }
  }

  @Test("types that are no bytes take the general way")
  func others() throws {
    let wide = try Self.both(npy((0..<6).map { Int32($0 * 9000 - 20000) }, [2, 3]), slot(.int16, count: 3))
    #expect(wide.0 == wide.1 && wide.0 == [7000, 16000, 25000])
    let reals = try Self.both(npy([Float(1.5), -0.0, .nan], [1, 3]), slot(.float32, count: 3))
    #expect(reals.0 == reals.1)
  }

  @Test("NaN is refused on this way in the same words, and the next sample is run")
  func nan() throws {
    let data = try DataSet(
      bytes: npy([Float(0), .nan, 1, 2], [2, 2]), name: "x.npy",
      for: slot(.int8, count: 2, Quantization(scale: 1, zeroPoint: 0)))
    let runner = SampleRunner(Self.echo(slot(.int8, count: 2)), on: data)
    let text = message { try runner.run(0) }
    #expect(text.contains("sample 0, element 1 is NaN") && text == message { _ = try data.sample(0) }, "\(text)")
    try runner.run(1)
    #expect(runner.withOutput(0) { $0 } == [1, 2])
    #expect(message { try runner.run(2) } == message { _ = try data.sample(2) })
  }

  @Test("an integer that the input cannot hold is refused on this way in the same words")
  func range() throws {
    let slot = slot(.int16, count: 2)
    let data = try DataSet(bytes: npy([Int32(0), 40000], [1, 2]), name: "x.npy", for: slot)
    let text = message { try SampleRunner(Self.echo(slot), on: data).run(0) }
    #expect(text.contains("element 1 is 40000") && text == message { _ = try data.sample(0) }, "\(text)")
  }
}
