import Arrays
import Testing

@Suite struct NPYFileTests {
  private static let reals: [Double] = [
    -1.5, 0, -0.0, .infinity, -.infinity, 65504, 0x1p-24, 0.1, 1.0 / 3, 0x1p-14, 100, 3,
  ]

  private func check<T: ArrayElement & FixedWidthInteger>(_ type: T.Type, _ order: String) throws {
    let file = try NPYFile(contentsOf: fixture("\(T.arrayType)-\(order).npy"))
    #expect(file.elementType == T.arrayType)
    #expect(file.shape == [3, 2, 2])
    #expect(file.sampleCount == 3)
    #expect(file.sampleShape == [2, 2])
    #expect(try file.values() == [T.min, T.max, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(try file.sample(0) == [T.min, T.max, 0, 1])
    #expect(try file.sample(2) == [6, 7, 8, 9] as [T])
    #expect(try file.sample(1, as: Int32.self) == [2, 3, 4, 5])
    #expect(try file.sample(0, as: Double.self) == [Double(T.min), Double(T.max), 0, 1])
    #expect(try file.sample(0, as: Float.self) == [Float(T.min), Float(T.max), 0, 1])
    let native = unsafe [T.min, T.max, 0, 1].withUnsafeBytes { unsafe Array($0) }
    #expect(try file.sampleBytes(0) == native)
  }

  @Test(arguments: ["little", "big"]) func integersOfEveryWidthAndOrder(order: String) throws {
    try check(Int16.self, order)
    try check(Int32.self, order)
    try check(Int64.self, order)
    try check(UInt16.self, order)
    try check(UInt32.self, order)
    try check(UInt64.self, order)
  }

  @Test func integersOfOneByte() throws {
    try check(Int8.self, "little")
    try check(UInt8.self, "little")
  }

  @Test(arguments: ["little", "big"]) func realsOfEveryWidthAndOrder(order: String) throws {
    let single = try NPYFile(contentsOf: fixture("float32-\(order).npy"))
    #expect(try single.values() == Self.reals.map { Float($0) })
    #expect(try single.values() == Self.reals.map { Double(Float($0)) })
    let double = try NPYFile(contentsOf: fixture("float64-\(order).npy"))
    #expect(try double.values() == Self.reals)
    #expect(try double.values() == Self.reals.map { Float($0) })
    #expect(try double.sample(0, as: Double.self)[2].sign == .minus)
    let half = try NPYFile(contentsOf: fixture("float16-\(order).npy"))
    var expected = Self.reals.map { Float($0) }
    expected[7] = 0x1.998p-4
    expected[8] = 0x1.554p-2
    #expect(try half.values() == expected)
    #expect(try half.values() == expected.map { Double($0) })
    #expect(try half.sample(0, as: Float.self)[2].sign == .minus)
  }

  @Test func everyBinary16IsExact() throws {
    var bytes = npy("{'descr': '<f2', 'fortran_order': False, 'shape': (65536,), }")
    for bits: UInt16 in 0...0xffff { bytes += [UInt8(bits & 0xff), UInt8(bits >> 8)] }
    let values: [Double] = try NPYFile(bytes: bytes, name: "half").values()
    #expect(values[0x7c00] == .infinity)
    #expect((0x7c01...0x7fff).allSatisfy { values[$0].isNaN && values[$0 + 0x8000].isNaN })
    var previous = -0x1p-24
    for bits in 0..<0x7c00 {
      // Steps grow with the exponent: 2^-24 up to 2^-13, then twice as much for each power of two.
      let step = 0x1p-24 * Double(1 << max(0, bits / 1024 - 1))
      let last = bits == 0 ? 0x1p-24 : 0x1p-24 * Double(1 << max(0, (bits - 1) / 1024 - 1))
      guard values[bits] == previous + last, values[bits + 0x8000] == -values[bits], step >= last else {
        Issue.record("bits \(bits): \(values[bits]) after \(previous)")
        return
      }
      previous = values[bits]
    }
  }

  @Test func truthValuesAreZeroAndOne() throws {
    let file = try NPYFile(contentsOf: fixture("bool.npy"))
    #expect(file.elementType == .bool)
    #expect(try file.values(as: UInt8.self) == [1, 0, 0, 1, 1, 1])
    #expect(try file.sample(1, as: Float.self) == [0, 1])
    var bytes = try fixtureBytes("bool.npy")
    bytes[bytes.count - 1] = 7
    #expect(try NPYFile(bytes: bytes, name: "bool").values(as: Int32.self).last == 1)
  }

