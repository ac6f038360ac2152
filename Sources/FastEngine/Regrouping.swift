internal import Network
internal import Simulation

/// A step between dense copies of values that have margins for other readers.
///
/// A fully connected layer sees rows of elements where others see an image; rows and margins do not go together.
struct Regrouped: PreparedStep {
  /// Runs before the step.
  let before: Copying?
  let step: any PreparedStep
  /// Runs after the step.
  let after: Copying?

  var kernel: String { step.kernel }

  func run(_ arena: Arena) throws(SimulationError) {
    before?.run(arena)
    try step.run(arena)
    after?.run(arena)
  }
}

extension Layout {
  /// The same elements without margins at another place.
  func dense(at offset: Int) -> Layout {
    var layout = self
    (layout.top, layout.bottom, layout.left, layout.right) = (0, 0, 0, 0)
    layout.offset = offset
    return layout
  }

  /// Whether a convolution sees another shape than the value's own, so that margins would lie among its elements.
  func needsCopy(for shape: Shape) -> Bool { !isDense && shape.extents != [images, height, width, channels] }
}
