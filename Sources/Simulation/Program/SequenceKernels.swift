public import FixedPoint

/// UNIDIRECTIONAL_SEQUENCE_LSTM in TensorFlow Lite's arithmetic of 8-bit weights and 16-bit cells.
///
/// Source: `LstmStepInteger8x8_16` and what it calls in TensorFlow Lite's `kernels/lstm_eval.cc`, and the functions in
/// `kernels/internal/reference/portable_tensor_utils.cc`.
public struct SequenceLSTMKernel: Hashable, Sendable {
  /// One of the four gates.
  public struct Gate: Hashable, Sendable {
    /// `[cells][inputs]`, stored integer minus zero point.
    public var inputWeights: [Int32]
    /// `[cells][cells]`.
    public var recurrentWeights: [Int32]
    /// Added to each cell's products with the input.
    public var bias: [Int32]
    /// From the products with the input, bias included, to the gate's scale of 2^−12.
    public var inputRequantization: Requantization
    /// From the products with the last output to the gate's scale.
    public var recurrentRequantization: Requantization
  }

  /// The sequences.
  public var batches: Int
  /// The elements of each.
  public var times: Int
  /// The numbers of each element.
  public var inputs: Int
  /// The cells.
  public var cells: Int
  /// Whether time is the first axis.
  public var isTimeMajor: Bool
  /// Subtracted from the input.
  public var inputZeroPoint: Int32
  /// Subtracted from the last output, which is this at first.
  public var stateZeroPoint: Int32
  /// The gates of the input, of forgetting, of the new cell, and of the output.
  public var gates: [Gate]
  /// The cell's scale is 2^(this − 15).
  public var cellIntegerBits: Int
  /// The largest magnitude of the cell.
  public var cellClip: Int32
  /// From the product of the output's gate and the cell's tangent to the output.
  public var output: OutputStage
}

extension SequenceLSTMKernel {
  /// The integer bits of a gate before its function.
  public static let gateIntegerBits = 3

  /// What the products with the input and with the last output add up to, 16 bits each time.
  @inlinable
  public static func gateSum(_ input: Int64, _ recurrent: Int64) -> Int16 {
    Int16(clamping: Int64(Int16(clamping: input)) + recurrent)
  }

  /// The cell after an element: `forget · cell` and `input · new`, each rounded, summed, cut and clipped.
  @inlinable
  public func nextCell(_ cell: Int16, input: Int16, forget: Int16, new: Int16) -> Int16 {
    let kept = shiftRight(Int32(forget) * Int32(cell), by: 15, .tiesAwayFromZero)
    let added = shiftRight(Int32(input) * Int32(new), by: 15 + cellIntegerBits, .tiesAwayFromZero)
    // Each product is held in 16 bits, and so is their sum.
    let sum = Int32(Int16(clamping: Int32(Int16(truncatingIfNeeded: kept)) + Int32(Int16(truncatingIfNeeded: added))))
    return Int16(min(max(sum, -cellClip), cellClip))
  }
}
