internal import HardwareProfile
internal import Network
internal import Simulation

/// Brings the scales that meet in an ADD within the left shifts of the machine.
///
/// An operand whose scale is 2^20 times finer than the other one's would need the other to be shifted left by 20. A scale
/// may always be made coarser, since it holds the same range: what is lost of the finer operand lies far below a step of
/// the coarser one. Whatever must have an equal scale follows.
struct LimitAlignment: RequantizationPass {
  let name = "limit-alignment"

  func run(
    _ state: inout RequantizationState, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> String {
    guard case .shift(let limit, _) = state.profile.operators["ADD"]?.alignment else {
      return "the machine's ADD does not shift"
    }
    var raised: Set<Int> = []
    var isDone = false
    // Scales only grow, and none beyond the largest of all, so this ends.
    while !isDone {
      isDone = true
      for node in state.target.nodes where state.isDeviceOperator(node) {
        let demands = demands(node, min(limit, 31), state)
        for (tensor, scale) in demands where state.deviceTensors.contains(tensor) {
          guard let own = state.target.tensors[tensor].quantization?.scale, own < scale else { continue }
          raise(tensor, from: own, to: scale, &state)
          raised.insert(tensor)
          isDone = false
        }
      }
    }
    return "\(raised.count) activations have a coarser scale so that sums can be aligned"
  }

  /// Declares a coarser scale; what the integers mean grows with it.
  private func raise(_ tensor: Int, from own: Float, to scale: Float, _ state: inout RequantizationState) {
    let factor = Double(scale) / Double(own)
    let scales = state.meanings[tensor]?.scales.map { $0 * factor } ?? []
    state.meanings[tensor]?.scales = scales
    let real = scales.first.map { Float($0) } ?? scale
    state.target.tensors[tensor].setSymmetric(real, offset: 0, declared: scale, from: state.source.tensors[tensor])
  }

  /// The smallest scale that an operator demands of each tensor that it ties to another one.
  private func demands(_ node: Node, _ limit: Int, _ state: RequantizationState) -> [(tensor: Int, scale: Float)] {
    let inputs = node.activationOperands
    func scales(_ tensors: [Int]) -> [Float] { tensors.compactMap { state.target.tensors[$0].quantization?.scale } }
    switch node.operation.rescaling {
    case .elementwise:
      guard let largest = scales(inputs).max() else { return [] }
      // A power of two times a scale is exact.
      let smallest = largest * Float(sign: .plus, exponent: -limit, significand: 1)
      return (inputs + node.outputs).map { ($0, smallest) }
    case .shared:
      guard let largest = scales(inputs + node.outputs).max() else { return [] }
      return (inputs + node.outputs).map { ($0, largest) }
    case .convert where state.profile.onlyShifts(node.operation.name):
      // Shifts to the right only make the output coarser.
      guard let largest = scales(inputs).max() else { return [] }
      return node.outputs.map { ($0, largest) }
    case .convert, .weighted, .function, .fixedOutput, .boundary: return []
    }
  }
}
