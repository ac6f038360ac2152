package import FixedPoint

/// UNIDIRECTIONAL_SEQUENCE_LSTM in TensorFlow Lite's arithmetic of 8-bit weights and 16-bit cells.
///
/// Source: `LstmStepInteger8x8_16` and what it calls in TensorFlow Lite's `kernels/lstm_eval.cc`, and the functions in
/// `kernels/internal/reference/portable_tensor_utils.cc`.
package struct SequenceLSTMKernel: Hashable, Sendable {
  /// One of the four gates.
  package struct Gate: Hashable, Sendable {
    /// `[cells][inputs]`, stored integer minus zero point.
    package var inputWeights: [Int32]
    /// `[cells][cells]`.
    package var recurrentWeights: [Int32]
    /// Added to each cell's products with the input.
    package var bias: [Int32]
    /// From the products with the input, bias included, to the gate's scale of 2^−12.
    package var inputRequantization: Requantization
    /// From the products with the last output to the gate's scale.
    package var recurrentRequantization: Requantization
  }

  /// The sequences.
  package var batches: Int
  /// The elements of each.
  package var times: Int
  /// The numbers of each element.
  package var inputs: Int
  /// The cells.
  package var cells: Int
  /// Whether time is the first axis.
  package var isTimeMajor: Bool
  /// Subtracted from the input.
  package var inputZeroPoint: Int32
  /// Subtracted from the last output, which is this at first.
  package var stateZeroPoint: Int32
  /// The gates of the input, of forgetting, of the new cell, and of the output.
  package var gates: [Gate]
  /// The cell's scale is 2^(this − 15).
  @usableFromInline package var cellIntegerBits: Int
  /// The largest magnitude of the cell.
  @usableFromInline package var cellClip: Int32
  /// From the product of the output's gate and the cell's tangent to the output.
  package var output: OutputStage
}

extension SequenceLSTMKernel {
  /// The integer bits of a gate before its function.
  package static let gateIntegerBits = 3

  /// What the products with the input and with the last output add up to, 16 bits each time.
  @inlinable
  package static func gateSum(_ input: Int64, _ recurrent: Int64) -> Int16 {
    Int16(clamping: Int64(Int16(clamping: input)) + recurrent)
  }

  /// The cell after an element: `forget · cell` and `input · new`, each rounded, summed, cut and clipped.
  @inlinable
  package func nextCell(_ cell: Int16, input: Int16, forget: Int16, new: Int16) -> Int16 {
    let kept = shiftRight(Int32(forget) * Int32(cell), by: 15, .tiesAwayFromZero)
    let added = shiftRight(Int32(input) * Int32(new), by: 15 + cellIntegerBits, .tiesAwayFromZero)
    // Each product is held in 16 bits, and so is their sum.
    let sum = Int32(Int16(clamping: Int32(Int16(truncatingIfNeeded: kept)) + Int32(Int16(truncatingIfNeeded: added))))
    return Int16(min(max(sum, -cellClip), cellClip))
  }
}
