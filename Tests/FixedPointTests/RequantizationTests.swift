#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import FixedPoint
internal import TestSupport
internal import Testing

@Suite("Requantization")
struct RequantizationTests {
  static let accumulators = everyNth(EdgeValues.signed(bits: 64, count: 4000, seed: 9), isExhaustive ? 1 : 7)

  /// Real machines' ways, and ways through every stage at its limits.
  static let named: [(name: String, stages: [Requantization.Stage])] = [
    ("identity", []),
    ("shift only", [.shiftRight(7, .tiesToEven), .saturate(.int(8))]),
    ("long shift", [.shiftRight(127, .ceiling)]),
    ("shift by the width", [.shiftRight(64, .tiesAwayFromZero)]),
    ("wide product", [.multiply(0xFFFF_FFFF), .shiftRight(32, .tiesTowardPositive)]),
    ("negative product", [.multiply(-0xFFFF_FFFF), .shiftLeft(3), .shiftRight(40, .floor), .saturate(.int(32))]),
    ("product and shift at their limits", [.shiftLeft(31), .multiply(16), .shiftRight(35, .toOdd)]),
    ("growth to saturation", [.multiply(1 << 31)]),
    ("wrapped growth", [.multiply(1_000_003), .shiftLeft(31), .wrap(.int(32))]),
    ("wrapped wide growth", [.multiply(1_000_003), .shiftLeft(31), .wrap(.int(64))]),
    ("unsigned 64 saturated", [.saturate(.uint(64)), .shiftRight(1, .floor)]),
    ("unsigned 64 wrapped", [.wrap(.uint(64)), .shiftRight(1, .floor)]),
    ("unsigned 64 of a product", [.multiply(3), .wrap(.uint(64)), .shiftRight(8, .tiesToEven)]),
    ("unsigned 63", [.wrap(.uint(63)), .shiftLeft(1), .saturate(.uint(63))]),
    ("one bit", [.wrap(.int(1)), .shiftLeft(4), .saturate(.uint(1))]),
    (
      "16-bit multiplier",
      [.wrap(.int(32)), .multiply(29_491), .shiftRight(20, .tiesTowardPositive), .saturate(.int(8))]
    ),
    ("float64", [.scaleAsFloat(FloatScale(0.001_234), .tiesAwayFromZero), .saturate(.int(8))]),
    ("float32", [.scaleAsFloat(FloatScale(Float(0.001_234)), .tiesToEven), .saturate(.int(8))]),
    ("float32 line", [.lineInFloat(FloatLine(factor: 0.37, offset: -12.75), .tiesToEven), .saturate(.int(8))]),
    ("float32 line on ties", [.lineInFloat(FloatLine(factor: 0.25, offset: 3), .tiesAwayFromZero)]),
    ("thresholds", [.thresholds(Thresholds(first: -3, values: [-70_000, -5, -5, 0, 1, 9, 1 << 40])), .shiftLeft(2)]),
    ("growing float", [.scaleAsFloat(FloatScale(1e6), .towardZero), .shiftRight(20, .floor), .wrap(.int(16))]),
  ]

  @Test("named ways give what the second statement gives, at the edges of 64 bits")
  func namedWays() {
    for (name, stages) in Self.named {
      let way = Requantization(stages: stages)
      let slow = way.slow
      let difference = firstMismatch(
        Self.accumulators, { way.apply($0) }, { SlowArithmetic.requantize($0, slow) })
      #expect(difference == nil, "\(name)")
    }
  }

