package import FixedPoint

/// How ADD brings its inputs to one scale.
package enum AdditionAlignment: Hashable, Sendable {
  /// `rescaleInputs`: each input is shifted left, requantized to twice the larger input scale, added, and the sum is
  /// requantized to the output: TensorFlow Lite's way.
  case rescaleInputs(leftShift: Int, input: [StageTemplate], output: [StageTemplate])
  /// `multiply`: each input is multiplied by a significand of `bits` bits (signed), the products share one power of two
  /// and are added exactly, and one shift rounds.
  case multiply(bits: Int, rounding: Rounding, factor: FactorFormat = .float64)
  /// `rescaleToOutput`: each input is requantized to the output's scale, and the results are added.
  case rescaleToOutput(input: [StageTemplate])
  /// `shift`: the coarser input is shifted left onto the finer one's scale, at most by `maximumLeftShift`, added, and
  /// one shift rounds. Demands scales whose ratios are powers of two.
  case shift(maximumLeftShift: Int, rounding: Rounding)
}

/// How an average is formed from a sum.
package enum AverageDivision: Hashable, Sendable {
  /// `divide`: an exact division of the sum of stored integers, rounded once.
  case divide(rounding: Rounding)
  /// `reciprocal`: the sum of `x − zeroPoint` is multiplied by an unsigned reciprocal of `bits` bits and shifted right
  /// with one rounding; a rescaling is part of the reciprocal.
  case reciprocal(bits: Int, rounding: Rounding)
  /// `foldedMultiplier`: the requantization's multiplier is divided by the number of elements with truncation, as
  /// TensorFlow Lite's MEAN does.
  case foldedMultiplier
  /// `biasedReciprocal`: the sum of `x − zeroPoint` over n elements is multiplied by ⌊(2^bits + 1)·2^k / n⌋, where k is
  /// the number of bits of n − 1, and shifted right by `bits` + k; with `first`, by `bits` and then by k.
  case biasedReciprocal(bits: Int, first: Rounding?, rounding: Rounding)
  /// `approximation`: the sum of `x − zeroPoint` is multiplied by a listed fraction for its number n of elements, or,
  /// for a number that is not listed, by the fraction k / 2^s nearest to 1 / n of those with s < `bits` + ⌈log₂ n⌉.
  case approximation(fractions: [AverageFraction], bits: Int, rounding: Rounding)
  /// `foldedFactor`: the requantization's factor is divided by the number of elements before it becomes multipliers and
  /// shifts.
  case foldedFactor
  /// `float`: the sum of stored integers is multiplied in float32 by the factor with the division in it, an offset that
  /// holds both zero points is added in float32, and the result is rounded.
  case float(rounding: Rounding)
}

/// The fraction `multiplier / 2^shift` that a machine takes for one over a number of elements.
package struct AverageFraction: Hashable, Sendable {
  /// The number of elements.
  package var count: Int
  /// The fraction's numerator.
  package var multiplier: Int
  /// The power of two of its denominator.
  package var shift: Int

  /// Creates a fraction.
  package init(count: Int, multiplier: Int, shift: Int) {
    (self.count, self.multiplier, self.shift) = (count, multiplier, shift)
  }
}

/// How SOFTMAX computes.
package enum SoftmaxMethod: String, CaseIterable, Sendable, Hashable, Codable {
  /// TensorFlow Lite's fixed-point exponentials and reciprocal.
  case fixedPoint
  /// A table of float32 exponentials, a float32 sum and a float32 quotient.
  case floatTable
}

/// What CONCATENATION does with inputs whose scales differ from the output's.
package enum ConcatenationInputs: String, CaseIterable, Sendable, Hashable, Codable {
  /// They are not allowed.
  case equal
  /// Each is rescaled in float32 as TensorFlow Lite's uint8 kernel does, which is a table of 256 entries.
  case tfliteFloat
}

/// How the real bound of a fused clamp becomes a stored integer.
package enum FusedBounds: String, CaseIterable, Sendable, Hashable, Codable {
  /// The float32 quotient of bound and scale is rounded, ties away from zero, and the zero point added.
  case awayFromZeroThenZeroPoint
  /// The zero point is added to the float32 quotient, and the sum is rounded, ties to even.
  case zeroPointThenToEven
}

