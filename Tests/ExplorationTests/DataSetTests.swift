import Arrays
import Exploration
import Foundation
import NetworkModel
import Testing

@Suite("Data sets")
struct DataSetTests {
  static let pixel = Quantization(scale: 1 / 128, zeroPoint: 128)

  @Test("integers of the input's own type are taken as they are")
  func ownType() throws {
    #expect(try firstSample(npy([Int8.min, -1, 0, .max], [1, 4]), slot(.int8, count: 4)) == [-128, -1, 0, 127])
    #expect(try firstSample(npy([UInt8(0), 128, 255], [1, 3]), slot(.uint8, count: 3)) == [0, 128, 255])
    #expect(try firstSample(npy([Int32(-70000), 9], [1, 2]), slot(.int32, count: 2)) == [-70000, 9])
  }

  @Test("bytes of the other signedness are shifted by 128 when nothing is known of their source")
  func shift() throws {
    #expect(try firstSample(npy([UInt8(0), 1, 128, 255], [1, 4]), slot(.int8, count: 4)) == [-128, -127, 0, 127])
    #expect(try firstSample(npy([Int8(-128), 0, 127], [1, 3]), slot(.uint8, count: 3)) == [0, 128, 255])
  }

  @Test("a source that differs only by the offset 128 gives the plain shift")
  func equalScale() throws {
    let slot = slot(.int8, count: 256, Quantization(scale: 1 / 128, zeroPoint: 0), source: Self.pixel)
    let all = Array(UInt8.min...UInt8.max)
    #expect(try firstSample(npy(all, [1, 256]), slot) == all.map { Int32($0) - 128 })
  }

  @Test("a source of another scale keeps each value as near as can be, ties away from zero, and clamps")
  func valuePreserving() throws {
    // Halves of steps: 1 → 0.5 → 1, −1 → −0.5 → −1, 3 → 1.5 → 2.
    let coarse = slot(
      .int8, count: 5, Quantization(scale: 2, zeroPoint: 0), source: Quantization(scale: 1, zeroPoint: 128))
    #expect(try firstSample(npy([UInt8(128), 129, 127, 131, 0], [1, 5]), coarse) == [0, 1, -1, 2, -64])
    let fine = slot(
      .int8, count: 3, Quantization(scale: 0.5, zeroPoint: -3), source: Quantization(scale: 1, zeroPoint: 128))
    #expect(try firstSample(npy([UInt8(128), 255, 0], [1, 3]), fine) == [-3, 127, -128])
    let back = slot(
      .uint8, count: 3, Quantization(scale: 1, zeroPoint: 128), source: Quantization(scale: 0.5, zeroPoint: 0))
    #expect(try firstSample(npy([Int8(-1), 0, 127], [1, 3]), back) == [127, 128, 192])
  }

  @Test("what an element's 32 bits do not hold is cut, whatever the type holds", arguments: [Int64(7), .max, .min])
  func wideTypes(_ zeroPoint: Int64) throws {
    let wide = slot(.int64, count: 4, Quantization(scale: 1e-38, zeroPoint: zeroPoint))
    let expected: [Int32] =
      zeroPoint == 7 ? [.max, .min, 7, 8] : [Int32](repeating: zeroPoint > 0 ? .max : .min, count: 4)
    #expect(try firstSample(npy([Float(3), -3, 0, 1e-38], [1, 4]), wide) == expected)
    let unsigned = slot(.uint32, count: 3, Quantization(scale: 1, zeroPoint: 0))
    #expect(try firstSample(npy([Float(1e30), -3, 5], [1, 3]), unsigned) == [.max, 0, 5])
  }

  /// An int8 input of scale 2 whose source had int8 of scale 1 and zero point 4.
  static func coarse(_ choice: InputReaders.Choice = .automatic) -> InputSlot {
    InputSlot(
      name: "input", type: .int8, shape: Shape([1, 4]), quantization: Quantization(scale: 2, zeroPoint: 0),
      readers: InputReaders([[reader("source", .int8, 1, 4), reader("made", .int8, 2, 0)]], choice: choice))
  }

