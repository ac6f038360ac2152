package import FixedPoint
package import HardwareProfile
package import NetworkModel

/// The last part of most steps: requantize, add the zero point, clamp.
package struct OutputStage: Hashable, Sendable {
  /// One requantization for all channels, or one for each.
  package var requantizations: [Requantization]
  /// Added after the requantization.
  package var zeroPoint: Int64
  /// The smallest result.
  package var low: Int64
  /// The largest result.
  package var high: Int64
  /// Whether a value below ``low`` is lost because the format ends there, rather than cut by a fused activation.
  package var lowIsFormat: Bool
  /// Whether a value above ``high`` is lost because the format ends there.
  package var highIsFormat: Bool

  /// Creates an output stage.
  package init(
    requantizations: [Requantization], zeroPoint: Int64, low: Int64, high: Int64, lowIsFormat: Bool, highIsFormat: Bool
  ) {
    self.requantizations = requantizations
    self.zeroPoint = zeroPoint
    self.low = low
    self.high = high
    self.lowIsFormat = lowIsFormat
    self.highIsFormat = highIsFormat
  }

  /// The requantization of one channel.
  package func requantization(_ channel: Int) -> Requantization {
    requantizations[requantizations.count == 1 ? 0 : channel]
  }
}

/// The register that adds, as the machine has it.
package struct AccumulatorRule: Hashable, Sendable {
  /// The register's format.
  package var format: IntegerFormat
  /// What happens to a sum that does not fit.
  package var overflow: Overflow
  /// How many products are added exactly before the register checks.
  ///
  /// `nil` checks once, when all products and the bias have been added exactly. The two terms of an ADD are one group
  /// unless each product is checked.
  package var productsPerCheck: Int?
  /// Whether the register starts from the bias rather than ends with it.
  package var startsFromBias: Bool

  /// Creates a rule.
  package init(format: IntegerFormat, overflow: Overflow, productsPerCheck: Int?, startsFromBias: Bool) {
    self.format = format
    self.overflow = overflow
    self.productsPerCheck = productsPerCheck
    self.startsFromBias = startsFromBias
  }
}

/// Where a window lies on an image.
package struct WindowGeometry: Hashable, Sendable {
  /// The vertical window.
  package var rows: Window
  /// The horizontal window.
  package var columns: Window
  /// Elements of padding above the image.
  package var padTop: Int
  /// Elements of padding left of the image.
  package var padLeft: Int

  /// Creates a geometry.
  package init(rows: Window, columns: Window, padTop: Int, padLeft: Int) {
    self.rows = rows
    self.columns = columns
    self.padTop = padTop
    self.padLeft = padLeft
  }
}

/// CONV_2D, DEPTHWISE_CONV_2D (as many groups as input channels), FULLY_CONNECTED (images of one pixel) and
/// TRANSPOSE_CONV (elements spread out).
package struct ConvolutionKernel: Hashable, Sendable {
  /// The input as `[N, H, W, C]`.
  package var input: Shape
  /// The output as `[N, H', W', O]`.
  package var output: Shape
  /// Where the windows lie.
  package var window: WindowGeometry
  /// The distances of the input's rows and of its columns where zeros stand between them: TRANSPOSE_CONV.
  package var spread = [1, 1]
  /// Into how many groups the channels are divided; output channel `o` reads the group `o / (O / groups)`.
  package var groups: Int
  /// Subtracted from each input element; a tap in the padding contributes nothing.
  package var inputZeroPoint: Int32
  /// `[O][taps]`, stored integer minus zero point, in the order in which the machine adds.
  package var weights: [Int32]
  /// The order of the taps within a window.
  package var order: AccumulationOrder
  /// One for each output channel.
  package var bias: [Int64]
  /// The register.
  package var accumulator: AccumulatorRule
  /// From the register to the output.
  package var outputStage: OutputStage

  /// The taps of one output channel.
  package var taps: Int { window.rows.size * window.columns.size * (input[3] / groups) }
}

