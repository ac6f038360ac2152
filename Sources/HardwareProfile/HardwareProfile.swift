package import FixedPoint

/// What decides each bit that a machine computes, and the limits that decide whether a model fits it.
///
/// A profile is a value read from JSON; nothing in the simulator depends on a machine in any other way.
package struct HardwareProfile: Hashable, Sendable {
  /// The version of the schema that this code reads.
  package static let schemaVersion = 1

  /// The name by which users call the profile.
  package var name: String
  /// Who makes the machine; empty for a generic one.
  package var vendor: String
  /// What the machine is, in a sentence.
  package var summary: String
  /// Where the facts come from: documents, source files.
  package var sources: [String]
  /// By what evidence the profile is known to be right, "from documentation", or "not certified".
  package var certified: String
  /// What activations may look like.
  package var activations: ActivationScheme
  /// What weights may look like.
  package var weights: WeightScheme
  /// What biases may look like.
  package var bias: BiasScheme
  /// The register that adds products.
  package var accumulator: AccumulatorScheme
  /// The way from an accumulator to an output, where an operator has no way of its own.
  package var requantize: [StageTemplate]
  /// The operators that the machine knows, by TensorFlow Lite's name; any other is unsupported.
  package var operators: [String: OperatorPolicy]
  /// The clamps that can be fused into an operator, by TensorFlow Lite's name.
  package var fusedActivations: [String]
  /// How the bounds of those clamps become stored integers, where an operator has no way of its own.
  package var fusedBounds: FusedBounds = .awayFromZeroThenZeroPoint
  /// Sizes that a model may not exceed.
  package var limits: Limits
  /// The arithmetic of operators on int16 activations, where it is not that of the other formats.
  package var int16: Int16Arithmetic? = nil
}

/// Whether scales may be any real number.
package enum ScaleKind: String, CaseIterable, Sendable, Hashable, Codable {
  /// Any positive number.
  case real
  /// Two to an integer power.
  case powerOfTwo
}

/// Whether stored integers may carry an offset.
package enum ZeroPointKind: String, CaseIterable, Sendable, Hashable, Codable {
  /// Any integer of the format.
  case any
  /// Zero only: a symmetric quantization.
  case none
}

/// Whether one scale serves a whole tensor or one slice of it.
package enum Granularity: String, CaseIterable, Sendable, Hashable, Codable {
  /// One scale for the whole tensor.
  case tensor
  /// One scale for each output channel.
  case channel
}

/// What activations may look like.
package struct ActivationScheme: Hashable, Sendable {
  /// The stored formats.
  package var formats: [IntegerFormat]
  /// Whether a zero point other than 0 is allowed.
  package var zeroPoint: ZeroPointKind
  /// Whether scales are restricted.
  package var scale: ScaleKind
}

/// What weights may look like.
package struct WeightScheme: Hashable, Sendable {
  /// The formats that state which integers a weight may be; a file may store them in a wider type.
  package var formats: [IntegerFormat]
  /// Whether a zero point other than 0 is allowed.
  package var zeroPoint: ZeroPointKind
  /// Whether scales are restricted.
  package var scale: ScaleKind
  /// Which granularities are allowed, the preferred one first.
  package var granularity: [Granularity]
  /// Whether the format's smallest value is not used (−127…127 for int8).
  package var narrowRange: Bool
  /// Layers whose weights have other rules; of the exceptions that match a layer only the first applies.
  package var exceptions: [WeightException] = []
}

/// What biases may look like; a bias has the scale s_x·s_w and the zero point 0.
package struct BiasScheme: Hashable, Sendable {
  /// The stored width, signed.
  package var bits: Int
  /// How many bits a stored bias is shifted left by on its way into the register.
  package var shift: Int = 0
  /// How the bits that are not stored are rounded away, for `shift` above 0.
  package var rounding: Rounding = .tiesTowardPositive

  /// The integers that a file may hold as biases of a type with so many bits: the stored bits and those below them.
  package func fileFormat(storedIn width: Int) -> IntegerFormat { .int(min(bits + shift, width)) }

  /// What a bias of a file adds to the register: its stored bits, rounded and cut, shifted to their place.
  package func entering(_ value: Int64) -> Int64 {
    if shift == 0 { return value }
    return Int64(IntegerFormat.int(bits).saturate(Int128(shiftRight(value, by: shift, rounding)))) << Int64(shift)
  }
}

/// The register that adds products.
package struct AccumulatorScheme: Hashable, Sendable {
  /// The width, signed.
  package var bits: Int
  /// What happens to a sum that does not fit.
  package var overflow: Overflow
  /// When the machine checks for it.
  package var check: OverflowCheck
  /// The number of products that are added exactly before a check, for `check == .group`.
  package var groupSize: Int
  /// The order in which a convolution's products are added.
  package var order: AccumulationOrder
  /// Whether the register starts from the bias or the bias is added last.
  package var bias: BiasPosition
}