  @Test("integers of a type that the source takes too, and images, are the source's unless the user says otherwise")
  func sameType() throws {
    let bytes = try npy([Int8(-128), 3, 4, 127], [1, 4])
    let unsigned = try npy([UInt8(0), 131, 132, 255], [1, 4])
    // −132, −1, 0 and 123 halved, ties away from zero.
    for choice in [InputReaders.Choice.automatic, .source] {
      #expect(try firstSample(bytes, Self.coarse(choice)) == [-66, -1, 0, 62])
      #expect(try firstSample(unsigned, Self.coarse(choice)) == [-66, -1, 0, 62])
    }
    #expect(try firstSample(bytes, Self.coarse(.own)) == [-128, 3, 4, 127])
    #expect(try firstSample(unsigned, Self.coarse(.own)) == [-128, 3, 4, 127])
  }

  @Test("of several sources the first counts that has the type, of 16 bits too")
  func sourcesInOrder() throws {
    let sources = [reader("first", .int16, 0.5, 0), reader("second", .int16, 1, 0), reader("third", .uint8, 4, 0)]
    let narrow = InputSlot(
      name: "input", type: .int8, shape: Shape([1, 4]), quantization: Quantization(scale: 1, zeroPoint: -1),
      readers: InputReaders([sources + [reader("made", .int8, 1, -1)]]))
    #expect(try firstSample(npy([Int16.min, -1, 7, .max], [1, 4]), narrow) == [-128, -2, 3, 127])
    #expect(try firstSample(npy([UInt8(0), 1, 2, 255], [1, 4]), narrow) == [-1, 3, 7, 127])
    let wide = InputSlot(
      name: "input", type: .int16, shape: Shape([1, 3]), quantization: Quantization(scale: 2, zeroPoint: 0),
      readers: InputReaders([sources + [reader("made", .int16, 2, 0)]]))
    #expect(try firstSample(npy([Int16.min, 6, .max], [1, 3]), wide) == [-8192, 2, 8192])
    // A type that none has may be bytes or integers of 16 bits.
    #expect(message { _ = try firstSample(npy([Int32(0), 6, 9], [1, 3]), wide) }.contains("of none of the models"))
    // Where all have 16 bits it is theirs, as long as the source can hold them.
    let words = InputSlot(
      name: "input", type: .int16, shape: Shape([1, 3]), quantization: Quantization(scale: 2, zeroPoint: 0),
      readers: InputReaders([sources.dropLast() + [reader("made", .int16, 2, 0)]]))
    #expect(try firstSample(npy([Int32(-32768), 6, 32767], [1, 3]), words) == [-8192, 2, 8192])
    #expect(message { _ = try firstSample(npy([Int32(0), 40000, 0], [1, 3]), words) }.contains("40000, which int16"))
  }

  @Test("integers of a source become real numbers where a model takes those; integers alone do not")
  func realNumbers() throws {
    let slot = InputSlot(
      name: "input", type: .float32, shape: Shape([1, 2]), quantization: nil,
      readers: InputReaders([[reader("source", .uint8, 0.5, 128), reader("made", .float32, nil)]]))
    let found = try firstSample(npy([UInt8(128), 131], [1, 2]), slot)
    #expect(found.map { Float(bitPattern: UInt32(bitPattern: $0)) } == [0, 1.5])
  }

  @Test("wide integers of scales that differ are refused rather than misread")
  func wideIntegers() throws {
    let slot = InputSlot(
      name: "input", type: .int32, shape: Shape([1, 1]), quantization: Quantization(scale: 2, zeroPoint: 0),
      readers: InputReaders([[reader("source", .int32, 1, 0), reader("made", .int32, 2, 0)]]))
    #expect(message { _ = try firstSample(npy([Int32(8)], [1, 1]), slot) }.contains("does not convert"))
  }

  @Test("float32 is quantized by the input's parameters, ties away from zero, and clamped")
  func quantizes() throws {
    let slot = slot(.int8, count: 6, Quantization(scale: 0.5, zeroPoint: 10))
    let values: [Float] = [0, 0.25, -0.25, 1, .infinity, -1000]
    #expect(try firstSample(npy(values, [1, 6]), slot) == [10, 11, 9, 12, 127, -128])
  }

