/// The options that AVERAGE_POOL_2D and MAX_POOL_2D share.
package struct Pool2D: Hashable, Sendable {
  /// The placement at the borders.
  package var padding: Padding
  /// The window's height.
  package var filterHeight: Int
  /// The window's width.
  package var filterWidth: Int
  /// The vertical stride.
  package var strideHeight: Int
  /// The horizontal stride.
  package var strideWidth: Int
  /// The fused clamp.
  package var activation: Activation

  /// Creates the operator's options.
  package init(
    padding: Padding, filterHeight: Int, filterWidth: Int, strideHeight: Int = 1, strideWidth: Int = 1,
    activation: Activation = .none
  ) {
    self.padding = padding
    self.filterHeight = filterHeight
    self.filterWidth = filterWidth
    self.strideHeight = strideHeight
    self.strideWidth = strideWidth
    self.activation = activation
  }

  /// The vertical window.
  package var rows: Window { Window(size: filterHeight, stride: strideHeight) }

  /// The horizontal window.
  package var columns: Window { Window(size: filterWidth, stride: strideWidth) }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard operands.count == 1, let input = operands[0]?.shape, input.rank == 4 else {
      return .fault("needs one input of 4 axes")
    }
    guard let rows = rows.placement(over: input[1], padding),
      let columns = columns.placement(over: input[2], padding)
    else { return .fault("its \(filterHeight)×\(filterWidth) window does not fit an input of \(input)") }
    return .success(Shape([input[0], rows.outputs, columns.outputs, input[3]]))
  }
}

/// AVERAGE_POOL_2D: the mean of the elements of each window that lie inside of the image.
struct AveragePoolRules: OperatorRules {
  let window: Pool2D

  var name: String { "AVERAGE_POOL_2D" }
  var rescaling: Rescaling { .shared }
  var activation: Activation { window.activation }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> { window.outputShape(operands) }
}

/// MAX_POOL_2D: the largest element of each window that lies inside of the image.
struct MaxPoolRules: OperatorRules {
  let window: Pool2D

  var name: String { "MAX_POOL_2D" }
  var rescaling: Rescaling { .shared }
  var activation: Activation { window.activation }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> { window.outputShape(operands) }
}
