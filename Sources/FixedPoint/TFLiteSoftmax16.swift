/// TensorFlow Lite's softmax of 16-bit integers: tables of exponentials and of `1 / (1 + x)`, with lines between entries.
///
/// Source: `SoftmaxInt16` and `SoftMaxCalculateExp` in TensorFlow Lite's `kernels/internal/reference/softmax.h`,
/// `SoftmaxPrepare` in `kernels/activations.cc`.
public struct TFLiteSoftmax16: Hashable, Sendable {
  /// The most elements of a row; the sum of their exponentials then fits 32 bits.
  public static let depthLimit = 1 << 16

  /// From steps of the input to 65535ths of 10.
  public let multiplier: FixedPointMultiplier
  /// `e^x` for x from −10 to 0.
  public let exponentials: InterpolatedTable16
  /// `1 / (1 + x)` for x from 0 to 1.
  public let reciprocals: InterpolatedTable16

  /// The constants for an input scale; `nil` when the multiplier is out of range.
  ///
  /// - Parameters:
  ///   - beta: The factor in the exponent.
  ///   - inputScale: The input's scale.
  ///   - exponential: `e^x`.
  public init?(beta: Float, inputScale: Float, exponential: (Double) -> Double) {
    let real = Double(inputScale * beta) / (10.0 / 65535)
    guard real.isFinite, real > 0 else { return nil }
    multiplier = TFLiteArithmetic.quantizeMultiplier(real)
    guard (-31...30).contains(multiplier.exponent) else { return nil }
    exponentials = InterpolatedTable16(
      inputScale: 10 / 65535, inputZeroPoint: 32767, outputScale: 2 / 65535, exponential)
    reciprocals = InterpolatedTable16(inputScale: 1 / 65535, inputZeroPoint: -32768, outputScale: 2 / 65535) {
      1 / (1 + $0)
    }
  }

  /// The softmax of one row.
  ///
  /// - Parameter row: Stored integers of 16 bits, at most ``depthLimit`` of them.
  /// - Returns: As many integers with the scale 1/32768.
  public func callAsFunction(_ row: ArraySlice<Int32>) -> [Int32] {
    guard let largest = row.max() else { return [] }
    let powers = row.map { exponential($0 - largest) }
    let scale = Scale(self, sum: powers.reduce(0) { $0 + Int64($1) })
    return powers.map(scale.result)
  }

  /// `e^(beta · scale · difference)` with 15 fraction bits.
  ///
  /// - Parameter difference: An element less the largest one of its row.
  /// - Returns: A number from 0 to 32767.
  public func exponential(_ difference: Int32) -> Int32 {
    let scaled = TFLiteArithmetic.multiplyByQuantizedMultiplier(
      difference, significand: Int32(multiplier.significand), exponent: multiplier.exponent)
    return Int32(exponentials(Int16(clamping: scaled &+ 32767)))
  }

  /// What the exponentials of a row are multiplied by.
  public struct Scale: Sendable {
    /// The reciprocal of the sum, as a number from ½ to 1 with 15 fraction bits.
    let reciprocal: Int64
    /// The bits that a product has too many.
    let shift: Int

    /// Creates the scale of a row.
    ///
    /// - Parameters:
    ///   - softmax: The tables.
    ///   - sum: The sum of the row's exponentials; the largest one is about 2^15.
    public init(_ softmax: TFLiteSoftmax16, sum: Int64) {
      let zeros = Int32(truncatingIfNeeded: sum).leadingZeroBitCount
      let raised = shiftRight(sum << Int64(zeros - 1), by: 14, .tiesTowardPositive)
      reciprocal = Int64(softmax.reciprocals(Int16(clamping: raised - 98304)))
      shift = 31 - zeros
    }

    /// The output for an exponential.
    public func result(_ exponential: Int32) -> Int32 {
      let product = shiftRight(Int64(exponential) * reciprocal, by: shift, .tiesTowardPositive)
      return min(max(Int32(truncatingIfNeeded: product), 0), 32767)
    }
  }
}
