internal import FixedPoint
internal import NetworkModel

/// Writes a program's meaning as bytes, one way only, so that equal programs have equal digests.
///
/// Integers are written as zigzag LEB128, lists with their count before them, cases by their wire name. A field that is
/// added later is written only where it differs from what older programs mean, or the format's version changes.
struct CanonicalEncoder {
  /// The version of the format; it is the first thing written.
  static let version = 1

  private(set) var bytes: [UInt8] = []

  mutating func write(_ value: Int64) {
    var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
    repeat {
      let low = UInt8(truncatingIfNeeded: rest & 127)
      rest >>= 7
      bytes.append(rest == 0 ? low : low | 128)
    } while rest != 0
  }

  mutating func write(_ value: Int) { write(Int64(value)) }

  mutating func write(_ value: Bool) { write(value ? 1 : 0) }

  mutating func write(_ text: String) {
    write(text.utf8.count)
    bytes += text.utf8
  }

  mutating func write(_ values: [Int64]) {
    write(values.count)
    for value in values { write(value) }
  }

  mutating func write(_ values: [Int32]) {
    write(values.count)
    for value in values { write(Int64(value)) }
  }

  mutating func write(_ values: [Int]) { write(values.map(Int64.init)) }

  mutating func write(_ shape: Shape) { write(shape.extents) }

  mutating func write(_ format: IntegerFormat) { write(format.name) }

  mutating func write(_ requantization: Requantization) {
    write(requantization.stages.count)
    for stage in requantization.stages {
      switch stage {
      case .multiply(let factor):
        write("multiply")
        write(factor)
      case .shiftLeft(let count):
        write("shiftLeft")
        write(count)
      case .shiftRight(let count, let rounding):
        write("shiftRight")
        write(count)
        write(rounding.rawValue)
      case .scaleAsFloat(let scale, let rounding):
        write("scaleAsFloat")
        write([scale.significand, Int64(scale.exponent), Int64(scale.precision)])
        write(rounding.rawValue)
      case .lineInFloat(let line, let rounding):
        write("lineInFloat")
        write([Int64(line.factorBits), Int64(line.offsetBits)])
        write(rounding.rawValue)
      case .thresholds(let steps):
        write("thresholds")
        write(steps.first)
        write(steps.values)
      case .saturate(let format):
        write("saturate")
        write(format)
      case .wrap(let format):
        write("wrap")
        write(format)
      }
    }
  }

  mutating func write(_ stage: OutputStage) {
    write(stage.requantizations.count)
    for requantization in stage.requantizations { write(requantization) }
    write([stage.zeroPoint, stage.low, stage.high])
    write(stage.lowIsFormat)
    write(stage.highIsFormat)
  }

  mutating func write(_ rule: AccumulatorRule) {
    write(rule.format)
    write(rule.overflow.rawValue)
    write(rule.productsPerCheck ?? 0)
    write(rule.startsFromBias)
  }

  mutating func write(_ window: WindowGeometry) {
    for axis in [window.rows, window.columns] { write([axis.size, axis.stride, axis.dilation]) }
    write([window.padTop, window.padLeft])
  }

  mutating func write(_ table: TableKernel) {
    write(Int64(table.first))
    write(table.entries)
  }
}
