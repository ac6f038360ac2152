public import FixedPoint
public import HardwareProfile
public import NetworkModel

/// The last part of most steps: requantize, add the zero point, clamp.
public struct OutputStage: Hashable, Sendable {
  /// One requantization for all channels, or one for each.
  public var requantizations: [Requantization]
  /// Added after the requantization.
  public var zeroPoint: Int64
  /// The smallest result.
  public var low: Int64
  /// The largest result.
  public var high: Int64
  /// Whether a value below ``low`` is lost because the format ends there, rather than cut by a fused activation.
  public var lowIsFormat: Bool
  /// Whether a value above ``high`` is lost because the format ends there.
  public var highIsFormat: Bool

  /// Creates an output stage.
  public init(
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
  public func requantization(_ channel: Int) -> Requantization {
    requantizations[requantizations.count == 1 ? 0 : channel]
  }
}

/// The register that adds, as the machine has it.
public struct AccumulatorRule: Hashable, Sendable {
  /// The register's format.
  public var format: IntegerFormat
  /// What happens to a sum that does not fit.
  public var overflow: Overflow
  /// How many products are added exactly before the register checks.
  ///
  /// `nil` checks once, when all products and the bias have been added exactly. The two terms of an ADD are one group
  /// unless each product is checked.
  public var productsPerCheck: Int?
  /// Whether the register starts from the bias rather than ends with it.
  public var startsFromBias: Bool

  /// Creates a rule.
  public init(format: IntegerFormat, overflow: Overflow, productsPerCheck: Int?, startsFromBias: Bool) {
    self.format = format
    self.overflow = overflow
    self.productsPerCheck = productsPerCheck
    self.startsFromBias = startsFromBias
  }
}

/// Where a window lies on an image.
public struct WindowGeometry: Hashable, Sendable {
  /// The vertical window.
  public var rows: Window
  /// The horizontal window.
  public var columns: Window
  /// Elements of padding above the image.
  public var padTop: Int
  /// Elements of padding left of the image.
  public var padLeft: Int

  /// Creates a geometry.
  public init(rows: Window, columns: Window, padTop: Int, padLeft: Int) {
    self.rows = rows
    self.columns = columns
    self.padTop = padTop
    self.padLeft = padLeft
  }
}

/// CONV_2D, DEPTHWISE_CONV_2D (as many groups as input channels), FULLY_CONNECTED (images of one pixel) and
/// TRANSPOSE_CONV (elements spread out).
public struct ConvolutionKernel: Hashable, Sendable {
  /// The input as `[N, H, W, C]`.
  public var input: Shape
  /// The output as `[N, H', W', O]`.
  public var output: Shape
  /// Where the windows lie.
  public var window: WindowGeometry
  /// The distances of the input's rows and of its columns where zeros stand between them: TRANSPOSE_CONV.
  public var spread = [1, 1]
  /// Into how many groups the channels are divided; output channel `o` reads the group `o / (O / groups)`.
  public var groups: Int
  /// Subtracted from each input element; a tap in the padding contributes nothing.
  public var inputZeroPoint: Int32
  /// `[O][taps]`, stored integer minus zero point, in the order in which the machine adds.
  public var weights: [Int32]
  /// The order of the taps within a window.
  public var order: AccumulationOrder
  /// One for each output channel.
  public var bias: [Int64]
  /// The register.
  public var accumulator: AccumulatorRule
  /// From the register to the output.
  public var outputStage: OutputStage

  /// The taps of one output channel.
  public var taps: Int { window.rows.size * window.columns.size * (input[3] / groups) }
}

/// ADD: each operand is shifted and requantized, the register adds both, the sum is requantized.
public struct AddKernel: Hashable, Sendable {
  /// How one operand comes to the common scale.
  public struct Operand: Hashable, Sendable {
    /// Subtracted first.
    public var zeroPoint: Int64
    /// To the common scale.
    public var alignment: Requantization
  }

