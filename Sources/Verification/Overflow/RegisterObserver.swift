internal import FixedPoint
internal import HardwareProfile
internal import Network
public import Simulation

/// Follows the registers of one step through every addition of the machine, in the machine's order.
///
/// Registers are followed exactly, without their width: what one would have to hold so that nothing is lost.
public struct RegisterObserver: Sendable {
  /// The step.
  public let step: Step
  private let windows: WindowSums?

  /// Prepares a step; `nil` for one that has no register of the profile's.
  ///
  /// - Parameter step: A step of a program.
  public init?(_ step: Step) {
    self.step = step
    switch step.kernel {
    case .convolution(let kernel): windows = WindowSums(kernel)
    case .add: windows = nil
    default: return nil
    }
  }

  /// How many registers the step has: one for each output channel, one for all of an ADD.
  public var channels: Int {
    if case .convolution(let kernel) = step.kernel { kernel.output[3] } else { 1 }
  }

  /// What the registers held in one run.
  ///
  /// - Parameter operands: The elements that the step reads, by position.
  /// - Returns: The extremes of each register.
  public func extremes(_ operands: [[Int32]]) -> RegisterExtremes {
    var result = RegisterExtremes(channels: channels)
    switch step.kernel {
    case .convolution:
      windows?.observe(operands[0], into: &result)
    case .add(let kernel):
      observe(kernel, operands, into: &result)
    default: break
    }
    return result
  }

  private func observe(_ kernel: AddKernel, _ operands: [[Int32]], into result: inout RegisterExtremes) {
    // A broadcast operand meets elements of the other in an order that extremes do not need.
    let aligned = zip(kernel.operands, operands).map { operand, elements in
      elements.map { operand.alignment.apply(Int64($0) - operand.zeroPoint) }
    }
    let checksFirst = kernel.accumulator.productsPerCheck == 1
    let (first, second) = (aligned[0], aligned[1])
    for index in 0..<max(first.count, second.count) {
      let x = first[first.count == 1 ? 0 : index % first.count]
      let sum = x + second[second.count == 1 ? 0 : index % second.count]
      let low = checksFirst ? min(x, sum) : sum
      let high = checksFirst ? max(x, sum) : sum
      result.note(0, partial: low, high, sum: sum, sum)
    }
  }
}