  @Test(arguments: ["fortran.npy", "fortran-big.npy"]) func fortranOrderIsReadInCOrder(name: String) throws {
    let file = try NPYFile(contentsOf: fixture(name))
    #expect(file.shape == [5, 4, 3, 2])
    #expect(try file.values() == (0..<120).map { Int64($0) })
    for index in 0..<5 {
      #expect(try file.sample(index) == (24 * index..<24 * index + 24).map { Int32($0) })
      #expect(try file.sampleBytes(index).count == 48)
    }
    #expect(try file.sampleBytes(1).prefix(4) == [24, 0, 25, 0])
    let matrix = try NPYFile(contentsOf: fixture("fortran-matrix.npy"))
    #expect(try matrix.sample(1, as: UInt8.self) == [3, 4, 5])
    #expect(try matrix.values(as: UInt8.self) == [0, 1, 2, 3, 4, 5])
  }

  @Test(arguments: ["version-2.npy", "version-3.npy"]) func laterVersionsOfTheFormat(name: String) throws {
    #expect(try NPYFile(contentsOf: fixture(name)).values() == (0..<120).map { Int16($0) })
  }

  @Test func aSingleNumberIsOneSample() throws {
    let file = try NPYFile(contentsOf: fixture("scalar.npy"))
    #expect(file.shape.isEmpty && file.sampleCount == 1 && file.sampleElementCount == 1)
    #expect(try file.sample(0) == [2.5])
    #expect(try file.values() == [2.5])
  }

  @Test func emptyArraysHaveNoValues() throws {
    let none = try NPYFile(contentsOf: fixture("empty.npy"))
    #expect(none.shape == [0, 3] && none.sampleCount == 0 && none.sampleElementCount == 0)
    #expect(try none.values(as: Float.self).isEmpty)
    #expect(try refusal { () throws(ArrayError) in try none.sample(0, as: Float.self) }.kind == .missing)
    let hollow = try NPYFile(contentsOf: fixture("empty-samples.npy"))
    #expect(hollow.sampleCount == 2)
    #expect(try hollow.sample(1, as: Double.self).isEmpty)
    let huge = npy("{'descr': '<f8', 'fortran_order': True, 'shape': (4611686018427387904, 0), }")
    #expect(try refusal { () throws(ArrayError) in try NPYFile(bytes: huge, name: "huge") }.kind == .shape)
    let wide = npy("{'descr': '|u1', 'fortran_order': True, 'shape': (4611686018427387904, 0), }")
    let file = try NPYFile(bytes: wide, name: "wide")
    #expect(try file.values(as: UInt8.self).isEmpty)
    #expect(try file.sample(1 << 61, as: UInt8.self).isEmpty)
  }

  @Test func aValueThatDoesNotFitIsRefused() throws {
    let file = try NPYFile(contentsOf: fixture("int16-little.npy"))
    let error = try refusal { () throws(ArrayError) in try file.sample(0, as: Int8.self) }
    #expect(error.kind == .value)
    #expect(error.problem == "a value of int16 does not fit in int8")
    #expect(try file.sample(1, as: Int8.self) == [2, 3, 4, 5])
    let wide = try NPYFile(contentsOf: fixture("uint64-big.npy"))
    #expect(try refusal { () throws(ArrayError) in try wide.values(as: Int64.self) }.kind == .value)
    let real = try NPYFile(contentsOf: fixture("float32-little.npy"))
    #expect(try refusal { () throws(ArrayError) in try real.values(as: Int64.self) }.kind == .elementType)
  }

  @Test(arguments: [-1, 3, Int.max, Int.min]) func samplesOutsideAreRefused(index: Int) throws {
    let file = try NPYFile(contentsOf: fixture("int8-little.npy"))
    let error = try refusal { () throws(ArrayError) in try file.sample(index, as: Int8.self) }
    #expect(error.kind == .missing && error.allowed == "0 to 2")
    #expect(try refusal { () throws(ArrayError) in try file.sampleBytes(index) }.kind == .missing)
  }
}
