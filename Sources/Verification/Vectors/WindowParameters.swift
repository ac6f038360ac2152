internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// A convolution's extents as the manifest states them; all as the machine sees them, a fully connected layer as a
/// window of one pixel.
struct ConvolutionParameters: Encodable {
  /// `[N, H, W, C]` of one sample.
  let input: [Int]
  /// `[N, H', W', O]` of one sample.
  let output: [Int]
  let window: WindowParameters
  /// The distances of the input's rows and of its columns, with zeros between them: TRANSPOSE_CONV.
  let spread: [Int]
  /// Output channel `o` reads the input channels of the group `o / (O / groups)`.
  let groups: Int
  /// Products of one sum.
  let taps: Int
  let order: String

  init(_ kernel: ConvolutionKernel) {
    input = kernel.input.extents
    output = kernel.output.extents
    window = WindowParameters(kernel.window)
    spread = kernel.spread
    groups = kernel.groups
    taps = kernel.taps
    order = kernel.order.rawValue
  }
}

/// A pool as the manifest states it.
struct PoolingParameters: Encodable {
  let window: WindowParameters
  /// `maximum`, `divide` (of the sum of stored integers) or `reciprocal` (of the sum less the zero point).
  let method: String
  /// How a quotient is rounded.
  var rounding: String?
  /// Subtracted from each element before `reciprocal`.
  var inputZeroPoint: Int64?
  /// For each number of elements in a window, from 1 on, how their sum is requantized.
  var reciprocals: [VectorManifest.Stage]?
  /// The same where not all have the same stages.
  var reciprocalsInWords: [[String]]?
  /// Added to what a reciprocal gives.
  var zeroPoint: Int64 = 0
  /// The clamp.
  let low: Int64
  let high: Int64
}

/// Where windows lie on an image.
struct WindowParameters: Encodable {
  let rows: Window
  let columns: Window
  let padTop: Int
  let padLeft: Int

  init(_ geometry: WindowGeometry) {
    rows = geometry.rows
    columns = geometry.columns
    padTop = geometry.padTop
    padLeft = geometry.padLeft
  }
}
