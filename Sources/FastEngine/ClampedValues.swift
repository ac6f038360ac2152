internal import Network
internal import Simulation

extension Plan {
  /// Lets byte 0 stand for the smallest result of a clamp wherever only convolutions make and read a value: narrowing a
  /// sum to a byte cuts there anyway, so that the clamp's lower end needs no instruction.
  ///
  /// - Parameters:
  ///   - layouts: The layouts of all values; those of such values are changed.
  ///   - program: The program.
  static func beginAtClamps(_ layouts: inout [Int: Layout], _ program: Program) {
    // The smallest zero point that a value's readers subtract; `nil` where some reader is no convolution.
    var zeroPoints: [Int: Int64?] = [:]
    for step in program.steps {
      for input in step.inputs {
        guard case .convolution(let kernel) = step.kernel, kernel.spread == [1, 1] else {
          zeroPoints[input] = .some(nil)
          continue
        }
        let zeroPoint = Int64(kernel.inputZeroPoint)
        zeroPoints[input] = zeroPoints[input, default: zeroPoint].map { min($0, zeroPoint) }
      }
    }
    for output in program.outputs { zeroPoints[output] = .some(nil) }
    for step in program.steps {
      // A window's padding holds the zero point, which must have a byte too.
      guard case .convolution(let kernel) = step.kernel, let layout = layouts[step.output], layout.elementBytes == 1,
        let zeroPoint = zeroPoints[step.output] ?? nil, zeroPoint >= kernel.outputStage.low
      else { continue }
      layouts[step.output]?.bias = Int32(-kernel.outputStage.low)
      layouts[step.output]?.largestByte = UInt8(kernel.outputStage.high - kernel.outputStage.low)
    }
  }
}
