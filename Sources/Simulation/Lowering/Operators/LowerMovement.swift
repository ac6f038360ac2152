internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel

/// Operators that move, look up and compare elements.
extension NodeLowering {
  /// A step for each output, which copies where the elements keep their order.
  func move(_ movement: Movement) throws(OperatorFault) -> [Step] {
    let position = movement.dataPosition
    let input = try operand(position)
    guard case .success(let views) = movement.views(operands), let read = node.input(position) else {
      throw OperatorFault("does not fit its operands")
    }
    var steps: [Step] = []
    for (output, view) in zip(node.outputs, views) {
      try requireEqualQuantization(input, network.tensors[output])
      let kernel: Kernel =
        view.isWhole(of: input.shape)
        ? .copy
        : .view(
          ViewKernel(offsets: view.axes.map { axis in (0..<axis.count).map { Int32(axis.first + $0 * axis.step) } }))
      steps.append(
        Step(
          node: index, name: node.operation.name, placement: placement, inputs: [read], output: output, kernel: kernel))
    }
    return steps
  }

  func lookup(_ rules: Lookup) throws(OperatorFault) -> Step {
    try requireEqualQuantization(operand(0), output)
    guard let (shared, indexed, input, _) = rules.axes(operands) else {
      throw OperatorFault("does not fit its operands")
    }
    let slice = input.extents[indexed.upperBound...].reduce(1, *)
    let extents = Array(input.extents[indexed])
    if let positions = try operand(1).integers() {
      for (place, position) in positions.enumerated()
      where !(0..<extents[place % extents.count]).contains(Int(position)) {
        throw OperatorFault("looks up position \(position) of an axis that has \(extents[place % extents.count])")
      }
    }
    let kernel = LookupKernel(
      batches: input.extents[..<shared].reduce(1, *), blocks: input.extents[shared..<indexed.lowerBound].reduce(1, *),
      blockStride: extents.reduce(slice, *),
      extents: extents, strides: Array(input.strides[indexed]), slice: slice)
    return step(.lookup(kernel), reads: [0, 1])
  }

  func argMax(_ rules: ArgMax) throws(OperatorFault) -> Step {
    let input = try operand(0)
    guard let axis = rules.axis(operands), output.type == rules.positionType else {
      throw OperatorFault("gives \(output.type); its option says \(rules.positionType)")
    }
    guard [.int8, .uint8, .int16, .int32].contains(input.type) else {
      throw OperatorFault("compares \(input.type); int8, uint8, int16 and int32 are supported")
    }
    return step(.argMax(ArgMaxKernel(axis: axis, findsMinimum: rules.findsMinimum)))
  }

  func resize(_ rules: Resize) throws(OperatorFault) -> Step {
    let input = try operand(0)
    try requireEqualQuantization(input, output)
    let sizes = [(input.shape[1], output.shape[1]), (input.shape[2], output.shape[2])]
    if rules.takesNearest {
      let strides = input.shape.strides
      let places = sizes.map { from, to in (0..<to).map { rules.nearest($0, from: from, to: to) } }
      return step(
        .view(
          ViewKernel(offsets: [
            (0..<input.shape[0]).map { Int32($0 * strides[0]) }, places[0].map { Int32($0 * strides[1]) },
            places[1].map { Int32($0 * strides[2]) }, (0..<input.shape[3]).map(Int32.init),
          ])))
    }
    _ = try activation(input, "an input")
    if let blend = policy?.blend {
      let places = sizes.map { from, to in
        (0..<to).map { rules.roundedPlace($0, from: from, to: to, fraction: blend.fraction) }
      }
      return step(
        .bilinear(
          BilinearKernel(
            rows: places[0], columns: places[1],
            arithmetic: .fixedPoint(fraction: blend.fraction, blend.rounding))))
    }
    // TensorFlow Lite computes in float32 for uint8, in fixed point for signed integers: `Eval` in
    // `kernels/resize_bilinear.cc`.
    let isFloat = input.type == .uint8
    let places = sizes.map { from, to in
      (0..<to).map { isFloat ? rules.floatPlace($0, from: from, to: to) : rules.fixedPlace($0, from: from, to: to) }
    }
    for ((from, _), list) in zip(sizes, places) where list.contains(where: { $0.lower >= from || $0.upper >= from }) {
      throw OperatorFault("is so much larger than its input that positions of 10 fraction bits lie outside of it")
    }
    return step(
      .bilinear(
        BilinearKernel(
          rows: places[0], columns: places[1],
          arithmetic: isFloat ? .float32 : .fixedPoint(fraction: 10, .tiesAwayFromZero))))
  }
}

/// Where rows and columns of a resized image lie.
///
/// Source: `GetNearestNeighbor` in TensorFlow Lite's `kernels/internal/reference/resize_nearest_neighbor.h`,
/// `ComputeInterpolationValues` and `ComputeInterpolationValuesInteger` in `kernels/internal/reference/resize_bilinear.h`.
extension Resize {
  fileprivate func nearest(_ index: Int, from: Int, to: Int) -> Int {
    let position = (Float(index) + (hasHalfPixelCenters ? 0.5 : 0)) * floatScale(from, to)
    let place = position.rounded(alignsCorners ? .toNearestOrAwayFromZero : .down)
    return max(0, min(Int(place), from - 1))
  }

  fileprivate func floatPlace(_ index: Int, from: Int, to: Int) -> BilinearKernel.Place {
    let scale = floatScale(from, to)
    let position = hasHalfPixelCenters ? (Float(index) + 0.5) * scale - 0.5 : Float(index) * scale
    let lower = max(Int32(position.rounded(.down)), 0)
    let upper = min(Int32(position.rounded(.up)), Int32(from - 1))
    return BilinearKernel.Place(
      lower: lower, upper: upper, distance: Int32(bitPattern: (position - Float(lower)).bitPattern))
  }

  /// XNNPACK's place: `xnn_indirection_init_resize_bilinear2d_hwc_q11` in its `src/indirection.c`.
  fileprivate func roundedPlace(_ index: Int, from: Int, to: Int, fraction: Int) -> BilinearKernel.Place {
    let scale = floatScale(from, to)
    var position = Float(index) * scale
    if hasHalfPixelCenters && !alignsCorners {
      position = min(max(position + (0.5 * scale - 0.5), 0), Float(from - 1))
    }
    let lower = min(Int32(position), Int32(from - 1))
    let distance = (position - Float(lower)) * Float(sign: .plus, exponent: fraction, significand: 1)
    return BilinearKernel.Place(
      lower: lower, upper: min(lower + 1, Int32(from - 1)), distance: Int32(distance.rounded(.toNearestOrEven)))
  }

  fileprivate func fixedPlace(_ index: Int, from: Int, to: Int) -> BilinearKernel.Place {
    let one = 1 << 10
    let aligns = alignsCorners && to > 1
    let scale =
      aligns ? (one * (from - 1) + (to - 1) / 2) / (to - 1) : (one * from + to / 2) / to
    let position = index * scale + (hasHalfPixelCenters ? scale / 2 - one / 2 : 0)
    let lower = max(position / one, 0)
    let upper = min((position + one - 1) / one, from - 1)
    return BilinearKernel.Place(
      lower: Int32(lower), upper: Int32(upper), distance: Int32(position - one * lower))
  }

  private func floatScale(_ from: Int, _ to: Int) -> Float {
    alignsCorners && to > 1 ? Float(from - 1) / Float(to - 1) : Float(from) / Float(to)
  }
}