  /// The two operands.
  public var operands: [Operand]
  /// The register.
  public var accumulator: AccumulatorRule
  /// From the register to the output.
  public var outputStage: OutputStage
}

/// AVERAGE_POOL_2D: what lies in the padding is not counted.
public struct AveragePoolKernel: Hashable, Sendable {
  /// How a sum becomes a mean.
  public enum Division: Hashable, Sendable {
    /// The sum of stored integers, divided exactly and rounded.
    case divide(Rounding)
    /// The sum of `x − zeroPoint`, requantized by the entry for the number of elements less one.
    case reciprocals([Requantization])
  }

  /// Where the windows lie.
  public var window: WindowGeometry
  /// Subtracted from each element before `reciprocals`.
  public var inputZeroPoint: Int64
  /// How a sum becomes a mean.
  public var division: Division
  /// The zero point (for `reciprocals`) and the clamp.
  public var outputStage: OutputStage
}

/// MAX_POOL_2D: what lies in the padding is not looked at.
public struct MaxPoolKernel: Hashable, Sendable {
  /// Where the windows lie.
  public var window: WindowGeometry
  /// The smallest result.
  public var low: Int64
  /// The largest result.
  public var high: Int64
}

/// MEAN and SUM: the sum of `x − zeroPoint` over the axes, requantized, with the division in it for MEAN.
public struct MeanKernel: Hashable, Sendable {
  /// The reduced axes, ascending.
  public var axes: [Int]
  /// Subtracted from each element.
  public var inputZeroPoint: Int64
  /// From the sum to the output.
  public var outputStage: OutputStage
}

/// QUANTIZE between integers, RELU and its kin: `x − zeroPoint`, requantized.
public struct RescaleKernel: Hashable, Sendable {
  /// Subtracted from each element.
  public var inputZeroPoint: Int64
  /// To the output.
  public var outputStage: OutputStage
}

/// A function of one integer, by enumeration.
public struct TableKernel: Hashable, Sendable {
  /// The input that the first entry belongs to.
  public var first: Int32
  /// The results, one for each input from ``first`` on.
  public var entries: [Int32]
}

/// PAD.
public struct PadKernel: Hashable, Sendable {
  /// The elements before each axis.
  public var before: [Int]
  /// The elements after each axis.
  public var after: [Int]
  /// What is added.
  public var value: Int32
}

/// CONCATENATION and PACK.
public struct ConcatenationKernel: Hashable, Sendable {
  /// The axis of the output, zero or more.
  public var axis: Int
  /// Whether the inputs lack the axis: PACK.
  public var addsAxis = false
  /// For each input the table that rescales it, or `nil` where it is copied.
  public var tables: [TableKernel?]
  /// The smallest result.
  public var low: Int64
  /// The largest result.
  public var high: Int64
}

/// QUANTIZE from float32: `clamp(round(x / scale) + zeroPoint)`, ties away from zero, on the host.
public struct QuantizeFloatKernel: Hashable, Sendable {
  /// The scale's float32 bit pattern.
  public var scaleBits: UInt32
  /// Added after rounding.
  public var zeroPoint: Int64
  /// The smallest result.
  public var low: Int64
  /// The largest result.
  public var high: Int64
}

/// SOFTMAX in float32, over the last axis.
public struct FloatSoftmaxKernel: Hashable, Sendable {
  /// The constants of the arithmetic.
  public var parameters: FloatSoftmax
  /// The output's format.
  public var format: IntegerFormat
}

/// SOFTMAX in TensorFlow Lite's fixed-point arithmetic, over the last axis.
public struct SoftmaxKernel: Hashable, Sendable {
  /// The constants of the arithmetic.
  public var parameters: TFLiteSoftmax
  /// The output's format.
  public var format: IntegerFormat
}

/// SOFTMAX of 16-bit integers in TensorFlow Lite's arithmetic, over the last axis.
public struct Softmax16Kernel: Hashable, Sendable {
  /// The constants of the arithmetic.
  public var parameters: TFLiteSoftmax16
}
