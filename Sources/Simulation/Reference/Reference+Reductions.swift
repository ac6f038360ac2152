internal import FixedPoint
internal import NetworkModel

extension Reference {
  /// Each row divided by its length.
  static func l2Normalization(_ kernel: L2NormalizationKernel, _ input: [Int32], _ shape: Shape) -> [Int32] {
    let depth = shape[shape.rank - 1]
    return stride(from: 0, to: input.count, by: depth).flatMap { start in
      let row = input[start..<start + depth].map { $0 - kernel.inputZeroPoint }
      let root = TFLiteInverseRoot(row.reduce(0) { $0 &+ $1 &* $1 })
      return row.map { kernel.result($0, root) }
    }
  }

  /// Products of matrices, term by term.
  static func matrixProduct(
    _ kernel: MatrixProductKernel, _ operands: [[Int32]], _ step: Step, _ events: inout StepEvents
  ) throws(SimulationError) -> [Int32] {
    let rule = kernel.accumulator
    var register = Accumulator(format: rule.format, overflow: rule.overflow)
    var result: [Int32] = []
    for (first, second) in zip(kernel.starts[0], kernel.starts[1]) {
      for row in 0..<kernel.rows {
        for column in 0..<kernel.columns {
          register.clear()
          for group in stride(from: 0, to: kernel.depth, by: rule.productsPerCheck ?? kernel.depth) {
            var exact: Int64 = 0
            for term in group..<min(group + (rule.productsPerCheck ?? kernel.depth), kernel.depth) {
              let a = operands[0][Int(first) + row * kernel.firstSteps[0] + term * kernel.firstSteps[1]]
              let b = operands[1][Int(second) + term * kernel.secondSteps[0] + column * kernel.secondSteps[1]]
              exact += Int64(a - kernel.zeroPoints[0]) * Int64(b - kernel.zeroPoints[1])
            }
            register.add(exact)
          }
          let stage = kernel.outputStage
          result.append(finish(register.value, stage, stage.requantization(0), &events))
        }
      }
    }
    try endIfTrapped(register, step)
    events.accumulatorOverflows += register.overflowCount
    return result
  }
}
