#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import FixedPoint
internal import TestSupport
internal import Testing

@Suite("FloatScale")
struct FloatScaleTests {
  /// Factors whose significand and products carry, tie and reach the ends of the format.
  static let doubles: [Double] = [
    0, 1, 0.5, 0.25, 2, 3, 0.1, 1 / 3.0, (1.0).nextDown, (1.0).nextUp, (0.5).nextDown, 0x1.8p-7, 0x1p-20, 0x1p-63,
    0x1p-64, 0x1.fffffffffffffp-10, 1e-9, 123.456, 0x1p50, .leastNonzeroMagnitude, .leastNormalMagnitude,
    .leastNormalMagnitude.nextDown,
  ]
  static let floats: [Float] = [
    0, 1, 0.5, 0.25, 2, 3, 0.1, 1 / 3.0, (1.0 as Float).nextDown, (1.0 as Float).nextUp, 0x1.8p-7, 0x1p-20, 0x1p-63,
    0x1p-64, 0x1.fffffep-10, 1e-9, 123.456, 0x1p50, .leastNonzeroMagnitude, .leastNormalMagnitude,
    .leastNormalMagnitude.nextDown,
  ]
  static let integers =
    everyNth(EdgeValues.signed(bits: 64, count: 3000, seed: 6), isExhaustive ? 1 : 19)
    + [-16_777_217, 16_777_217, 9_007_199_254_740_993, .min, .max]

  @Test("edges multiply as the machine's double multiplies", arguments: Rounding.allCases)
  func doubleEdges(rule: Rounding) {
    let slow = rule.slow
    let difference = firstMismatch(
      Self.doubles, Self.integers, { FloatScale($0).apply(to: Int128($1), rule) },
      { SlowArithmetic.scaleInFloat(Int($1), by: $0, slow) })
    #expect(difference == nil)
  }

  @Test("edges multiply as the machine's float multiplies", arguments: Rounding.allCases)
  func floatEdges(rule: Rounding) {
    let slow = rule.slow
    let difference = firstMismatch(
      Self.floats, Self.integers, { FloatScale($0).apply(to: Int128($1), rule) },
      { SlowArithmetic.scaleInFloat(Int($1), by: $0, slow) })
    #expect(difference == nil)
  }

  @Test("a million random products, in double and in float, in 64 bits and in 128")
  func random() {
    var generator = SeededGenerator(seed: 8)
    for trial in 0..<trials(1_000_000) {
      let rule = Rounding.allCases[trial % Rounding.allCases.count]
      let x = generator.nextSigned(bits: 64)
      let real = Double(
        sign: .plus, exponent: -Int(generator.next() % 66), significand: .random(in: 1..<2, using: &generator))
      let double = FloatScale(real)
      let single = FloatScale(Float(real))
      let wantedDouble = SlowArithmetic.scaleInFloat(Int(x), by: real, rule.slow)
      let wantedSingle = SlowArithmetic.scaleInFloat(Int(x), by: Float(real), rule.slow)
      guard double.apply(to: Int128(x), rule) == wantedDouble, single.apply(to: Int128(x), rule) == wantedSingle,
        double.apply(to: x, rule) == Int64(exactly: wantedDouble),
        single.apply(to: x, rule) == Int64(exactly: wantedSingle)
      else {
        Issue.record("\(x) · \(real), \(rule): expected \(wantedDouble) and \(wantedSingle)")
        return
      }
    }
  }

  @Test("every int16 accumulator under one float scale is what the float unit computes")
  func everyInt16() {
    let scale: Float = 0.003_921_569
    let difference = firstMismatch(
      allValues(of: Int16.self), { FloatScale(scale).apply(to: Int64($0), .tiesToEven) },
      { Int64((Float($0) * scale).rounded(.toNearestOrEven)) })
    #expect(difference == nil)
  }

  @Test("the product is rounded to the float format before it is rounded to an integer")
  func twoRoundings() {
    // The float32 nearest to 0.1 lies above it; five times it exceeds ½ by less than float32 can tell.
    let scale: Float = 0.1
    #expect(5 * Double(scale) > 0.5 && 5 * scale == 0.5)
    #expect(FloatScale(scale).apply(to: 5 as Int64, .tiesTowardNegative) == 0)
    #expect(FloatScale(Double(scale)).apply(to: 5 as Int64, .tiesTowardNegative) == 1)
    // 2^24 + 1 is no float32: the conversion alone loses the one.
    #expect(FloatScale(1 as Float).apply(to: 16_777_217 as Int64, .floor) == 16_777_216)
  }

  @Test("a product beyond the type is nil; at its very limit it is a value")
  func limits() {
    #expect(FloatScale(2.0).apply(to: Int64.max, .floor) == nil)
    #expect(FloatScale(1.0).apply(to: Int64.max, .floor) == nil)
    #expect(FloatScale(1.0).apply(to: Int64.min, .floor) == Int64.min)
    #expect(FloatScale(1.0).apply(to: Int128(Int64.max), .floor) == Int128(Int64.max) + 1)
    #expect(FloatScale(0x1p64).apply(to: Int128(Int64.min), .floor) == Int128.min)
    #expect(FloatScale(0x1p64).apply(to: -Int128(Int64.min), .floor) == nil)
    #expect(FloatScale(Double.greatestFiniteMagnitude).apply(to: 1 as Int128, .floor) == nil)
    #expect(FloatScale(0.0).apply(to: Int64.min, .awayFromZero) == 0)
  }

  @Test("a factor is written and read unchanged; what is no such float is refused")
  func coding() throws {
    for scale in Self.doubles.map({ FloatScale($0) }) + Self.floats.map({ FloatScale($0) }) {
      let data = try JSONEncoder().encode(scale)
      #expect(try JSONDecoder().decode(FloatScale.self, from: data) == scale)
    }
    for (significand, exponent, precision) in [
      ("1", "0", "53"), ("-8388608", "0", "24"), ("16777217", "0", "24"), ("8388608", "9223372036854775807", "24"),
      ("4503599627370496", "0", "24"), ("4503599627370496", "972", "53"), ("8388608", "0", "11"), ("0", "5", "24"),
    ] {
      let text = #"{"significand": \#(significand), "exponent": \#(exponent), "precision": \#(precision)}"#
      #expect(throws: DecodingError.self, "\(text)") {
        try JSONDecoder().decode(FloatScale.self, from: Data(text.utf8))
      }
    }
  }

  @Test("negative, infinite and undefined factors are refused")
  func refusals() async {
    await #expect(processExitsWith: .failure) { _ = FloatScale(-1.0) }
    await #expect(processExitsWith: .failure) { _ = FloatScale(Double.infinity) }
    await #expect(processExitsWith: .failure) { _ = FloatScale(Float.nan) }
  }
}