  /// A random way of up to five stages whose exact values stay within the second statement's 100 bits.
  static func randomWay(_ generator: inout SeededGenerator) -> Requantization {
    var stages: [Requantization.Stage] = []
    var bits = 64
    for _ in 0..<generator.next() % 6 {
      let rule = Rounding.allCases[Int(generator.next() % 12)]
      let width = Int(generator.next() % 64) + 1
      let format = IntegerFormat(bits: width, isSigned: generator.next() % 2 == 0)
      let count = Int(generator.next() % 32)
      switch generator.next() % 6 {
      case 0 where bits <= 67:
        stages.append(.multiply(generator.nextSigned(bits: 33)))
        bits += 32
      case 1 where bits + count <= 99:
        stages.append(.shiftLeft(count))
        bits += count
      case 2:
        stages.append(.saturate(format))
        bits = min(bits, width + 1)
      case 3:
        stages.append(.wrap(format))
        bits = width + 1
      case 4 where bits <= 64:
        let real = Double(sign: .plus, exponent: -count, significand: .random(in: 1..<2, using: &generator))
        stages.append(.scaleAsFloat(width % 2 == 0 ? FloatScale(real) : FloatScale(Float(real)), rule))
        bits += 2
      default:
        stages.append(.shiftRight(count + width, rule))
        bits = max(bits - count - width, 0) + 1
      }
    }
    return Requantization(stages: stages)
  }

  @Test("random ways through all stages give what the second statement gives")
  func randomWays() {
    var generator = SeededGenerator(seed: 10)
    for _ in 0..<trials(200_000) {
      let way = Self.randomWay(&generator)
      let slow = way.slow
      let inputs = (0..<5).map { _ in generator.nextSigned(bits: 64) } + [.min, .max]
      if let difference = firstMismatch(inputs, { way.apply($0) }, { SlowArithmetic.requantize($0, slow) }) {
        Issue.record("\(way.stages): \(difference)")
        return
      }
    }
  }

  @Test("a chain that outgrows 128 bits goes on with the nearest 128-bit value of the right sign")
  func beyond128Bits() {
    let growth = [Requantization.Stage](repeating: .multiply(-0xFFFF_FFFF), count: 5)
    let cut = Requantization(stages: growth + [.saturate(.int(8))])
    #expect(cut.apply(.max) == -128 && cut.apply(.min) == 127 && cut.apply(0) == 0)
    let huge = Requantization(stages: [.scaleAsFloat(FloatScale(1e300), .floor), .saturate(.int(8))])
    #expect(huge.apply(1) == 127 && huge.apply(-1) == -128 && huge.apply(0) == 0)
    let shifted = Requantization(stages: [.shiftLeft(31), .shiftLeft(31), .shiftLeft(31), .shiftRight(120, .floor)])
    #expect(shifted.apply(.max) == 127 && shifted.apply(.min) == -128 && shifted.apply(1) == 0)
  }

  @Test("an unsigned 64-bit register holds no negative value")
  func unsigned64() {
    #expect(Requantization(stages: [.saturate(.uint(64))]).apply(-1) == 0)
    #expect(Requantization(stages: [.wrap(.uint(64))]).apply(-1) == .max)
    #expect(Requantization(stages: [.wrap(.uint(64)), .shiftRight(32, .floor)]).apply(-1) == 0xFFFF_FFFF)
  }

  @Test("a way is written and read unchanged; numbers out of range are refused by name")
  func coding() throws {
    for (_, stages) in Self.named {
      let way = Requantization(stages: stages)
      #expect(try JSONDecoder().decode(Requantization.self, from: JSONEncoder().encode(way)) == way)
    }
    let shiftLeft = String(decoding: try JSONEncoder().encode(Requantization(stages: [.shiftLeft(31)])), as: UTF8.self)
    let faulty = shiftLeft.split(separator: "31").joined(separator: "32")
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Requantization.self, from: Data(faulty.utf8)) }
  }

  @Test("a stage outside its range is refused")
  func refusals() async {
    await #expect(processExitsWith: .failure) { _ = Requantization(stages: [.multiply(1 << 32)]) }
    await #expect(processExitsWith: .failure) { _ = Requantization(stages: [.shiftLeft(32)]) }
    await #expect(processExitsWith: .failure) { _ = Requantization(stages: [.shiftLeft(-1)]) }
    await #expect(processExitsWith: .failure) { _ = Requantization(stages: [.shiftRight(128, .floor)]) }
    await #expect(processExitsWith: .failure) { _ = Requantization(stages: [.shiftRight(-1, .floor)]) }
  }
}
