package import FixedPoint

/// L2_NORMALIZATION in TensorFlow Lite's fixed-point arithmetic, over the last axis.
///
/// Source: `L2Normalization` in TensorFlow Lite's `kernels/internal/reference/l2normalization.h` (unsigned) and
/// `kernels/internal/reference/integer_ops/l2normalization.h` (signed).
package struct L2NormalizationKernel: Hashable, Sendable {
  /// Subtracted from each element.
  package var inputZeroPoint: Int32
  /// The output's format; its scale is 1/128, its zero point the middle.
  package var format: IntegerFormat

  /// The output element for an element less the zero point, of a row whose squares have this root.
  package func result(_ x: Int32, _ root: TFLiteInverseRoot) -> Int32 {
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
package struct MatrixProductKernel: Hashable, Sendable {
  /// For each product of matrices where they begin in the operands, in elements.
  package var starts: [[Int32]]
  /// The rows of the result.
  package var rows: Int
  /// The terms of a sum.
  package var depth: Int
  /// The columns of the result.
  package var columns: Int
  /// The first operand's distance from row to row, and from term to term.
  package var firstSteps: [Int]
  /// The second operand's distance from term to term, and from column to column.
  package var secondSteps: [Int]
  /// Subtracted from each operand's elements.
  package var zeroPoints: [Int32]
  /// The register.
  package var accumulator: AccumulatorRule
  /// From the register to the output.
  package var outputStage: OutputStage
}
