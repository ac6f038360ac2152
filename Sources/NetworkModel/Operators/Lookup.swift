/// GATHER and GATHER_ND: slices of the input at positions that another tensor holds, which may be computed.
///
/// GATHER takes positions along one axis; GATHER_ND takes tuples of positions along the first axes.
/// Operands: input, positions (int32 or int64).
package struct Lookup: OperatorRules, Hashable {
  /// The axis of GATHER, negative counts from the end; `nil` for GATHER_ND.
  package var axis: Int?
  /// The leading axes of GATHER that input and positions share (`batch_dims`); negative counts from the positions' end.
  package var sharedAxes: Int

  /// Creates the operator's options.
  package init(axis: Int?, sharedAxes: Int = 0) {
    self.axis = axis
    self.sharedAxes = sharedAxes
  }

  var name: String { axis == nil ? "GATHER_ND" : "GATHER" }
  var rescaling: Rescaling { .shared }

  /// How the input is walked: how many leading axes it shares with the positions, and the axes that these index.
  package func axes(_ operands: [Tensor?]) -> (shared: Int, indexed: Range<Int>, input: Shape, positions: Shape)? {
    guard operands.count == 2, let input = operands[0]?.shape, let positions = operands[1] else { return nil }
    guard positions.type == .int32 || positions.type == .int64 else { return nil }
    if let axis {
      // `Prepare` in TensorFlow Lite's `kernels/gather.cc`.
      let shared = sharedAxes < 0 ? sharedAxes + positions.shape.rank : sharedAxes
      guard let place = input.axis(axis), (0...place).contains(shared), shared <= positions.shape.rank,
        input.extents[..<shared] == positions.shape.extents[..<shared]
      else { return nil }
      return (shared, place..<place + 1, input, positions.shape)
    }
    guard let depth = positions.shape.extents.last, (1...max(input.rank, 1)).contains(depth), input.rank >= 1 else {
      return nil
    }
    return (0, 0..<depth, input, positions.shape)
  }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard let (shared, indexed, input, positions) = axes(operands) else {
      return .fault("needs an input, and int32 or int64 positions along axes that it has; shared axes must be equal")
    }
    let own = axis == nil ? positions.extents.dropLast() : positions.extents[shared...]
    return .success(
      Shape(Array(input.extents[..<indexed.lowerBound]) + own + Array(input.extents[indexed.upperBound...])))
  }
}
