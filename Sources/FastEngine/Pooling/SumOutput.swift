internal import FixedPoint
internal import HardwareProfile
internal import Simulation

/// What becomes of the sum of so many bytes: a mean as an output byte.
struct SumOutput: Sendable {
  /// How a sum becomes a mean.
  enum Rule: Sendable {
    /// The sum of stored integers, divided.
    case divide(Rounding)
    /// The sum of the differences from a zero point, requantized.
    case requantize(zeroPoint: Int64)
  }

  private let rule: Rule
  private let count: Int64
  private let form: OutputForm
  private let inputBias: Int64
  private let outputBias: Int64
  /// For each possible sum its output.
  let table: Table<UInt8>?

  /// Prepares sums of `count` bytes.
  ///
  /// - Parameters:
  ///   - rule: How a sum becomes a mean.
  ///   - stage: What follows.
  ///   - count: The terms of a sum.
  ///   - input: The layout of the terms.
  ///   - output: The layout of the outputs.
  ///   - uses: How many outputs a run makes; all sums are tabulated where that costs no more than one run.
  ///   - tableRoom: How many bytes tables may still take.
  init(
    _ rule: Rule, _ stage: OutputStage, count: Int, input: Layout, output: Layout, uses: Int, _ tableRoom: inout Int
  ) {
    self.rule = rule
    self.count = Int64(count)
    inputBias = Int64(input.bias)
    outputBias = Int64(output.bias)
    var form = OutputForm(stage, channels: 1)
    // The short forms stand for their stages only for sums of 32 bits.
    if case .requantize(let zero) = rule {
      let reach = Int128(count) * (Int128(zero.magnitude) + 255)
      if reach > Int128(Int32.max) { form.kind = .general }
    }
    self.form = form
    guard uses >= 256, count <= 256, 255 * count < tableRoom else {
      table = nil
      return
    }
    tableRoom -= 255 * count + 1
    let (biases, terms) = ((inputBias, outputBias), self.count)
    table = Table(
      (0...255 * count).map { SumOutput.byte($0, rule, form, terms, biases.0, biases.1) }, zero: 0)
  }

  /// The output for a sum of bytes.
  @inline(__always)
  func callAsFunction(_ sum: Int) -> UInt8 {
    if let table { return table[sum] }
    return SumOutput.byte(sum, rule, form, count, inputBias, outputBias)
  }

  private static func byte(
    _ sum: Int, _ rule: Rule, _ form: OutputForm, _ count: Int64, _ inputBias: Int64, _ outputBias: Int64
  ) -> UInt8 {
    let result =
      switch rule {
      case .divide(let rounding): form.stage.finish(divide(Int64(sum) - inputBias * count, by: count, rounding))
      case .requantize(let zero): form.apply(Int64(sum) - (inputBias + zero) * count, 0)
      }
    return UInt8(truncatingIfNeeded: result + outputBias)
  }
}
