/// What the stored integers of a re-quantized activation stand for: `real = scale · (stored − zeroPoint) + offset`.
///
/// A machine only sees integers: any factor and any constant of a tensor may be absorbed in the layers that write and read
/// it. Where that was done, the file's scale and zero point, which the profile may restrict, no longer say what the source's
/// real numbers are; this does.
package struct TensorMeaning: Sendable, Codable, Hashable {
  /// The tensor's index.
  package let tensor: Int
  /// The real size of one step: one number, or one for each channel (the last axis).
  package var scales: [Double]
  /// The real number that the zero point stands for: one number, or one for each channel.
  package var offsets: [Double]

  /// Creates a meaning.
  package init(tensor: Int, scales: [Double], offsets: [Double] = [0]) {
    self.tensor = tensor
    self.scales = scales
    self.offsets = offsets
  }

  /// The step of a channel.
  package func scale(_ channel: Int) -> Double { scales[scales.count == 1 ? 0 : channel] }

  /// The real number that the zero point stands for in a channel.
  package func offset(_ channel: Int) -> Double { offsets[offsets.count == 1 ? 0 : channel] }

  /// Whether the zero point stands for another number than 0.
  package var isFolded: Bool { offsets.contains { $0 != 0 } }
}
