internal import FixedPoint

extension ScaleKind: ProfileWord {
  var meaning: String {
    switch self {
    case .real: "a scale is any positive number"
    case .powerOfTwo: "a scale is two to an integer power"
    }
  }
}

extension ZeroPointKind: ProfileWord {
  var meaning: String {
    switch self {
    case .any: "a zero point is any integer of the format"
    case .none: "the zero point is 0"
    }
  }
}

extension Granularity: ProfileWord {
  var meaning: String {
    switch self {
    case .tensor: "one scale for a whole tensor"
    case .channel: "one scale for each output channel"
    }
  }
}

extension LayerPosition: ProfileWord {
  var meaning: String {
    switch self {
    case .first: "the first layer with weights that the device runs, in the order of execution"
    case .last: "the last layer with weights that the device runs"
    }
  }
}

extension Overflow: ProfileWord {
  var meaning: String {
    switch self {
    case .wrap: "a sum that does not fit keeps its low bits"
    case .saturate: "a sum that does not fit becomes the nearest value that does"
    case .trap: "a sum that does not fit ends the simulation with an error"
    }
  }
}

extension OverflowCheck: ProfileWord {
  var meaning: String {
    switch self {
    case .product: "the register is checked after each product and after the bias"
    case .group: "the register is checked after each group of groupSize products and after the bias"
    case .end: "the register is checked once, when all has been added exactly"
    }
  }
}

extension AccumulationOrder: ProfileWord {
  var meaning: String {
    switch self {
    case .heightWidthChannel: "products are added by kernel rows, then kernel columns, then input channels"
    case .channelHeightWidth: "products are added by input channels, then kernel rows, then kernel columns"
    }
  }
}

extension BiasPosition: ProfileWord {
  var meaning: String {
    switch self {
    case .first: "the register starts from the bias"
    case .last: "the bias is added after the last product"
    }
  }
}

extension Placement: ProfileWord {
  var meaning: String {
    switch self {
    case .device: "the accelerator runs it"
    case .host: "the CPU beside the accelerator runs it, and the formats of the profile do not bind its tensors"
    }
  }
}

extension FactorFormat: ProfileWord {
  var meaning: String {
    switch self {
    case .float64: "factors are formed from scales in double precision"
    case .float32: "each product and quotient of scales is rounded to float32"
    }
  }
}

extension FusedBounds: ProfileWord {
  var meaning: String {
    switch self {
    case .awayFromZeroThenZeroPoint:
      "the float32 quotient of bound and scale is rounded, ties away from zero, and the zero point added"
    case .zeroPointThenToEven: "the zero point is added to the float32 quotient, and the sum rounded, ties to even"
    }
  }
}

extension SoftmaxMethod: ProfileWord {
  var meaning: String {
    switch self {
    case .fixedPoint: "TensorFlow Lite's fixed-point exponentials and reciprocal"
    case .floatTable:
      "a table of float32 exponentials, a sum and a reciprocal in float32; int8 results are rounded, ties away from "
        + "zero; uint8 results get a half added and the fraction dropped"
    }
  }
}

extension Interpolation: ProfileWord {
  var meaning: String {
    switch self {
    case .none: "each input takes the entry at or before it"
    case .linear: "a line lies between two entries"
    }
  }
}

extension OperatorForm: ProfileWord {
  var meaning: String {
    switch self {
    case .gapsInPaddingSame: "TRANSPOSE_CONV with padding SAME whose kernel is smaller than its stride"
    case .secondZeroPoint: "BATCH_MATMUL whose second operand has a zero point other than 0"
    case .typeChange: "QUANTIZE whose output has another type than its input"
    }
  }
}

extension EntryArithmetic: ProfileWord {
  var meaning: String {
    switch self {
    case .float64:
      "the function in double precision, in steps of the output, is rounded, ties away from zero, and the zero point added"
    case .float32:
      "the function of a float32 is rounded to float32, multiplied by the reciprocal of the output's scale and added to the "
        + "zero point in float32, and the sum rounded, ties to even"
    }
  }
}

