/// The affine map between stored integers and real numbers: `real = scale · (stored − zeroPoint)`.
package struct Quantization: Hashable, Sendable, Codable {
  /// One scale for the whole tensor, or one for each slice along ``axis``; real units per step.
  package var scales: [Float]
  /// As many zero points as scales.
  package var zeroPoints: [Int64]
  /// The axis along which a per-axis quantization varies.
  package var axis: Int

  /// Creates a per-axis quantization.
  package init(scales: [Float], zeroPoints: [Int64], axis: Int) {
    self.scales = scales
    self.zeroPoints = zeroPoints
    self.axis = axis
  }

  /// Creates a per-tensor quantization.
  package init(scale: Float, zeroPoint: Int64 = 0) {
    self.init(scales: [scale], zeroPoints: [zeroPoint], axis: 0)
  }

  /// Whether each slice along an axis has a scale of its own.
  package var isPerAxis: Bool { scales.count > 1 }

  /// The one scale of a per-tensor quantization, or a per-axis quantization's first.
  package var scale: Float { scales[0] }

  /// The one zero point of a per-tensor quantization, or a per-axis quantization's first.
  package var zeroPoint: Int64 { zeroPoints[0] }

  /// The scale of one slice.
  package func scale(at index: Int) -> Float { scales[isPerAxis ? index : 0] }

  /// The zero point of one slice.
  package func zeroPoint(at index: Int) -> Int64 { zeroPoints[zeroPoints.count > 1 ? index : 0] }
}
