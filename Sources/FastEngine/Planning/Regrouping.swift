internal import NetworkModel
internal import Simulation

/// A step between dense copies of values that have margins for other readers.
///
/// A fully connected layer sees rows of elements where others see an image; rows and margins do not go together.
struct Regrouped: PreparedStep {
  /// Runs before the step.
  let before: (any PreparedStep)?
  let step: any PreparedStep
  /// Runs after the step.
  let after: Copying?

  var kernel: String { step.kernel }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    try before?.run(arena, &events)
    try step.run(arena, &events)
    after?.run(arena, &events)
  }
}

/// Writes a constant that a step reads like an activation.
struct ConstantFill: PreparedStep {
  let layout: Layout
  let elements: [Int32]

  var kernel: String { "constant" }

  func run(_ arena: Arena, _ events: inout StepEvents) { Elements(layout: layout).write(elements, arena) }
}

extension Step {
  /// Whether the step takes constants from the program rather than from the arena.
  var readsConstantsItself: Bool {
    switch kernel {
    case .add, .concatenation, .binary, .hostBinary: true
    default: false
    }
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
