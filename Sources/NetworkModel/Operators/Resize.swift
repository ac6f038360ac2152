/// RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: images of another height and width.
///
/// Operands: input `[N,H,W,C]`, a constant `[2]` with the new height and width.
package struct Resize: OperatorRules, Hashable {
  /// Whether the nearest element is taken rather than a mean of four.
  package var takesNearest: Bool
  /// Whether the corners of both images lie on each other.
  package var alignsCorners: Bool
  /// Whether pixels have their centres at half numbers.
  package var hasHalfPixelCenters: Bool

  /// Creates the operator's options.
  package init(takesNearest: Bool, alignsCorners: Bool = false, hasHalfPixelCenters: Bool = false) {
    self.takesNearest = takesNearest
    self.alignsCorners = alignsCorners
    self.hasHalfPixelCenters = hasHalfPixelCenters
  }

  var name: String { takesNearest ? "RESIZE_NEAREST_NEIGHBOR" : "RESIZE_BILINEAR" }
  var rescaling: Rescaling { .shared }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard operands.count == 2, let input = operands[0]?.shape, input.rank == 4, let size = operands[1]?.integers(),
      size.count == 2, size.allSatisfy({ (1...Int64(Network.resizeLimit)).contains($0) })
    else {
      return .fault("needs a 4-axis input and a constant with a height and a width of 1 to \(Network.resizeLimit)")
    }
    guard max(input[1], input[2]) <= Network.resizeLimit else {
      return .fault("has an input of \(input); images are up to \(Network.resizeLimit) high and wide")
    }
    // TensorFlow Lite allows both at once for the nearest element only.
    guard takesNearest || !(alignsCorners && hasHalfPixelCenters) else {
      return .fault("aligns corners and has half-pixel centres; one excludes the other")
    }
    return .success(Shape([input[0], Int(size[0]), Int(size[1]), input[3]]))
  }
}

extension Network {
  /// The largest height or width that RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR take: positions have 10 fraction bits
  /// and 31 bits in all.
  package static let resizeLimit = 1 << 16
}
