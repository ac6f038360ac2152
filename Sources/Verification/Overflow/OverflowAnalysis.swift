package import FixedPoint
internal import NetworkModel
package import Simulation

/// What every accumulator of a program can reach, proved without running it.
///
/// For an output channel with bias `b`, weights `w` and inputs less their zero point in `[lo, hi]`, widened to contain 0
/// because a tap in the padding contributes nothing, let `U = b + Σ max(w·lo, w·hi)` and `L = b + Σ min(w·lo, w·hi)`.
/// Every omitted term's maximum is at least 0 and its minimum at most 0, so each partial sum, in any order, lies in
/// `[L, U]` where the register starts from the bias, and in `[min(L, L − b), max(U, U − b)]` where the bias comes last. A
/// register that is checked once, at the end, sees the whole sum only, which lies in `[L, U]`.
///
/// Pools and means have no register of the profile's: they add exactly.
package struct OverflowAnalysis: Hashable, Sendable, Codable {
  /// One operator with an accumulator.
  package struct Step: Hashable, Sendable, Codable {
    /// The file's index of the operator.
    package var node: Int
    /// The operator's name in TensorFlow Lite.
    package var name: String
    /// The width of its register.
    package var registerBits: Int
    /// What the register does with a sum that does not fit.
    package var overflow: Overflow
    /// The width that suffices for every channel: what is proved.
    package var bitsNeeded: Int
    /// The bounds, one for each output channel; one for all of an ADD.
    package var channels: [Bound]
    /// What the whole sums can be, without the partial ones that ``channels`` holds too.
    package var sums: [Bound]
    /// The channels whose bounds leave the register.
    package var overflowing: [Int]
  }

  /// What one register can hold.
  package struct Bound: Hashable, Sendable, Codable {
    /// No sum is below it.
    package var lowest: Int64
    /// No sum is above it.
    package var highest: Int64

    /// The width that holds both.
    package var bitsNeeded: Int { (lowest...highest).signedBits }
  }

  /// The operators with an accumulator, in the order in which they run.
  package var steps: [Step]

  /// Whether no accumulator can overflow.
  package var isProved: Bool { steps.allSatisfy(\.overflowing.isEmpty) }

  /// The accumulator width that suffices for all steps; 0 when there are none.
  package var bitsNeeded: Int { steps.map(\.bitsNeeded).max() ?? 0 }

  /// Analyses a program.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - inputs: Narrower ranges of its inputs, by value, where more is known than their format.
  ///   - assumingWholeFormats: Whether each step's input may hold any integer of its format, whatever the steps before it
  ///     let through.
  package init(_ program: Program, inputs: [Int: ClosedRange<Int64>] = [:], assumingWholeFormats: Bool = false) {
    let ranges = assumingWholeFormats ? program.values.map(\.formatRange) : program.valueRanges(inputs: inputs)
    steps = program.steps.compactMap { step in
      switch step.kernel {
      case .convolution(let kernel):
        let input = ranges[step.inputs[0]] ?? Int64(Int32.min)...Int64(Int32.max)
        let sums = (0..<kernel.output[3]).map { kernel.bound(channel: $0, input) }
        let reached = zip(sums, kernel.bias).map { kernel.partial($0, bias: $1) }
        return Step(step, kernel.accumulator, reached, sums: sums)
      case .add(let kernel):
        let operands = step.inputs.map { ranges[$0] ?? Int64(Int32.min)...Int64(Int32.max) }
        let (reached, sum) = kernel.bounds(operands)
        return Step(step, kernel.accumulator, [reached], sums: [sum])
      case .matrixProduct(let kernel):
        let bound = kernel.bound(step.inputs.map { ranges[$0] ?? Int64(Int32.min)...Int64(Int32.max) })
        return Step(step, kernel.accumulator, [bound], sums: [bound])
      case .averagePool, .maxPool, .mean, .rescale, .table, .copy, .pad, .concatenation, .softmax, .softmax16,
        .floatSoftmax,
        .quantizeFloat,
        .binary, .hostBinary, .hostUnary, .view, .lookup, .argMax, .bilinear, .sequenceLSTM, .svdf, .l2Normalization:
        return nil
      }
    }
  }
}