/// When an accumulator checks whether its sum fits.
package enum OverflowCheck: String, CaseIterable, Sendable, Hashable, Codable {
  /// After each product, and after the bias.
  case product
  /// After each group of products, and after the bias.
  case group
  /// Once, when all has been added exactly.
  case end
}

/// The order in which a convolution's products are added; outermost loop first.
package enum AccumulationOrder: String, CaseIterable, Sendable, Hashable, Codable {
  /// Kernel rows, then kernel columns, then input channels.
  case heightWidthChannel
  /// Input channels, then kernel rows, then kernel columns.
  case channelHeightWidth
}

/// Where the bias enters a sum.
package enum BiasPosition: String, CaseIterable, Sendable, Hashable, Codable {
  /// The register starts from it.
  case first
  /// It is added after the last product.
  case last
}

/// One stage of a requantization as a profile states it; lowering fills in the numbers for each scale.
package enum StageTemplate: Hashable, Sendable {
  /// `shiftLeft`: the multiplier's or shift's positive power of two, before anything else.
  case shiftLeft
  /// `multiply`: by a significand of `bits` bits (one of them the sign, the others fraction bits). With a rounding the
  /// fraction bits are shifted out at once; without one, the following `shift` removes them together with its own.
  /// With `reducedFrom` the significand is one of so many bits whose low ones are rounded away, ties up, and cut to the
  /// largest of `bits` bits.
  case multiply(bits: Int, rounding: Rounding?, reducedFrom: Int? = nil)
  /// `shift`: right, within limits, so that all stages together multiply by the factor that the scales give.
  case shift(rounding: Rounding, minimum: Int, maximum: Int)
  /// `float`: multiplies by a binary floating-point factor of 32 or 64 bits and rounds to an integer.
  /// `factor` says in which format the factor was formed from the scales.
  case float(bits: Int, rounding: Rounding, factor: FactorFormat = .float64)
  /// `fixedPoint`: multiplies by the factor in steps of 2^−`fraction`, and shifts those bits out. The multiplier, rounded
  /// ties to even, is signed and has `bits` bits; a factor below one step is not multiplied by.
  case fixedPoint(bits: Int, fraction: Int, rounding: Rounding, factor: FactorFormat = .float64)
  /// `thresholds`: counts the thresholds that a sum reaches; the exact product with the scale, rounded to nearest with
  /// ties toward positive infinity, within the output's format.
  case thresholds
  /// `saturate`: to a format.
  case saturate(IntegerFormat)
  /// `wrap`: to a format.
  case wrap(IntegerFormat)
}

/// The format in which a factor is formed from scales.
package enum FactorFormat: String, CaseIterable, Sendable, Hashable, Codable {
  /// Products and quotients of scales in double precision.
  case float64
  /// Each product and quotient rounded to float32.
  case float32
}

/// Who runs an operator.
package enum Placement: String, CaseIterable, Sendable, Hashable, Codable {
  /// The accelerator.
  case device
  /// The CPU beside it; the profile's formats do not bind its tensors.
  case host
}

/// How a machine runs one operator.
package struct OperatorPolicy: Hashable, Sendable {
  /// Who runs it.
  package var run: Placement
  /// Its own requantization; `nil` takes the profile's.
  package var requantize: [StageTemplate]?
  /// How ADD brings its inputs to one scale.
  package var alignment: AdditionAlignment?
  /// How AVERAGE_POOL_2D and MEAN divide.
  package var division: AverageDivision?
  /// What CONCATENATION does with inputs whose scales differ from the output's.
  package var inputScales: ConcatenationInputs?
  /// How the bounds of its fused clamp become stored integers; `nil` takes the profile's way.
  package var fusedBounds: FusedBounds?
  /// How SOFTMAX computes; `nil` is TensorFlow Lite's fixed-point arithmetic.
  package var softmax: SoftmaxMethod?
  /// The table by which a function of one number is found; `nil` is TensorFlow Lite's arithmetic.
  package var table: FunctionTable?
  /// The factors that the operator's kernel multiplies by; `nil` is any that the requantization takes.
  package var factors: FactorRange?
  /// How RESIZE_BILINEAR weights its elements; `nil` is TensorFlow Lite's arithmetic.
  package var blend: BlendWeights?
  /// The format in which MUL's factor is formed; `nil` is TensorFlow Lite's, float32.
  package var factor: FactorFormat?
  /// Forms of the operator that its kernel does not have.
  package var lacks: [OperatorForm]?
  /// The arithmetic of another kernel, for factors and forms that this one does not take; `nil` refuses them.
  package var otherwise: OtherArithmetic?
}

/// Sizes that a model may not exceed; `nil` is no limit.
package struct Limits: Hashable, Sendable {
  /// The largest kernel extent.
  package var kernelSize: Int?
  /// The largest stride.
  package var stride: Int?
  /// The largest dilation.
  package var dilation: Int?
  /// The most channels that a tensor may have.
  package var channels: Int?
  /// The bytes of all weights and biases.
  package var weightBytes: Int?
  /// The bytes of the largest activation tensor.
  package var activationBytes: Int?
}
