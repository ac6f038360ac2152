internal import FixedPoint
internal import TestSupport

/// Whether loops over large input spaces visit all of it; else they visit the designed edges and a stride.
let isExhaustive = TestScope.isExhaustive

/// A number of random trials: the given one, or a twentieth of it in the quick suite.
func trials(_ count: Int) -> Int { TestScope.count(count, quick: count / 20) }

/// All values of a type of at most 16 bits; in the quick suite its edges and every 61st value.
func allValues<T: FixedWidthInteger & SignedInteger>(of _: T.Type) -> [T] {
  if isExhaustive || T.bitWidth <= 8 { return Array(T.min...T.max) }
  let edges = EdgeValues.signed(bits: T.bitWidth).compactMap { T(exactly: $0) }
  return edges + stride(from: Int64(T.min), through: Int64(T.max), by: 61).compactMap { T(exactly: $0) }
}

extension Rounding {
  /// The rule of the same wire name in the second statement.
  var slow: SlowArithmetic.Rule {
    guard let rule = SlowArithmetic.Rule(rawValue: rawValue) else {
      preconditionFailure("SlowArithmetic lacks \(rawValue)")
    }
    return rule
  }
}

extension Requantization {
  /// The same stages for the second statement.
  var slow: [SlowArithmetic.Stage] {
    stages.map { stage in
      switch stage {
      case .multiply(let factor): return .multiply(factor)
      case .shiftLeft(let count): return .shiftLeft(count)
      case .shiftRight(let count, let rounding): return .shiftRight(count, rounding.slow)
      case .lineInFloat(let line, let rounding):
        return .lineAsSingle(
          factor: Float(bitPattern: line.factorBits), offset: Float(bitPattern: line.offsetBits), rounding.slow)
      case .thresholds(let steps): return .thresholds(first: steps.first, steps.values)
      case .saturate(let format): return .saturate(bits: format.bits, isSigned: format.isSigned)
      case .wrap(let format): return .wrap(bits: format.bits, isSigned: format.isSigned)
      case .scaleAsFloat(let scale, let rounding):
        // Both parts of the product are powers of two and small integers, so it is exact.
        if scale.precision == 53 {
          let real = Double(sign: .plus, exponent: scale.exponent, significand: Double(scale.significand))
          return .scaleAsDouble(real, rounding.slow)
        }
        let real = Float(sign: .plus, exponent: scale.exponent, significand: Float(scale.significand))
        return .scaleAsSingle(real, rounding.slow)
      }
    }
  }
}

/// Every n-th element, beginning with the first.
func everyNth<T>(_ values: [T], _ step: Int) -> [T] {
  stride(from: 0, to: values.count, by: step).map { values[$0] }
}