extension OverflowAnalysis.Step {
  fileprivate init(
    _ step: Simulation.Step, _ rule: AccumulatorRule, _ channels: [OverflowAnalysis.Bound],
    sums: [OverflowAnalysis.Bound]
  ) {
    let register = Int64(clamping: rule.format.minimum)...Int64(clamping: rule.format.maximum)
    self.init(
      node: step.node, name: step.name, registerBits: rule.format.bits, overflow: rule.overflow,
      bitsNeeded: channels.map(\.bitsNeeded).max() ?? 0, channels: channels,
      sums: sums,
      overflowing: channels.indices.filter {
        channels[$0].lowest < register.lowerBound || channels[$0].highest > register.upperBound
      })
  }
}

extension ConvolutionKernel {
  /// What the sum of one output channel can be for inputs of a range.
  fileprivate func bound(channel: Int, _ input: ClosedRange<Int64>) -> OverflowAnalysis.Bound {
    let low = min(input.lowerBound - Int64(inputZeroPoint), 0)
    let high = max(input.upperBound - Int64(inputZeroPoint), 0)
    var (lowest, highest): (Int64, Int64) = (0, 0)
    for index in channel * taps..<(channel + 1) * taps {
      let weight = Int64(weights[index])
      lowest += weight > 0 ? weight * low : weight * high
      highest += weight > 0 ? weight * high : weight * low
    }
    return OverflowAnalysis.Bound(lowest: lowest + bias[channel], highest: highest + bias[channel])
  }

  /// What a register can reach at its checks when its whole sum has a bound.
  ///
  /// A register that starts from the bias has it in every partial sum.
  fileprivate func partial(_ sum: OverflowAnalysis.Bound, bias: Int64) -> OverflowAnalysis.Bound {
    if accumulator.productsPerCheck == nil || accumulator.startsFromBias { return sum }
    return OverflowAnalysis.Bound(lowest: sum.lowest - max(bias, 0), highest: sum.highest - min(bias, 0))
  }
}

extension MatrixProductKernel {
  /// What the register can reach: as many of the smallest or largest products as a sum has terms.
  fileprivate func bound(_ inputs: [ClosedRange<Int64>]) -> OverflowAnalysis.Bound {
    let ends = zip(inputs, zeroPoints).map { [$0.lowerBound - Int64($1), $0.upperBound - Int64($1)] }
    let products = ends[0].flatMap { a in ends[1].map { a * $0 } }
    return OverflowAnalysis.Bound(
      lowest: Int64(depth) * min(products.min() ?? 0, 0), highest: Int64(depth) * max(products.max() ?? 0, 0))
  }
}

extension AddKernel {
  /// What the register can reach, the first operand by itself and the sum of both or the sum alone; and the sum.
  fileprivate func bounds(
    _ inputs: [ClosedRange<Int64>]
  ) -> (reached: OverflowAnalysis.Bound, sum: OverflowAnalysis.Bound) {
    let aligned = zip(operands, inputs).map { operand, input in operand.alignedRange(input) }
    let sum = aligned[0].lowerBound + aligned[1].lowerBound...aligned[0].upperBound + aligned[1].upperBound
    let reached = accumulator.productsPerCheck == 1 ? sum.extended(to: aligned[0]) : sum
    return (
      OverflowAnalysis.Bound(lowest: reached.lowerBound, highest: reached.upperBound),
      OverflowAnalysis.Bound(lowest: sum.lowerBound, highest: sum.upperBound)
    )
  }
}

extension AddKernel.Operand {
  /// The aligned operand's range, by trying every input of up to 16 bits: a stage that wraps is not monotonic.
  fileprivate func alignedRange(_ input: ClosedRange<Int64>) -> ClosedRange<Int64> {
    guard input.upperBound - input.lowerBound < 1 << 16 else { return -(1 << 61)...(1 << 61) }
    var range: ClosedRange<Int64>?
    for x in input {
      let y = alignment.apply(x - zeroPoint)
      range = range?.extended(to: y...y) ?? y...y
    }
    return range ?? 0...0
  }
}
