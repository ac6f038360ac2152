/// SLICE: a box of the input.
///
/// Operands: input, a constant list with the first position along each axis, one with the extents (−1: all the rest).
package struct Slice: MovementRules, Hashable {
  /// Creates the operator; it has no options.
  package init() {}

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
package struct StridedSlice: MovementRules, Hashable {
  /// Axes that are taken from their start on, whatever the list says.
  package var beginMask: Int
  /// Axes that are taken to their end.
  package var endMask: Int
  /// Axes of which one position is taken, and which the output lacks.
  package var shrinkAxisMask: Int
  /// The entry that stands for all axes that no other entry speaks of.
  package var ellipsisMask: Int
  /// Entries that add an axis of one position.
  package var newAxisMask: Int
  /// Whether the ends are counted from the begins; not supported.
  package var endsAreCounts: Bool

  /// Creates the operator's options.
  package init(
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
    guard !endsAreCounts else { return .fault("has an offset; it is not supported") }
    guard operands.count == 4, let input = operands[0]?.shape, let begins = operands[1]?.integers(),
      let ends = operands[2]?.integers(), let steps = operands[3]?.integers(), ends.count == begins.count,
      steps.count == begins.count, let entries = entries(begins.count, rank: input.rank)
    else {
      return .fault("needs an input and constant lists of begins, ends and steps for its axes; one ellipsis at most")
    }
    var axes: [View.Axis] = []
    var kept: [Int] = []
    let strides = input.strides
    for entry in entries {
      guard entry != .newAxis else {
        kept.append(1)
        continue
      }
      let (extent, stride) = (input[axes.count], strides[axes.count])
      var taken = View.Axis(first: 0, step: 1, count: extent)
      var isKept = true
      if case .given(let place) = entry {
        guard let found = positions(place, of: extent, begin: begins[place], end: ends[place], step: steps[place])
        else {
          return .fault(
            "takes nothing from \(begins[place]) to \(ends[place]) by \(steps[place]) along an axis of \(extent)")
        }
        taken = found
        isKept = shrinkAxisMask >> place & 1 == 0
      }
      if isKept { kept.append(taken.count) }
      axes.append(View.Axis(first: taken.first * stride, step: taken.step * stride, count: taken.count))
    }
    return .success([View(shape: Shape(kept), axes)])
  }

  /// What happens at one place of the result or of the input.
  private enum Entry: Equatable {
    /// The positions that the lists give at this place are taken.
    case given(Int)
    /// All positions are taken.
    case all
    /// An axis of one position, which the input does not have.
    case newAxis
  }

  /// The entries for all axes in order; `nil` where they are not as many as the input's.
  ///
  /// An ellipsis that would stand for no axis is refused: TensorFlow Lite lets it take one, and forgets the last entry
  /// (`BuildStridedSliceParams` in `kernels/strided_slice.cc`).
  private func entries(_ count: Int, rank: Int) -> [Entry]? {
    let ellipses = (0..<count).filter { ellipsisMask >> $0 & 1 == 1 }
    let added = (0..<count).filter { newAxisMask >> $0 & 1 == 1 && !ellipses.contains($0) }
    let rest = rank - (count - added.count - ellipses.count)
    guard ellipses.count <= 1, rest >= ellipses.count, (ellipsisMask | newAxisMask) >> count == 0 else { return nil }
    var entries: [Entry] = []
    for place in 0..<count {
      if ellipses.contains(place) {
        entries += [Entry](repeating: .all, count: rest)
      } else {
        entries.append(added.contains(place) ? .newAxis : .given(place))
      }
    }
    return ellipses.isEmpty ? entries + [Entry](repeating: .all, count: rest) : entries
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
