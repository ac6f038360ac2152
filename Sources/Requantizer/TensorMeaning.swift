/// What the stored integers of a re-quantized activation stand for: `real = scale · (stored − zeroPoint) + offset`.
///
/// A machine only sees integers: any factor and any constant of a tensor may be absorbed in the layers that write and read
/// it. Where that was done, the file's scale and zero point, which the profile may restrict, no longer say what the source's
/// real numbers are; this does.
public struct TensorMeaning: Sendable, Codable, Hashable {
  /// The tensor's index.
  public let tensor: Int
  /// The real size of one step: one number, or one for each channel (the last axis).
  public var scales: [Double]
  /// The real number that the zero point stands for.
  public var offset: Double

  /// Creates a meaning.
  public init(tensor: Int, scales: [Double], offset: Double) {
    self.tensor = tensor
    self.scales = scales
    self.offset = offset
  }

  /// The step of a channel.
  public func scale(_ channel: Int) -> Double { scales[scales.count == 1 ? 0 : channel] }
}