extension NarrowBias: ProfileWord {
  var meaning: String {
    switch self {
    case .int16: "a layer on int16 activations has the same arithmetic however wide its biases are stored"
    case .profile:
      "a layer on int16 activations whose biases are stored in 32 bits has the arithmetic of the other formats, as "
        + "TensorFlow Lite's quantized_bias_type says"
    }
  }
}

extension ConcatenationInputs: ProfileWord {
  var meaning: String {
    switch self {
    case .equal: "inputs whose scales differ from the output's are not allowed"
    case .tfliteFloat: "inputs are rescaled in float32 as TensorFlow Lite's uint8 kernel does"
    }
  }
}

extension Rounding: ProfileWord {
  var meaning: String {
    switch self {
    case .floor: "down; an arithmetic shift without a rounding constant"
    case .ceiling: "up"
    case .towardZero: "toward zero; the fraction is dropped"
    case .awayFromZero: "away from zero; any fraction moves the result"
    case .tiesTowardPositive: "to nearest, a tie goes up: (x + 2^(n-1)) >> n"
    case .tiesTowardNegative: "to nearest, a tie goes down"
    case .tiesAwayFromZero: "to nearest, a tie goes away from zero: C's round"
    case .tiesTowardZero: "to nearest, a tie goes toward zero"
    case .tiesToEven: "to nearest, a tie goes to the even neighbour: IEEE 754's default"
    case .tiesToOdd: "to nearest, a tie goes to the odd neighbour"
    case .toOdd: "an inexact quotient goes to the odd neighbour: jamming"
    case .tiesTowardPositiveWhenNegativeElseToEven:
      "to nearest, a tie goes up for a negative quotient and to the even neighbour for a positive one"
    }
  }
}

/// A clamp that can be fused into an operator, by TensorFlow Lite's name.
enum FusedActivation: String, ProfileWord {
  case none = "NONE"
  case relu = "RELU"
  case reluN1To1 = "RELU_N1_TO_1"
  case relu6 = "RELU6"

  var meaning: String {
    switch self {
    case .none: "no clamp"
    case .relu: "results below 0 become 0"
    case .reluN1To1: "results are cut to -1 to 1"
    case .relu6: "results are cut to 0 to 6"
    }
  }
}

/// An operator with weights, by TensorFlow Lite's name.
enum WeightedOperator: String, ProfileWord {
  case conv2D = "CONV_2D"
  case depthwiseConv2D = "DEPTHWISE_CONV_2D"
  case fullyConnected = "FULLY_CONNECTED"

  var meaning: String {
    switch self {
    case .conv2D: "a convolution"
    case .depthwiseConv2D: "a convolution of each channel by itself"
    case .fullyConnected: "a product with a matrix"
    }
  }
}

extension HardwareProfile {
  /// The operators that a profile can speak of, by TensorFlow Lite's names.
  static let knownOperators = [
    "ADD", "ARG_MAX", "ARG_MIN", "AVERAGE_POOL_2D", "BATCH_MATMUL", "CAST", "CONCATENATION", "CONV_2D",
    "DEPTHWISE_CONV_2D", "DEPTH_TO_SPACE", "DEQUANTIZE", "DIV", "EXPAND_DIMS", "FLOOR_DIV", "FULLY_CONNECTED", "GATHER",
    "GATHER_ND", "HARD_SWISH", "L2_NORMALIZATION", "LEAKY_RELU", "LOGISTIC", "MAXIMUM", "MAX_POOL_2D", "MEAN",
    "MINIMUM", "MUL", "PACK", "PAD", "PADV2", "PRELU", "QUANTIZE", "RELU", "RELU6", "RELU_N1_TO_1", "RESHAPE",
    "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "SLICE", "SOFTMAX", "SPACE_TO_DEPTH", "SPLIT", "SPLIT_V", "SQRT",
    "SQUEEZE", "STRIDED_SLICE", "SUB", "SUM", "SVDF", "TANH", "TRANSPOSE", "TRANSPOSE_CONV",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
    "UNPACK",
  ]
}
