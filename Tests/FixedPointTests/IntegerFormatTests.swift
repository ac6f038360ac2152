#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import FixedPoint
internal import TestSupport
internal import Testing

@Suite("IntegerFormat")
struct IntegerFormatTests {
  static let formats = (1...64).flatMap { [IntegerFormat.int($0), .uint($0)] }

  /// Values of up to 120 bits: 64-bit edges, and these moved up.
  static let values: [Int128] = everyNth(EdgeValues.signed(bits: 64), isExhaustive ? 1 : 5).flatMap {
    [Int128($0), Int128($0) * 65_536, Int128($0) * SlowArithmetic.powerOfTwo(56) + 1]
  }

  @Test("every width has the limits of its definition")
  func limits() {
    for format in Self.formats {
      let range = SlowArithmetic.limits(bits: format.bits, isSigned: format.isSigned)
      #expect(format.minimum == range.lowerBound && format.maximum == range.upperBound, "\(format.name)")
      #expect(format.contains(range.lowerBound) && format.contains(range.upperBound), "\(format.name)")
      #expect(!format.contains(range.lowerBound - 1) && !format.contains(range.upperBound + 1), "\(format.name)")
    }
  }

  @Test("formats of machine width have the machine's limits")
  func machineWidths() {
    #expect(IntegerFormat.int(1).minimum == -1 && IntegerFormat.int(1).maximum == 0)
    #expect(IntegerFormat.uint(1).minimum == 0 && IntegerFormat.uint(1).maximum == 1)
    #expect(IntegerFormat.int(8).minimum == -128 && IntegerFormat.int(8).maximum == 127)
    #expect(IntegerFormat.int(64).minimum == Int128(Int64.min) && IntegerFormat.int(64).maximum == Int128(Int64.max))
    #expect(IntegerFormat.uint(64).minimum == 0 && IntegerFormat.uint(64).maximum == Int128(UInt64.max))
  }

  @Test("every width saturates and wraps edges as defined", arguments: [true, false])
  func edges(isSigned: Bool) {
    for bits in 1...64 {
      let format = IntegerFormat(bits: bits, isSigned: isSigned)
      let saturation = firstMismatch(
        Self.values, { format.saturate($0) }, { SlowArithmetic.saturate($0, bits: bits, isSigned: isSigned) })
      let wrapping = firstMismatch(
        Self.values, { format.wrap($0) }, { SlowArithmetic.wrap($0, bits: bits, isSigned: isSigned) })
      #expect(saturation == nil, "saturate, \(format.name)")
      #expect(wrapping == nil, "wrap, \(format.name)")
    }
  }

  @Test("every Int16 in every width to 16", arguments: [true, false])
  func everyInt16(isSigned: Bool) {
    let values = allValues(of: Int16.self).map { Int128($0) }
    for bits in 1...16 {
      let format = IntegerFormat(bits: bits, isSigned: isSigned)
      let saturation = firstMismatch(
        values, { format.saturate($0) }, { SlowArithmetic.saturate($0, bits: bits, isSigned: isSigned) })
      let wrapping = firstMismatch(
        values, { format.wrap($0) }, { SlowArithmetic.wrap($0, bits: bits, isSigned: isSigned) })
      #expect(saturation == nil && wrapping == nil, "\(format.name)")
    }
  }

  @Test("every sum and product of two Int8 is cut to int8 as the machine cuts it")
  func everyInt8Pair() {
    let all = allValues(of: Int8.self)
    let int8 = IntegerFormat.int(8)
    #expect(firstMismatch(all, all, { int8.wrap(Int128($0) + Int128($1)) }, { Int128($0 &+ $1) }) == nil)
    #expect(firstMismatch(all, all, { int8.wrap(Int128($0) * Int128($1)) }, { Int128($0 &* $1) }) == nil)
    let clamped: (Int8, Int8) -> Int128 = { a, b in
      let (sum, overflow) = a.addingReportingOverflow(b)
      return Int128(overflow ? (a < 0 ? .min : .max) : sum)
    }
    #expect(firstMismatch(all, all, { int8.saturate(Int128($0) + Int128($1)) }, clamped) == nil)
  }

  @Test("cutting twice is cutting once, and wrapping forgets multiples of 2^bits")
  func laws() {
    for format in Self.formats {
      let size = SlowArithmetic.powerOfTwo(format.bits)
      for value in everyNth(Self.values, 7) {
        let wrapped = format.wrap(value)
        let saturated = format.saturate(value)
        guard format.contains(wrapped), format.contains(saturated), format.wrap(wrapped) == wrapped,
          format.saturate(saturated) == saturated, format.wrap(value + 3 * size) == wrapped,
          !format.contains(value) || (wrapped == value && saturated == value)
        else {
          Issue.record("\(format.name): \(value)")
          return
        }
      }
    }
  }

  @Test("a format is written and read unchanged; a width that no format has is refused")
  func coding() throws {
    for format in Self.formats {
      let data = try JSONEncoder().encode(format)
      #expect(try JSONDecoder().decode(IntegerFormat.self, from: data) == format)
    }
    for bits in [-1, 0, 65, 128] {
      let data = Data(#"{"bits": \#(bits), "isSigned": true}"#.utf8)
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(IntegerFormat.self, from: data) }
    }
  }

  @Test("names are the usual ones, and a width outside 1 to 64 is refused")
  func namesAndRefusals() async {
    #expect(IntegerFormat.int(8).name == "int8" && IntegerFormat.uint(4).name == "uint4")
    await #expect(processExitsWith: .failure) { _ = IntegerFormat.int(0) }
    await #expect(processExitsWith: .failure) { _ = IntegerFormat.uint(65) }
  }
}
