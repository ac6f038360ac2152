package import FixedPoint

/// MUL, PRELU, MAXIMUM and MINIMUM of quantized operands, element by element with broadcasting.
package struct BinaryKernel: Hashable, Sendable {
  /// What is made of two elements less their zero points.
  package enum Function: String, CaseIterable, Hashable, Sendable {
    /// `a · b`.
    case multiply
    /// `a` by the first requantization where it is not negative, `a · b` by the second one elsewhere.
    case slope
    /// The larger one.
    case maximum
    /// The smaller one.
    case minimum
  }

  /// What is computed.
  package var function: Function
  /// Subtracted from each operand's elements.
  package var zeroPoints: [Int64]
  /// To the output; two requantizations for `slope`.
  package var outputStage: OutputStage
}

/// Arithmetic of the host on 32-bit integers or float32 without scales, element by element with broadcasting.
package struct HostBinaryKernel: Hashable, Sendable {
  /// What is computed.
  package enum Function: String, CaseIterable, Hashable, Sendable {
    case add, subtract, multiply
    /// Integers: truncated; 2^31 saturates.
    case divide
    /// Rounded toward negative infinity; 2^31 wraps.
    case floorDivide
    case maximum, minimum
  }

  /// What is computed.
  package var function: Function
  /// Whether elements are float32 bit patterns; integers wrap at 32 bits.
  package var isFloat: Bool
  /// The smallest result, as an element.
  package var low: Int32
  /// The largest result, as an element.
  package var high: Int32
}

/// Functions of the host on single elements without scales.
package struct HostUnaryKernel: Hashable, Sendable {
  /// What is computed.
  package enum Function: String, CaseIterable, Hashable, Sendable {
    /// The square root of a float32.
    case squareRoot
    /// An integer as float32, the nearest one, ties to even.
    case integerToFloat
    /// A float32 as integer, truncated; what the output's format cannot hold becomes its nearest end, NaN the largest.
    case floatToInteger
    /// The low bits that the output's format has.
    case integerToInteger
  }

  /// What is computed.
  package var function: Function
  /// The output's format, where it is an integer.
  package var format: IntegerFormat?
}

/// A movement: what a walk meets at `(i_0, i_1, …)` is the input's element number `Σ offsets[k][i_k]`.
package struct ViewKernel: Hashable, Sendable {
  /// For each axis of the walk what each of its positions adds.
  package var offsets: [[Int32]]
}

/// GATHER and GATHER_ND: slices at computed positions; the operands are the input and the positions.
package struct LookupKernel: Hashable, Sendable {
  /// The parts of the positions, each of which is looked up in its own part of the input.
  package var batches = 1
  /// How often the positions of a batch are looked up, each time in another part of the input.
  package var blocks: Int
  /// The elements from one part to the next.
  package var blockStride: Int
  /// The extents that a tuple of positions indexes.
  package var extents: [Int]
  /// What each position of a tuple counts, in elements.
  package var strides: [Int]
  /// The elements of a slice.
  package var slice: Int
}

/// ARG_MAX and ARG_MIN: the first position of the extreme element along an axis.
package struct ArgMaxKernel: Hashable, Sendable {
  /// The axis.
  package var axis: Int
  /// Whether the smallest element is looked for.
  package var findsMinimum: Bool
}

/// RESIZE_BILINEAR: a weighted mean of four elements.
package struct BilinearKernel: Hashable, Sendable {
  /// Where a row or column of the output lies in the input.
  package struct Place: Hashable, Sendable {
    /// The row or column before.
    package var lower: Int32
    /// The row or column behind.
    package var upper: Int32
    /// How far it lies from `lower`: in steps of the weights, or a float32 bit pattern.
    package var distance: Int32
  }

  /// The arithmetic.
  package enum Arithmetic: Hashable, Sendable {
    /// Weights of `fraction` bits behind the point, at most 11, summed exactly; the sum is divided by 2^(2·`fraction`)
    /// and rounded.
    case fixedPoint(fraction: Int, Rounding)
    /// Float32: the terms of the upper left, lower left, upper right and lower right element and ½, each as
    /// `(element · weight of the row) · weight of the column`, added in that order; the sum is truncated.
    case float32
  }

  /// For each row of the output its place.
  package var rows: [Place]
  /// For each column of the output its place.
  package var columns: [Place]
  /// The arithmetic.
  package var arithmetic: Arithmetic
}
