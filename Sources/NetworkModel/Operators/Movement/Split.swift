/// SPLIT and SPLIT_V: the input cut along an axis, into equal parts or into parts of given extents.
///
/// Operands of SPLIT: a constant axis, input. Operands of SPLIT_V: input, a constant list of extents (one may be −1: all
/// the rest), a constant axis.
package struct Split: MovementRules, Hashable {
  /// The number of parts.
  package var count: Int
  /// Whether the extents are given: SPLIT_V.
  package var hasExtents: Bool

  /// Creates the operator's options.
  package init(count: Int, hasExtents: Bool = false) {
    self.count = count
    self.hasExtents = hasExtents
  }

  var name: String { hasExtents ? "SPLIT_V" : "SPLIT" }
  var dataPosition: Int { hasExtents ? 0 : 1 }

  func views(_ operands: [Tensor?]) -> Result<[View], OperandFault> {
    guard operands.count == (hasExtents ? 3 : 2), let input = operands[dataPosition]?.shape,
      let index = operands[hasExtents ? 2 : 0]?.integers(), index.count == 1,
      let axis = Int(exactly: index[0]).flatMap(input.axis)
    else { return .fault("needs an input and a constant with one of its axes") }
    let extent = input[axis]
    guard (1...extent).contains(count) else { return .fault("cuts an axis of \(extent) into \(count) parts") }
    var parts = [Int](repeating: extent / count, count: count)
    if hasExtents {
      guard let list = operands[1]?.integers(), list.count == count,
        list.allSatisfy({ $0 == -1 || (1...Int64(extent)).contains($0) }), list.count(where: { $0 == -1 }) <= 1
      else { return .fault("needs a constant list of \(count) extents of 1 to \(extent)") }
      let known = list.reduce(0) { $0 + max(Int($1), 0) }
      parts = list.map { $0 < 0 ? extent - known : Int($0) }
    }
    guard parts.reduce(0, +) == extent, parts.allSatisfy({ $0 > 0 }) else {
      return .fault("cuts an axis of \(extent) into parts that are not as many elements")
    }
    var begin = 0
    return .success(
      parts.map { part in
        defer { begin += part }
        return View(of: input).cut(axis, from: begin, count: part)
      })
  }
}

/// UNPACK: the slices of the input along an axis, which the outputs lack.
package struct Unpack: MovementRules, Hashable {
  /// The number of outputs.
  package var count: Int
  /// The axis; negative counts from the end.
  package var axis: Int

  /// Creates the operator's options.
  package init(count: Int, axis: Int) {
    self.count = count
    self.axis = axis
  }

  var name: String { "UNPACK" }

  func views(_ operands: [Tensor?]) -> Result<[View], OperandFault> {
    guard operands.count == 1, let input = operands[0]?.shape, let axis = input.axis(axis), input[axis] == count else {
      return .fault("needs one input whose axis \(axis) has \(count) positions")
    }
    return .success(
      (0..<count).map { index in
        var view = View(of: input).cut(axis, from: index, count: 1)
        view.shape.extents.remove(at: axis)
        return view
      })
  }
}

extension View {
  /// Some of the positions along an axis.
  fileprivate func cut(_ axis: Int, from begin: Int, count: Int) -> View {
    var axes = axes
    axes[axis].first += begin * axes[axis].step
    axes[axis].count = count
    return View(axes)
  }
}