  @Test("float32 for a float32 input is taken bit by bit")
  func bits() throws {
    let values: [Float] = [1.5, -0.0, .infinity]
    #expect(
      try firstSample(npy(values, [1, 3]), slot(.float32, count: 3)) == values.map { Int32(bitPattern: $0.bitPattern) })
  }

  @Test("NaN is refused with its sample and element")
  func nan() throws {
    let data = try DataSet(
      bytes: npy([Float(0), 0, 0, .nan], [2, 2]), name: "x.npy", for: slot(.int8, count: 2, Self.pixel))
    #expect(try data.sample(0) == [[127, 127]])
    let text = message { _ = try data.sample(1) }
    #expect(text.contains("x.npy") && text.contains("sample 1, element 1"), "\(text)")
  }

  @Test("an integer that the input cannot hold is refused with its place")
  func range() throws {
    let data = try DataSet(bytes: npy([Int32(0), 40000], [1, 2]), name: "x.npy", for: slot(.int16, count: 2))
    let text = message { _ = try data.sample(0) }
    #expect(text.contains("element 1") && text.contains("40000") && text.contains("int16"), "\(text)")
  }

  @Test("the leading axis counts the samples, whether or not the model's batch axis stands in the file")
  func shapes() throws {
    let values = [Int8](repeating: 1, count: 12)
    let slot = InputSlot(name: "image", type: .int8, shape: Shape([1, 2, 2]), quantization: nil)
    #expect(try DataSet(bytes: npy(values, [3, 2, 2]), name: "x", for: slot).count == 3)
    #expect(try DataSet(bytes: npy(values, [3, 1, 2, 2]), name: "x", for: slot).count == 3)
    let batch = InputSlot(name: "image", type: .int8, shape: Shape([2, 2]), quantization: nil)
    #expect(try DataSet(bytes: npy(values, [3, 2, 2]), name: "x", for: batch).count == 3)
  }

  @Test("a wrong shape names both shapes", arguments: [[12], [3, 4], [3, 2, 3], [0, 2, 2], [3, 2, 2, 1]])
  func wrongShape(shape: [Int]) throws {
    let slot = InputSlot(name: "image", type: .int8, shape: Shape([1, 2, 2]), quantization: nil)
    let bytes = try npy([Int8](repeating: 0, count: shape.reduce(1, *)), shape)
    let text = message { _ = try DataSet(bytes: bytes, name: "x.npy", for: slot) }
    #expect(text.contains("[\(shape.map(String.init).joined(separator: ", "))]"), "\(text)")
    #expect(text.contains("[N, 2, 2]") && text.contains("\"image\""), "\(text)")
  }

  @Test("types that no input takes are refused")
  func types() throws {
    let integers = try npy([Int64(0)], [1, 1])
    #expect(message { _ = try firstSample(integers, slot(.int8, count: 1)) }.contains("int64"))
    #expect(message { _ = try firstSample(integers, slot(.float32, count: 1)) }.contains("give float32"))
    let reals = try npy([Float(0)], [1, 1])
    #expect(message { _ = try firstSample(reals, slot(.int8, count: 1)) }.contains("no scale"))
  }

  @Test("several inputs are found in an archive by name or by order, and must hold as many samples")
  func archive() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "bitexact-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "x.npz").path
    let slots = ["left", "right"].map {
      InputSlot(name: $0, type: .int8, shape: Shape([1, 2]), quantization: nil)
    }
    func write(_ names: [String], _ counts: [Int]) throws {
      let archive = try NPZWriter(path: path)
      for (place, name) in names.enumerated() {
        let values = (0..<2 * counts[place]).map { Int8($0 + 10 * place) }
        try archive.add(name, values, shape: [counts[place], 2])
      }
      try archive.finish()
    }
    try write(["arr_0", "arr_1"], [2, 2])
    #expect(try DataSet(contentsOf: path, for: slots).sample(1) == [[2, 3], [12, 13]])
    try write(["right", "left"], [2, 2])
    #expect(try DataSet(contentsOf: path, for: slots).sample(0) == [[10, 11], [0, 1]])
    try write(["arr_0", "arr_1"], [2, 3])
    #expect(message { _ = try DataSet(contentsOf: path, for: slots) }.contains("2, 3 samples"))
    try write(["left", "wrong"], [1, 1])
    #expect(message { _ = try DataSet(contentsOf: path, for: slots) }.contains("\"right\""))
    try write(["anything"], [4])
    #expect(try DataSet(contentsOf: path, for: [slots[0]]).count == 4)
  }
}