/// Factors from one power of two up to, but not including, another one.
package struct FactorRange: Hashable, Sendable {
  /// The binary logarithm of the smallest factor.
  package var minimum: Int
  /// The binary logarithm of the first factor that is too large.
  package var limit: Int

  /// Creates a range.
  package init(minimum: Int, limit: Int) { (self.minimum, self.limit) = (minimum, limit) }

  /// Whether a factor lies in the range.
  package func contains(_ factor: Double) -> Bool {
    factor >= Double(sign: .plus, exponent: minimum, significand: 1)
      && factor < Double(sign: .plus, exponent: limit, significand: 1)
  }
}

/// The arithmetic of the kernel that runs what an operator's own kernel does not take.
package struct OtherArithmetic: Hashable, Sendable {
  /// Its own requantization; `nil` takes the profile's.
  package var requantize: [StageTemplate]?
  /// How it brings the inputs of ADD or SUB to one scale.
  package var alignment: AdditionAlignment?
  /// How the bounds of its fused clamp become stored integers; `nil` takes the profile's way.
  package var fusedBounds: FusedBounds?

  /// Creates an arithmetic that is the profile's.
  package init() {}
}

/// A form of an operator that a machine with the operator may lack.
package enum OperatorForm: String, CaseIterable, Sendable, Hashable, Codable {
  /// TRANSPOSE_CONV with padding SAME whose kernel is smaller than its stride.
  case gapsInPaddingSame
  /// BATCH_MATMUL whose second operand has a zero point other than 0.
  case secondZeroPoint
  /// QUANTIZE whose output has another type than its input.
  case typeChange

  /// The operator whose form it is, by TensorFlow Lite's name.
  package var operatorName: String {
    switch self {
    case .gapsInPaddingSame: "TRANSPOSE_CONV"
    case .secondZeroPoint: "BATCH_MATMUL"
    case .typeChange: "QUANTIZE"
    }
  }
}

/// How RESIZE_BILINEAR weights its elements in integers.
///
/// A position is a float32; its distance from the row or column before, in steps of 2^−`fraction`, is rounded ties to
/// even. The exact sum of weighted elements has twice as many fraction bits.
package struct BlendWeights: Hashable, Sendable {
  /// The fraction bits of a weight.
  package var fraction: Int
  /// How the sum is rounded.
  package var rounding: Rounding

  /// Creates weights.
  package init(fraction: Int, rounding: Rounding) { (self.fraction, self.rounding) = (fraction, rounding) }
}

/// A function of one number as a table over the whole range of stored inputs.
///
/// Entry number k stands for the smallest input plus `k · 2^bits / (entries − 1)`, the last one for the largest plus one.
/// An entry is the function's value in steps of the output with the zero point, rounded and cut to the output's format.
package struct FunctionTable: Hashable, Sendable {
  /// The number of entries: a power of two and one.
  package var entries: Int
  /// What lies between two entries.
  package var interpolation: Interpolation
  /// How the product of a difference of two entries and the distance from the first one is rounded.
  package var rounding: Rounding
  /// Whether each entry but the last is moved by half of the error that a line to the next one has in the middle.
  package var isBalanced: Bool
  /// How an entry is formed from the function.
  package var arithmetic: EntryArithmetic

  /// Creates a table.
  package init(
    entries: Int, interpolation: Interpolation, rounding: Rounding, isBalanced: Bool,
    arithmetic: EntryArithmetic = .float64
  ) {
    (self.entries, self.interpolation, self.rounding) = (entries, interpolation, rounding)
    (self.isBalanced, self.arithmetic) = (isBalanced, arithmetic)
  }
}

/// How an entry of a table is formed from the function.
package enum EntryArithmetic: String, CaseIterable, Sendable, Hashable, Codable {
  /// In double precision; the value in steps of the output is rounded, ties away from zero, and the zero point added.
  case float64
  /// The function of a float32, rounded to float32; its product with the reciprocal of the output's scale and the sum of
  /// that and the zero point are float32 too, and the sum is rounded, ties to even.
  case float32
}

/// What lies between two entries of a table.
package enum Interpolation: String, CaseIterable, Sendable, Hashable, Codable {
  /// The entry before.
  case none
  /// A line.
  case linear
}
