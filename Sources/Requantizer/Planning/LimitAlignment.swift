internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Brings the scales that meet in an ADD within the left shifts of the machine.
///
/// An operand whose scale is 2^20 times finer than the other one's would need the other to be shifted left by 20. A scale
/// may always be made coarser, since it holds the same range: what is lost of the finer operand lies far below a step of
/// the coarser one. Whatever must have an equal scale follows.
struct LimitAlignment: PlanningPass {
  let name = "limit-alignment"

  func improve(
    _ plan: RequantizationPlan, _ facts: SourceFacts, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> PlanningResult {
    guard case .shift(let limit, _) = facts.profile.operators["ADD"]?.alignment else {
      return PlanningResult(plan: plan, summary: "the machine's ADD does not shift")
    }
    let network = PlannedNetwork(facts, plan).network
    var scales = network.tensors.map { $0.quantization?.scale }
    var raised: Set<Int> = []
    var isDone = false
    // Scales only grow, and none beyond the largest of all, so this ends.
    while !isDone {
      isDone = true
      for node in network.nodes where facts.isDeviceOperator(node) {
        for (tensor, scale) in demands(node, min(limit, 31), scales, facts) where facts.deviceTensors.contains(tensor) {
          guard let own = scales[tensor], own < scale else { continue }
          scales[tensor] = scale
          raised.insert(tensor)
          isDone = false
        }
      }
    }
    var result = plan
    for place in plan.activations.indices {
      guard raised.contains(plan.activations[place].tensor), let scale = scales[plan.activations[place].tensor] else {
        continue
      }
      result.activations[place].raise(to: scale)
    }
    return PlanningResult(
      plan: result, summary: "\(raised.count) activations have a coarser scale so that sums can be aligned")
  }

  /// The smallest scale that an operator demands of each tensor that it ties to another one.
  private func demands(
    _ node: Node, _ limit: Int, _ scales: [Float?], _ facts: SourceFacts
  ) -> [(tensor: Int, scale: Float)] {
    let inputs = node.activationOperands
    func largest(_ tensors: [Int]) -> Float? { tensors.compactMap { scales[$0] }.max() }
    switch node.operation.rescaling {
    case .elementwise:
      guard let largest = largest(inputs) else { return [] }
      // A power of two times a scale is exact.
      let smallest = largest * Float(sign: .plus, exponent: -limit, significand: 1)
      return (inputs + node.outputs).map { ($0, smallest) }
    case .shared:
      guard let largest = largest(inputs + node.outputs) else { return [] }
      return (inputs + node.outputs).map { ($0, largest) }
    case .convert where facts.profile.onlyShifts(node.operation.name):
      // Shifts to the right only make the output coarser.
      guard let largest = largest(inputs) else { return [] }
      return node.outputs.map { ($0, largest) }
    case .convert, .weighted, .function, .fixedOutput, .boundary: return []
    }
  }
}

extension PlannedActivation {
  /// Declares a coarser scale; what the integers mean grows with it.
  fileprivate mutating func raise(to coarser: Float) {
    let factor = Double(coarser) / Double(scale)
    realScales = realScales?.map { $0 * factor }
    scale = coarser
    zeroPoint = type.middle
  }
}
