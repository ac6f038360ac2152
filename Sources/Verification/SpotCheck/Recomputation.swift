internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// One output element of a step, straight from the program's integers and the operands, by the definition of the step.
struct Recomputation {
  let step: Step
  /// The operands' elements and shapes.
  let operands: [[Int32]]
  let shapes: [Shape]
  let output: Shape

  /// The element at a row-major position of the output.
  func element(_ position: Int) -> Int64 {
    switch step.kernel {
    case .convolution(let kernel): return convolution(kernel, position)
    case .add(let kernel): return add(kernel, position)
    case .averagePool(let kernel): return averagePool(kernel, position)
    case .maxPool(let kernel):
      let window = windowElements(kernel.window, position)
      return min(max(window.reduce(window[0]) { max($0, $1) }, kernel.low), kernel.high)
    case .mean(let kernel): return mean(kernel, position)
    case .rescale(let kernel):
      let x = Int128(operands[0][position]) - Int128(kernel.inputZeroPoint)
      return finish(x, kernel.outputStage, channel: 0)
    case .table(let kernel): return Int64(kernel.entries[Int(operands[0][position]) - Int(kernel.first)])
    case .copy: return Int64(operands[0][position])
    case .pad(let kernel): return pad(kernel, position)
    case .concatenation(let kernel): return concatenation(kernel, position)
    case .softmax(let kernel):
      let depth = shapes[0].extents.last ?? 1
      let start = position - position % depth
      return SecondSoftmax.row(operands[0][start..<start + depth].map(Int64.init), kernel)[position - start]
    case .softmax16(let kernel):
      let depth = shapes[0].extents.last ?? 1
      let start = position - position % depth
      return SecondSoftmax.row(operands[0][start..<start + depth].map(Int64.init), kernel)[position - start]
    case .floatSoftmax(let kernel):
      let depth = shapes[0].extents.last ?? 1
      let start = position - position % depth
      return SecondSoftmax.row(operands[0][start..<start + depth].map(Int64.init), kernel)[position - start]
    case .quantizeFloat(let kernel): return quantizeFloat(kernel, position)
    case .binary(let kernel): return binary(kernel, position)
    case .hostBinary(let kernel): return hostBinary(kernel, position)
    case .hostUnary(let kernel): return hostUnary(kernel, position)
    case .view(let kernel): return view(kernel, position)
    case .lookup(let kernel): return lookup(kernel, position)
    case .argMax(let kernel): return argMax(kernel, position)
    case .bilinear(let kernel): return bilinear(kernel, position)
    case .l2Normalization(let kernel): return l2Normalization(kernel, position)
    case .matrixProduct(let kernel): return matrixProduct(kernel, position)
    case .svdf(let kernel): return svdf(kernel, position)
    case .sequenceLSTM(let kernel): return sequenceLSTM(kernel, position)
    }
  }

  /// Requantize, zero point, clamp.
  func finish(_ accumulator: Int128, _ stage: OutputStage, channel: Int) -> Int64 {
    let list = stage.requantizations
    let scaled = SecondArithmetic.requantize(accumulator, list.count > 1 ? list[channel] : list[0])
    // The ends leave room for the zero point.
    let shifted = min(max(scaled, -(1 << 100)), 1 << 100) + Int128(stage.zeroPoint)
    return Int64(min(max(shifted, Int128(stage.low)), Int128(stage.high)))
  }

  /// A register that takes terms one after another and is checked after each.
  func register(_ terms: [Int128], _ rule: AccumulatorRule) -> Int128 {
    var content: Int128 = 0
    for term in terms {
      content = SecondArithmetic.cut(content + term, rule.format, saturates: rule.overflow == .saturate)
    }
    return content
  }

  /// The index along each axis of a row-major position.
  func coordinates(_ position: Int, in shape: Shape) -> [Int] {
    var rest = position
    var result: [Int] = []
    for extent in shape.extents.reversed() {
      result.insert(rest % extent, at: 0)
      rest /= extent
    }
    return result
  }

  /// The row-major position of an index along each axis.
  func position(_ coordinates: [Int], in shape: Shape) -> Int {
    zip(coordinates, shape.extents).reduce(0) { $0 * $1.1 + $1.0 }
  }
}
