/// Operators that take elements of one input to other places, by rules that no element decides.
///
/// Each says of its outputs where their elements stand in the input; nothing else needs to know the operator. A new one
/// is its file, one case here and one row in `TFLite/MovementCodes.swift`.
package enum Movement: Hashable, Sendable {
  case transpose(Transpose)
  case slice(Slice)
  case stridedSlice(StridedSlice)
  case split(Split)
  case unpack(Unpack)
  case squeeze(Squeeze)
  case expandDims(ExpandDims)
  case blocks(Blocks)

  var rules: any MovementRules {
    switch self {
    case .transpose(let rules): rules
    case .slice(let rules): rules
    case .stridedSlice(let rules): rules
    case .split(let rules): rules
    case .unpack(let rules): rules
    case .squeeze(let rules): rules
    case .expandDims(let rules): rules
    case .blocks(let rules): rules
    }
  }

  /// For each output where its elements stand in the input.
  ///
  /// - Parameter operands: The operands by position; `nil` where one is absent.
  /// - Returns: The views, or the reason why the operands do not fit.
  package func views(_ operands: [Tensor?]) -> Result<[View], OperandFault> { rules.views(operands) }

  /// The position of the operand that is moved; the others say how.
  package var dataPosition: Int { rules.dataPosition }
}

/// Elements of a tensor in another order or shape: what a walk over some axes meets.
package struct View: Hashable, Sendable {
  /// One axis of the walk.
  package struct Axis: Hashable, Sendable {
    /// What the axis's first position adds to the number of the tensor's element.
    package var first: Int
    /// What each further position adds; may be negative.
    package var step: Int
    /// The positions.
    package var count: Int
  }

  /// The shape of the result.
  package var shape: Shape
  /// The axes of the walk, the outermost first.
  ///
  /// They may be others than the result's, but have as many elements.
  package var axes: [Axis]

  /// A view whose walk has the result's axes.
  init(_ axes: [Axis]) {
    shape = Shape(axes.map(\.count))
    self.axes = axes
  }

  /// A view of another shape than its walk.
  init(shape: Shape, _ axes: [Axis]) {
    self.shape = shape
    self.axes = axes
  }

  /// All elements in their order.
  init(of tensor: Shape) {
    self.init(zip(tensor.extents, tensor.strides).map { Axis(first: 0, step: $1, count: $0) })
  }

  /// The same elements under another shape.
  func renamed(_ shape: Shape) -> View { View(shape: shape, axes) }

  /// Whether all elements of a tensor stand in their order.
  package func isWhole(of tensor: Shape) -> Bool {
    guard shape.count == tensor.count else { return false }
    var stride = tensor.count
    for axis in axes {
      stride /= max(axis.count, 1)
      if axis.first != 0 || (axis.step != stride && axis.count > 1) { return false }
    }
    return true
  }
}

/// What each movement's file states.
protocol MovementRules: OperatorRules {
  /// The position of the operand that is moved.
  var dataPosition: Int { get }
  /// For each output where its elements stand in the input, with every condition on the operands.
  func views(_ operands: [Tensor?]) -> Result<[View], OperandFault>
}

extension MovementRules {
  var dataPosition: Int { 0 }
  var rescaling: Rescaling { .shared }

  func outputShapes(_ operands: [Tensor?]) -> Result<[Shape], OperandFault> {
    views(operands).map { $0.map(\.shape) }
  }

  /// The shape of an operator's only output.
  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    outputShapes(operands).flatMap { shapes in
      shapes.count == 1 ? .success(shapes[0]) : .fault("has \(shapes.count) outputs")
    }
  }
}

extension Shape {
  /// The distance of neighbours along each axis, in elements.
  package var strides: [Int] {
    var result = [Int](repeating: 1, count: rank)
    for axis in result.indices.dropLast().reversed() { result[axis] = result[axis + 1] * extents[axis + 1] }
    return result
  }
}

extension Result where Success == [View], Failure == OperandFault {
  static func fault(_ text: String) -> Self { .failure(OperandFault(text)) }
}
