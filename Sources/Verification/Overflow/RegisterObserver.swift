internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
package import Simulation

/// Follows the registers of one step through every addition of the machine, in the machine's order.
///
/// Registers are followed exactly, without their width: what one would have to hold so that nothing is lost.
package struct RegisterObserver: Sendable {
  /// The step.
  package let step: Step
  private let windows: WindowSums?
  private let shapes: [Shape]
  private let output: Shape

  /// Prepares a step; `nil` for one that has no register of the profile's.
  ///
  /// - Parameters:
  ///   - program: A program.
  ///   - index: Which of its steps.
  package init?(_ program: Program, step index: Int) {
    step = program.steps[index]
    shapes = step.inputs.map { program.values[$0].shape }
    output = program.values[step.output].shape
    guard step.kernel.registerUse != nil else { return nil }
    if case .convolution(let kernel) = step.kernel { windows = WindowSums(kernel) } else { windows = nil }
  }

  /// How many registers the step has: one for each output channel of a convolution, one for all of another operator.
  package var channels: Int {
    if case .convolution(let kernel) = step.kernel { kernel.output[3] } else { 1 }
  }

  /// What the registers held in one run.
  ///
  /// - Parameter operands: The elements that the step reads, by position.
  /// - Returns: The extremes of each register.
  package func extremes(_ operands: [[Int32]]) -> RegisterExtremes {
    var result = RegisterExtremes(channels: channels)
    switch step.kernel {
    case .convolution: windows?.observe(operands[0], into: &result)
    case .add(let kernel): observe(kernel, operands, into: &result)
    case .matrixProduct(let kernel): observe(kernel, operands, into: &result)
    default: break
    }
    return result
  }

  private func observe(_ kernel: AddKernel, _ operands: [[Int32]], into result: inout RegisterExtremes) {
    let indices = shapes.map { BroadcastIndex(from: $0, to: output) }
    let checksFirst = kernel.accumulator.productsPerCheck == 1
    for position in 0..<output.count {
      let (x, y) = (operands[0][indices[0](position)], operands[1][indices[1](position)])
      let first = kernel.operands[0].align(x)
      let sum = first + kernel.operands[1].align(y)
      result.note(
        0, partial: checksFirst ? min(first, sum) : sum, checksFirst ? max(first, sum) : sum, sum: sum, sum)
    }
  }

  private func observe(_ kernel: MatrixProductKernel, _ operands: [[Int32]], into result: inout RegisterExtremes) {
    let group = kernel.accumulator.productsPerCheck ?? kernel.depth
    for (first, second) in zip(kernel.starts[0], kernel.starts[1]) {
      for row in 0..<kernel.rows {
        for column in 0..<kernel.columns {
          var (a, b) = (Int(first) + row * kernel.firstSteps[0], Int(second) + column * kernel.secondSteps[1])
          var (sum, low, high) = (Int64(0), Int64.max, Int64.min)
          for term in 1...kernel.depth {
            sum +=
              (Int64(operands[0][a]) - Int64(kernel.zeroPoints[0]))
              * (Int64(operands[1][b]) - Int64(kernel.zeroPoints[1]))
            if term % group == 0 || term == kernel.depth { (low, high) = (min(low, sum), max(high, sum)) }
            a += kernel.firstSteps[1]
            b += kernel.secondSteps[0]
          }
          result.note(0, partial: low, high, sum: sum, sum)
        }
      }
    }
  }
}
