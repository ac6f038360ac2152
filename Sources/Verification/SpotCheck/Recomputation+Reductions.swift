internal import FixedPoint
internal import NetworkModel
internal import Simulation

/// Sums and lengths over axes, and products of matrices.
extension Recomputation {
  func l2Normalization(_ kernel: L2NormalizationKernel, _ position: Int) -> Int64 {
    let depth = shapes[0].extents.last ?? 1
    let start = position - position % depth
    let squares = (start..<start + depth).reduce(Int128(0)) { sum, index in
      let x = Int128(operands[0][index]) - Int128(kernel.inputZeroPoint)
      return sum + x * x
    }
    let root = TFLiteInverseRoot(Int32(squares))
    let x = Int128(operands[0][position]) - Int128(kernel.inputZeroPoint)
    let half = SecondArithmetic.power(31)
    if kernel.format.isSigned {
      let left = max(7 - root.rightShift, 0)
      let high = SecondArithmetic.quotient(
        x * SecondArithmetic.power(left) * Int128(root.multiplier), half, .tiesTowardPositive)
      let scaled = SecondArithmetic.quotient(
        high, SecondArithmetic.power(max(root.rightShift - 7, 0)), .tiesAwayFromZero)
      return Int64(SecondArithmetic.cut(scaled, kernel.format, saturates: true))
    }
    let high = SecondArithmetic.quotient(128 * x * Int128(root.multiplier), half, .tiesTowardPositive)
    let scaled = SecondArithmetic.quotient(high, SecondArithmetic.power(root.rightShift), .tiesAwayFromZero)
    return Int64(SecondArithmetic.cut(128 + scaled, kernel.format, saturates: true))
  }

  func matrixProduct(_ kernel: MatrixProductKernel, _ position: Int) -> Int64 {
    let at = coordinates(position, in: Shape([kernel.starts[0].count, kernel.rows, kernel.columns]))
    let products = (0..<kernel.depth).map { term -> Int128 in
      let a = Int(kernel.starts[0][at[0]]) + at[1] * kernel.firstSteps[0] + term * kernel.firstSteps[1]
      let b = Int(kernel.starts[1][at[0]]) + term * kernel.secondSteps[0] + at[2] * kernel.secondSteps[1]
      return (Int128(operands[0][a]) - Int128(kernel.zeroPoints[0]))
        * (Int128(operands[1][b]) - Int128(kernel.zeroPoints[1]))
    }
    let size = kernel.accumulator.productsPerCheck ?? kernel.depth
    let terms = stride(from: 0, to: kernel.depth, by: size).map { start in
      products[start..<min(start + size, kernel.depth)].reduce(0, +)
    }
    return finish(register(terms, kernel.accumulator), kernel.outputStage, channel: 0)
  }
}
