internal import FixedPoint
internal import NetworkModel
package import Simulation

extension Program {
  /// For each value the integers that it can hold at all, propagated through the program; `nil` for float32 values and
  /// for values that nothing writes.
  ///
  /// A range is what the producing step lets through: its output clamp, or what comparing, moving or looking up makes of
  /// the ranges of its inputs. Every value of every run lies within its range.
  ///
  /// - Parameter inputs: Narrower ranges of the program's inputs, by value; others take their whole format.
  /// - Returns: For each value its range.
  package func valueRanges(inputs: [Int: ClosedRange<Int64>] = [:]) -> [ClosedRange<Int64>?] {
    var ranges: [ClosedRange<Int64>?] = values.map { value in
      guard case .integer = value.kind, let constant = value.constant, let first = constant.first else { return nil }
      return constant.reduce(Int64(first)...Int64(first)) { $0.extended(to: Int64($1)...Int64($1)) }
    }
    for input in self.inputs { ranges[input] = inputs[input] ?? values[input].formatRange }
    for step in steps {
      let operands = step.inputs.map { ranges[$0] }
      ranges[step.output] = step.kernel.outputRange(operands) ?? values[step.output].formatRange
    }
    return ranges
  }
}

extension Value {
  /// What the format can hold; `nil` for float32.
  var formatRange: ClosedRange<Int64>? {
    guard case .integer(let format) = kind else { return nil }
    return Int64(clamping: format.minimum)...Int64(clamping: format.maximum)
  }
}

extension Kernel {
  /// What the step can give for operands of these ranges; `nil` where only the format bounds it.
  fileprivate func outputRange(_ operands: [ClosedRange<Int64>?]) -> ClosedRange<Int64>? {
    switch self {
    case .convolution(let kernel): return kernel.outputStage.range
    case .add(let kernel): return kernel.outputStage.range
    case .averagePool(let kernel): return kernel.outputStage.range
    case .mean(let kernel): return kernel.outputStage.range
    case .rescale(let kernel): return kernel.outputStage.range
    case .quantizeFloat(let kernel): return kernel.low...kernel.high
    case .binary(let kernel): return kernel.outputStage.range
    case .sequenceLSTM(let kernel): return kernel.output.range
    case .svdf(let kernel): return kernel.outputStage.range
    case .matrixProduct(let kernel): return kernel.outputStage.range
    case .softmax16: return 0...32767
    case .softmax, .floatSoftmax, .l2Normalization, .hostBinary, .hostUnary, .argMax: return nil
    case .copy, .view, .lookup: return operands[0]
    // A mean lies between the elements that it is formed of, except where a place lies before the first one.
    case .bilinear: return nil
    case .maxPool(let kernel): return operands[0]?.clamped(kernel.low, kernel.high)
    case .table(let kernel): return kernel.range(of: operands[0])
    case .pad(let kernel): return operands[0]?.extended(to: Int64(kernel.value)...Int64(kernel.value))
    case .concatenation(let kernel):
      var joined: ClosedRange<Int64>?
      for (table, operand) in zip(kernel.tables, operands) {
        guard let part = table.map({ $0.range(of: operand) }) ?? operand else { return nil }
        let cut = part.clamped(kernel.low, kernel.high)
        joined = joined?.extended(to: cut) ?? cut
      }
      return joined
    }
  }
}

extension OutputStage {
  fileprivate var range: ClosedRange<Int64> { low...high }
}

extension TableKernel {
  /// The smallest and the largest entry that inputs of a range can reach; `nil` when the range is unknown.
  fileprivate func range(of inputs: ClosedRange<Int64>?) -> ClosedRange<Int64>? {
    guard let inputs else { return nil }
    let reached = entries.indices.filter { inputs.contains(Int64(first) + Int64($0)) }.map { Int64(entries[$0]) }
    guard let low = reached.min(), let high = reached.max() else { return nil }
    return low...high
  }
}

extension ClosedRange<Int64> {
  /// The smallest range that holds both.
  func extended(to other: ClosedRange<Int64>) -> ClosedRange<Int64> {
    Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
  }

  /// Each of its values cut to `low...high`.
  func clamped(_ low: Int64, _ high: Int64) -> ClosedRange<Int64> {
    Swift.min(Swift.max(lowerBound, low), high)...Swift.min(Swift.max(upperBound, low), high)
  }

  /// The width of the smallest two's-complement format that holds the range.
  var signedBits: Int {
    let magnitude = Swift.max(lowerBound < 0 ? ~lowerBound : lowerBound, upperBound < 0 ? ~upperBound : upperBound)
    return 65 - magnitude.leadingZeroBitCount
  }
}
