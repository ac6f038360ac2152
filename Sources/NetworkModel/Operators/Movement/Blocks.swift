/// SPACE_TO_DEPTH and DEPTH_TO_SPACE: blocks of pixels become channels, or channels blocks of pixels.
///
/// Operand: input `[N,H,W,C]`.
package struct Blocks: MovementRules, Hashable {
  /// The height and width of a block.
  package var size: Int
  /// Whether blocks become channels: SPACE_TO_DEPTH.
  package var becomeChannels: Bool

  /// Creates the operator's options.
  package init(size: Int, becomeChannels: Bool) {
    self.size = size
    self.becomeChannels = becomeChannels
  }

  var name: String { becomeChannels ? "SPACE_TO_DEPTH" : "DEPTH_TO_SPACE" }

  func views(_ operands: [Tensor?]) -> Result<[View], OperandFault> {
    guard operands.count == 1, let input = operands[0]?.shape, input.rank == 4, (1...1 << 14).contains(size) else {
      return .fault("needs one input of 4 axes and a block of one or more; the block is \(size)")
    }
    let strides = input.strides
    func list(_ count: Int, _ step: Int) -> View.Axis { View.Axis(first: 0, step: step, count: count) }
    let (height, width, channels) = (input[1], input[2], input[3])
    if becomeChannels {
      guard height % size == 0, width % size == 0 else {
        return .fault("has blocks of \(size) that do not fit \(input)")
      }
      let shape = Shape([input[0], height / size, width / size, channels * size * size])
      return .success([
        View(
          shape: shape,
          [
            list(input[0], strides[0]), list(height / size, size * strides[1]), list(width / size, size * strides[2]),
            list(size, strides[1]), list(size, strides[2]), list(channels, 1),
          ])
      ])
    }
    guard channels % (size * size) == 0 else { return .fault("has blocks of \(size) that do not fit \(input)") }
    let depth = channels / (size * size)
    return .success([
      View(
        shape: Shape([input[0], height * size, width * size, depth]),
        [
          list(input[0], strides[0]), list(height, strides[1]), list(size, size * depth), list(width, strides[2]),
          list(size, depth), list(depth, 1),
        ])
    ])
  }
}
