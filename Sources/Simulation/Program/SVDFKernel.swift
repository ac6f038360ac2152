public import FixedPoint

/// SVDF of 8-bit inputs and 16-bit features for the first element of a sequence: all features before it are zero, so
/// that only the last time counts.
///
/// Source: `EvalIntegerSVDF` in TensorFlow Lite's `kernels/internal/reference/svdf.h`.
public struct SVDFKernel: Hashable, Sendable {
  /// The samples of a batch.
  public var batches: Int
  /// The numbers of an input.
  public var inputs: Int
  /// The filters of a unit.
  public var rank: Int
  /// Subtracted from the input.
  public var inputZeroPoint: Int32
  /// `[units·rank][inputs]`.
  public var features: [Int32]
  /// From the products with the input to the 16-bit feature.
  public var featureRequantization: Requantization
  /// For each filter the weight of the last time.
  public var times: [Int32]
  /// One for each unit.
  public var bias: [Int32]
  /// From the sum of a unit to the output.
  public var outputStage: OutputStage
}
