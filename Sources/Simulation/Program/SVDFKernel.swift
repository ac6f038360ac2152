package import FixedPoint

/// SVDF of 8-bit inputs and 16-bit features for the first element of a sequence: all features before it are zero, so
/// that only the last time counts.
///
/// Source: `EvalIntegerSVDF` in TensorFlow Lite's `kernels/internal/reference/svdf.h`.
package struct SVDFKernel: Hashable, Sendable {
  /// The samples of a batch.
  package var batches: Int
  /// The numbers of an input.
  package var inputs: Int
  /// The filters of a unit.
  package var rank: Int
  /// Subtracted from the input.
  package var inputZeroPoint: Int32
  /// `[units·rank][inputs]`.
  package var features: [Int32]
  /// From the products with the input to the 16-bit feature.
  package var featureRequantization: Requantization
  /// For each filter the weight of the last time.
  package var times: [Int32]
  /// One for each unit.
  package var bias: [Int32]
  /// From the sum of a unit to the output.
  package var outputStage: OutputStage
}
