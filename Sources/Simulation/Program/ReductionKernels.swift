public import FixedPoint

/// L2_NORMALIZATION in TensorFlow Lite's fixed-point arithmetic, over the last axis.
///
/// Source: `L2Normalization` in TensorFlow Lite's `kernels/internal/reference/l2normalization.h` (unsigned) and
/// `kernels/internal/reference/integer_ops/l2normalization.h` (signed).
public struct L2NormalizationKernel: Hashable, Sendable {
  /// Subtracted from each element.
  public var inputZeroPoint: Int32
  /// The output's format; its scale is 1/128, its zero point the middle.
  public var format: IntegerFormat

  /// The output element for an element less the zero point, of a row whose squares have this root.
  public func result(_ x: Int32, _ root: TFLiteInverseRoot) -> Int32 {
    let (low, high) = (Int32(format.minimum), Int32(format.maximum))
    if format.isSigned {
      let scaled = TFLiteArithmetic.multiplyByQuantizedMultiplier(
        x, significand: root.multiplier, exponent: 7 - root.rightShift)
      return min(max(scaled, low), high)
    }
    let product = TFLiteArithmetic.saturatingRoundingDoublingHighMul(128 &* x, root.multiplier)
    return min(max(128 + TFLiteArithmetic.roundingDivideByPOT(product, root.rightShift), low), high)
  }
}

/// BATCH_MATMUL.
public struct MatrixProductKernel: Hashable, Sendable {
  /// For each product of matrices where they begin in the operands, in elements.
  public var starts: [[Int32]]
  /// The rows of the result.
  public var rows: Int
  /// The terms of a sum.
  public var depth: Int
  /// The columns of the result.
  public var columns: Int
  /// The first operand's distance from row to row, and from term to term.
  public var firstSteps: [Int]
  /// The second operand's distance from term to term, and from column to column.
  public var secondSteps: [Int]
  /// Subtracted from each operand's elements.
  public var zeroPoints: [Int32]
  /// The register.
  public var accumulator: AccumulatorRule
  /// From the register to the output.
  public var outputStage: OutputStage
}
