internal import FixedPoint
internal import Simulation

extension Recomputation {
  /// An output of a long short-term memory: the sequence is walked from its beginning, all cells at a time.
  func sequenceLSTM(_ kernel: SequenceLSTMKernel, _ position: Int) -> Int64 {
    let (place, wanted) = position.quotientAndRemainder(dividingBy: kernel.cells)
    let (batch, end) =
      kernel.isTimeMajor
      ? (place % kernel.batches, place / kernel.batches) : (place / kernel.times, place % kernel.times)
    var state = [Int64](repeating: Int64(kernel.stateZeroPoint), count: kernel.cells)
    var cells = [Int128](repeating: 0, count: kernel.cells)
    for time in 0...end {
      let start = (kernel.isTimeMajor ? time * kernel.batches + batch : batch * kernel.times + time) * kernel.inputs
      let element = operands[0][start..<start + kernel.inputs].map { Int128($0) - Int128(kernel.inputZeroPoint) }
      let last = state.map { Int128($0) - Int128(kernel.stateZeroPoint) }
      for cell in 0..<kernel.cells {
        let sums = kernel.gates.map { gate in
          let own = dot(gate.inputWeights, cell, element) + Int128(gate.bias[cell])
          let entered = short(SecondArithmetic.requantize(own, gate.inputRequantization))
          return short(
            entered + SecondArithmetic.requantize(dot(gate.recurrentWeights, cell, last), gate.recurrentRequantization))
        }
        func logistic(_ gate: Int) -> Int128 { Int128(TFLiteFunctions16.logistic(Int16(sums[gate]), integerBits: 3)) }
        let new = Int128(TFLiteFunctions16.tanh(Int16(sums[2]), integerBits: 3))
        let kept = SecondArithmetic.quotient(logistic(1) * cells[cell], 1 << 15, .tiesAwayFromZero)
        let added = SecondArithmetic.quotient(
          logistic(0) * new, SecondArithmetic.power(15 + kernel.cellIntegerBits), .tiesAwayFromZero)
        let clip = Int128(kernel.cellClip)
        cells[cell] = min(max(short(kept + added), -clip), clip)
        let shown = TFLiteFunctions16.tanh(Int16(cells[cell]), integerBits: kernel.cellIntegerBits)
        state[cell] = finish(logistic(3) * Int128(shown), kernel.output, channel: 0)
      }
    }
    return state[wanted]
  }

  func svdf(_ kernel: SVDFKernel, _ position: Int) -> Int64 {
    let (batch, unit) = position.quotientAndRemainder(dividingBy: kernel.bias.count)
    let start = batch * kernel.inputs
    let element = operands[0][start..<start + kernel.inputs].map { Int128($0) - Int128(kernel.inputZeroPoint) }
    let sum = (0..<kernel.rank).reduce(Int128(kernel.bias[unit])) { sum, index in
      let filter = unit * kernel.rank + index
      let feature = short(
        SecondArithmetic.requantize(dot(kernel.features, filter, element), kernel.featureRequantization))
      return sum + feature * Int128(kernel.times[filter])
    }
    return finish(sum, kernel.outputStage, channel: 0)
  }

  private func dot(_ weights: [Int32], _ row: Int, _ column: [Int128]) -> Int128 {
    column.indices.reduce(0) { $0 + Int128(weights[row * column.count + $1]) * column[$1] }
  }

  private func short(_ x: Int128) -> Int128 { min(max(x, -(1 << 15)), 1 << 15 - 1) }
}
