import Arrays
import FixedPoint
import Foundation
import Simulation
import TestSupport
import Testing
import Verification

@Suite("Files of golden vectors")
struct VectorFileTests {
  /// Formats of every width, with their ends, −1, 0, 1 and some between.
  private static func samples() -> [(VectorArray, [Int64])] {
    var generator = SeededGenerator(seed: 3)
    return (1...64).flatMap { bits in
      [true, false].filter { $0 || bits < 64 }.map { isSigned in
        let format = IntegerFormat(bits: bits, isSigned: isSigned)
        let edges: [Int128] = [format.minimum, format.maximum, -1, 0, 1]
        var values = edges.filter(format.contains).map { Int64($0) }
        for _ in 0..<20 { values.append(Int64(format.wrap(Int128(generator.nextSigned(bits: 64))))) }
        let array = VectorArray(file: "f/x_\(format.name).h", shape: [values.count], kind: .integer(format))
        return (array, values)
      }
    }
  }

  private static func file(_ encoding: VectorEncoding, _ array: VectorArray, _ values: [Int64]) -> [UInt8] {
    // In pieces, as samples come.
    let cut = values.count / 3
    return encoding.opening(array) + encoding.body(Array(values[..<cut]), of: array)
      + encoding.body(Array(values[cut...]), of: array) + encoding.closing(array)
  }

  @Test("hex of any width reads back equal and has as many digits as the width needs")
  func hexadecimal() {
    for (array, values) in Self.samples() {
      let lines = String(decoding: Self.file(.hex, array, values), as: UTF8.self).split(separator: "\n")
      #expect(lines.allSatisfy { $0.count == (array.bits + 3) / 4 }, "\(array.type)")
      let read = lines.map { line -> Int64 in
        let pattern = UInt64(line, radix: 16) ?? 0
        let isNegative = array.isSigned && pattern >> UInt64(array.bits - 1) & 1 == 1
        return Int64(bitPattern: isNegative && array.bits < 64 ? pattern | ~0 << UInt64(array.bits) : pattern)
      }
      #expect(read == values, "\(array.type)")
      #expect(Self.file(.sv, array, values) == Self.file(.hex, array, values))
    }
  }

  @Test(".npy holds the narrowest type, and reads back equal")
  func arrays() throws {
    for (array, values) in Self.samples() {
      let file = try NPYFile(bytes: Self.file(.npy, array, values), name: "x")
      #expect(file.shape == [values.count])
      #expect(try file.values(as: Int64.self) == values, "\(array.type)")
      #expect(file.elementType.byteCount * 8 == [8, 16, 32, 64].first { $0 >= array.bits })
    }
  }

  @Test("a header has guards, a type of the width, the shape, and reads back equal")
  func headers() throws {
    for (array, values) in Self.samples() {
      let text = String(decoding: Self.file(.c, array, values), as: UTF8.self)
      let width = try #require([8, 16, 32, 64].first { $0 >= array.bits })
      let name = "vectors_f_x_\(array.type)"
      #expect(text.hasPrefix("#ifndef BITEXACT_\(name.uppercased())_H\n#define BITEXACT_\(name.uppercased())_H\n"))
      #expect(text.hasSuffix("};\n\n#endif\n"))
      #expect(text.contains("static const \(array.isSigned ? "" : "u")int\(width)_t \(name)[\(values.count)] = {\n"))
      let start = try #require(text.firstIndex(of: "{")), end = try #require(text.firstIndex(of: "}"))
      let read = text[text.index(after: start)..<end].split { ", \n".contains($0) }.joined(separator: " ")
        .replacing("-INT64_MAX - 1", with: "\(Int64.min)").split(separator: " ").compactMap { Int64($0) }
      #expect(read == values, "\(array.type)")
    }
  }

  @Test("float32 is bit patterns, and floats in .npy")
  func floats() throws {
    let numbers: [Float] = [0, -0.0, 1.5, -.infinity, .leastNonzeroMagnitude]
    let array = VectorArray(file: "f/x.h", shape: [5], kind: .float32Bits)
    let values = numbers.map { Int64(Int32(bitPattern: $0.bitPattern)) }
    let file = try NPYFile(bytes: Self.file(.npy, array, values), name: "x")
    #expect(try file.values(as: Float.self).map(\.bitPattern) == numbers.map(\.bitPattern))
    #expect(
      String(decoding: Self.file(.hex, array, values), as: UTF8.self)
        == "00000000\n80000000\n3fc00000\nff800000\n00000001\n")
    #expect(String(decoding: Self.file(.c, array, values), as: UTF8.self).contains("2147483648u"))
  }

  @Test("each rule's code is the one in the hardware that the vectors are run on")
  func roundingCodes() throws {
    let hardware = try RepositoryFiles.text("Tests/RTL/requantizer.v")
    for rule in Rounding.allCases {
      let words = rule.rawValue.reduce(into: "") { $0 += $1.isUppercase ? "_\($1)" : $1.uppercased() }
      #expect(hardware.contains("localparam \(words) = \(rule.hardwareCode);"), "\(rule)")
    }
    #expect(Set(Rounding.allCases.map(\.hardwareCode)).count == Rounding.allCases.count)
  }
}
