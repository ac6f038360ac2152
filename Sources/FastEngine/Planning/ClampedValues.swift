internal import NetworkModel
internal import Simulation

extension Plan {
  /// Lets byte 0 stand for the smallest result of a clamp wherever only convolutions make and read a value: narrowing a
  /// sum to a byte cuts there anyway, so that the clamp's lower end needs no instruction.
  ///
  /// - Parameters:
  ///   - layouts: The layouts of all values; those of such values are changed.
  ///   - program: The program.
  static func beginAtClamps(_ layouts: inout [Int: Layout], _ program: Program) {
    // The smallest zero point that convolutions subtract from a value, and the values that others read.
    var zeroPoints: [Int: Int32] = [:]
    var others = Set(program.outputs)
    for step in program.steps {
      if case .convolution(let kernel) = step.kernel, kernel.spread == [1, 1] {
        for input in step.inputs { zeroPoints[input] = min(zeroPoints[input] ?? .max, kernel.inputZeroPoint) }
      } else {
        others.formUnion(step.inputs)
      }
    }
    for step in program.steps where !others.contains(step.output) {
      // A window's padding holds the zero point, which must have a byte too.
      guard case .convolution(let kernel) = step.kernel, layouts[step.output]?.elementBytes == 1,
        let zeroPoint = zeroPoints[step.output], zeroPoint >= kernel.outputStage.low
      else { continue }
      layouts[step.output]?.bias = Int32(-kernel.outputStage.low)
      layouts[step.output]?.largestByte = UInt8(kernel.outputStage.high - kernel.outputStage.low)
    }
  }
}