/// ADD: each operand is shifted and requantized, the register adds both, the sum is requantized.
package struct AddKernel: Hashable, Sendable {
  /// How one operand comes to the common scale.
  package struct Operand: Hashable, Sendable {
    /// Subtracted first.
    package var zeroPoint: Int64
    /// To the common scale.
    package var alignment: Requantization
  }

  /// The two operands.
  package var operands: [Operand]
  /// The register.
  package var accumulator: AccumulatorRule
  /// From the register to the output.
  package var outputStage: OutputStage
}

/// AVERAGE_POOL_2D: what lies in the padding is not counted.
package struct AveragePoolKernel: Hashable, Sendable {
  /// How a sum becomes a mean.
  package enum Division: Hashable, Sendable {
    /// The sum of stored integers, divided exactly and rounded.
    case divide(Rounding)
    /// The sum of `x − zeroPoint`, requantized by the entry for the number of elements less one.
    case reciprocals([Requantization])
  }

  /// Where the windows lie.
  package var window: WindowGeometry
  /// Subtracted from each element before `reciprocals`.
  package var inputZeroPoint: Int64
  /// How a sum becomes a mean.
  package var division: Division
  /// The zero point (for `reciprocals`) and the clamp.
  package var outputStage: OutputStage
}

/// MAX_POOL_2D: what lies in the padding is not looked at.
package struct MaxPoolKernel: Hashable, Sendable {
  /// Where the windows lie.
  package var window: WindowGeometry
  /// The smallest result.
  package var low: Int64
  /// The largest result.
  package var high: Int64
}

/// MEAN and SUM: the sum of `x − zeroPoint` over the axes, requantized, with the division in it for MEAN.
package struct MeanKernel: Hashable, Sendable {
  /// The reduced axes, ascending.
  package var axes: [Int]
  /// Subtracted from each element.
  package var inputZeroPoint: Int64
  /// From the sum to the output.
  package var outputStage: OutputStage
}

/// QUANTIZE between integers, RELU and its kin: `x − zeroPoint`, requantized.
package struct RescaleKernel: Hashable, Sendable {
  /// Subtracted from each element.
  package var inputZeroPoint: Int64
  /// To the output.
  package var outputStage: OutputStage
}

/// A function of one integer, by enumeration.
package struct TableKernel: Hashable, Sendable {
  /// The input that the first entry belongs to.
  package var first: Int32
  /// The results, one for each input from ``first`` on.
  package var entries: [Int32]
}

/// PAD.
package struct PadKernel: Hashable, Sendable {
  /// The elements before each axis.
  package var before: [Int]
  /// The elements after each axis.
  package var after: [Int]
  /// What is added.
  package var value: Int32
}

/// CONCATENATION and PACK.
package struct ConcatenationKernel: Hashable, Sendable {
  /// The axis of the output, zero or more.
  package var axis: Int
  /// Whether the inputs lack the axis: PACK.
  package var addsAxis = false
  /// For each input the table that rescales it, or `nil` where it is copied.
  package var tables: [TableKernel?]
  /// The smallest result.
  package var low: Int64
  /// The largest result.
  package var high: Int64
}

/// QUANTIZE from float32: `clamp(round(x / scale) + zeroPoint)`, ties away from zero, on the host.
package struct QuantizeFloatKernel: Hashable, Sendable {
  /// The scale's float32 bit pattern.
  package var scaleBits: UInt32
  /// Added after rounding.
  package var zeroPoint: Int64
  /// The smallest result.
  package var low: Int64
  /// The largest result.
  package var high: Int64
}

/// SOFTMAX in float32, over the last axis.
package struct FloatSoftmaxKernel: Hashable, Sendable {
  /// The constants of the arithmetic.
  package var parameters: FloatSoftmax
  /// The output's format.
  package var format: IntegerFormat
}

/// SOFTMAX in TensorFlow Lite's fixed-point arithmetic, over the last axis.
package struct SoftmaxKernel: Hashable, Sendable {
  /// The constants of the arithmetic.
  package var parameters: TFLiteSoftmax
  /// The output's format.
  package var format: IntegerFormat
}

/// SOFTMAX of 16-bit integers in TensorFlow Lite's arithmetic, over the last axis.
package struct Softmax16Kernel: Hashable, Sendable {
  /// The constants of the arithmetic.
  package var parameters: TFLiteSoftmax16
}
