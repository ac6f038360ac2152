/// SLICE: a box of the input.
///
/// Operands: input, a constant list with the first position along each axis, one with the extents (−1: all the rest).
public struct Slice: MovementRules, Hashable {
  /// Creates the operator; it has no options.
  public init() {}

  var name: String { "SLICE" }

  func views(_ operands: [Tensor?]) -> Result<[View], OperandFault> {
    guard operands.count == 3, let input = operands[0]?.shape, let begins = operands[1]?.integers(),
      let sizes = operands[2]?.integers(), begins.count == input.rank, sizes.count == input.rank
    else { return .fault("needs an input and constant lists of a position and an extent for each of its axes") }
    var axes: [View.Axis] = []
    for (axis, stride) in input.strides.enumerated() {
      let extent = input[axis]
      guard (0...Int64(extent)).contains(begins[axis]), (-1...Int64(extent)).contains(sizes[axis]) else {
        return .fault("has the position \(begins[axis]) and the extent \(sizes[axis]) along an axis of \(extent)")
      }
      let begin = Int(begins[axis])
      let size = sizes[axis] < 0 ? extent - begin : Int(sizes[axis])
      guard size > 0, begin + size <= extent else {
        return .fault("takes \(size) elements from \(begin) on along an axis of \(extent)")
      }
      axes.append(View.Axis(first: begin * stride, step: stride, count: size))
    }
    return .success([View(axes)])
  }
}

/// STRIDED_SLICE: every so many elements of a box of the input, forwards or backwards.
///
/// Operands: input, constant lists of a first position, an end that is not reached and a step for each axis; negative
/// positions count from the end. Bit k of a mask concerns axis k.
public struct StridedSlice: MovementRules, Hashable {
  /// Axes that are taken from their start on, whatever the list says.
  public var beginMask: Int
  /// Axes that are taken to their end.
  public var endMask: Int
  /// Axes of which one position is taken, and which the output lacks.
  public var shrinkAxisMask: Int
  /// Entries that stand for all axes that no other entry speaks of; not supported.
  public var ellipsisMask: Int
  /// Entries that add an axis; not supported.
  public var newAxisMask: Int
  /// Whether the ends are counted from the begins; not supported.
  public var endsAreCounts: Bool

  /// Creates the operator's options.
  public init(
    beginMask: Int = 0, endMask: Int = 0, shrinkAxisMask: Int = 0, ellipsisMask: Int = 0, newAxisMask: Int = 0,
    endsAreCounts: Bool = false
  ) {
    self.beginMask = beginMask
    self.endMask = endMask
    self.shrinkAxisMask = shrinkAxisMask
    self.ellipsisMask = ellipsisMask
    self.newAxisMask = newAxisMask
    self.endsAreCounts = endsAreCounts
  }

  var name: String { "STRIDED_SLICE" }

  func views(_ operands: [Tensor?]) -> Result<[View], OperandFault> {
    guard ellipsisMask == 0, newAxisMask == 0, !endsAreCounts else {
      return .fault("has an ellipsis_mask, a new_axis_mask or an offset; they are not supported")
    }
    guard operands.count == 4, let input = operands[0]?.shape, let begins = operands[1]?.integers(),
      let ends = operands[2]?.integers(), let steps = operands[3]?.integers(), begins.count <= input.rank,
      ends.count == begins.count, steps.count == begins.count
    else { return .fault("needs an input and constant lists of begins, ends and steps for its first axes") }
    var axes: [View.Axis] = []
    var kept: [Int] = []
    for (axis, stride) in input.strides.enumerated() {
      var taken = View.Axis(first: 0, step: 1, count: input[axis])
      if axis < begins.count {
        guard let found = positions(axis, of: input[axis], begin: begins[axis], end: ends[axis], step: steps[axis])
        else {
          return .fault(
            "takes nothing from \(begins[axis]) to \(ends[axis]) by \(steps[axis]) along an axis of \(input[axis])")
        }
        taken = found
      }
      if shrinkAxisMask >> axis & 1 == 0 || axis >= begins.count { kept.append(taken.count) }
      axes.append(View.Axis(first: taken.first * stride, step: taken.step * stride, count: taken.count))
    }
    return .success([View(shape: Shape(kept), axes)])
  }

  /// The positions along one axis; `nil` where there is none.
  ///
  /// Source: `StridedSliceStartForAxis` and `StridedSliceEndForAxis` in TensorFlow Lite's
  /// `kernels/internal/strided_slice_logic.h`.
  private func positions(_ axis: Int, of extent: Int, begin: Int64, end: Int64, step: Int64) -> View.Axis? {
    guard step != 0, let step = Int(exactly: step), step.magnitude <= UInt(Int32.max) else { return nil }
    func absolute(_ position: Int64) -> Int {
      let clamped = Int(max(min(position, 1 << 32), -(1 << 32)))
      return clamped < 0 ? clamped + extent : clamped
    }
    // Backwards, the place before the first element is an end.
    let (low, high) = step > 0 ? (0, extent) : (-1, extent - 1)
    if shrinkAxisMask >> axis & 1 == 1 {
      let position = absolute(begin)
      return (0..<extent).contains(position) && step > 0 ? View.Axis(first: position, step: 1, count: 1) : nil
    }
    let first = beginMask >> axis & 1 == 1 ? (step > 0 ? low : high) : min(max(absolute(begin), low), high)
    let last = endMask >> axis & 1 == 1 ? (step > 0 ? high : low) : min(max(absolute(end), low), high)
    let span = step > 0 ? last - first : first - last
    let size = Int(step.magnitude)
    return span > 0 ? View.Axis(first: first, step: step, count: (span + size - 1) / size) : nil
  }
}
