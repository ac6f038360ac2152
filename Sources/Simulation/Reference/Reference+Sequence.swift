internal import FixedPoint

extension Reference {
  /// A long short-term memory over sequences.
  static func sequenceLSTM(_ kernel: SequenceLSTMKernel, _ input: [Int32], _ events: inout StepEvents) -> [Int32] {
    var result = [Int32](repeating: 0, count: kernel.batches * kernel.times * kernel.cells)
    for batch in 0..<kernel.batches {
      var state = [Int32](repeating: kernel.stateZeroPoint, count: kernel.cells)
      var cells = [Int16](repeating: 0, count: kernel.cells)
      for time in 0..<kernel.times {
        let place = kernel.isTimeMajor ? time * kernel.batches + batch : batch * kernel.times + time
        let element = Array(input[place * kernel.inputs..<(place + 1) * kernel.inputs])
        let last = state
        for cell in 0..<kernel.cells {
          let sums = kernel.gates.map { kernel.sum($0, cell, element, last) }
          let bits = SequenceLSTMKernel.gateIntegerBits
          let (enter, forget, leave) = (
            TFLiteFunctions16.logistic(sums[0], integerBits: bits),
            TFLiteFunctions16.logistic(sums[1], integerBits: bits),
            TFLiteFunctions16.logistic(sums[3], integerBits: bits)
          )
          let new = TFLiteFunctions16.tanh(sums[2], integerBits: bits)
          cells[cell] = kernel.nextCell(cells[cell], input: enter, forget: forget, new: new)
          let shown = TFLiteFunctions16.tanh(cells[cell], integerBits: kernel.cellIntegerBits)
          let product = Int64(leave) * Int64(shown)
          state[cell] = finish(product, kernel.output, kernel.output.requantization(0), &events)
          result[place * kernel.cells + cell] = state[cell]
        }
      }
    }
    return result
  }
}

extension SequenceLSTMKernel {
  /// The sum of one gate for one cell.
  fileprivate func sum(_ gate: Gate, _ cell: Int, _ element: [Int32], _ last: [Int32]) -> Int16 {
    var products = Int64(gate.bias[cell])
    for index in 0..<inputs {
      products += Int64(gate.inputWeights[cell * inputs + index]) * Int64(element[index] - inputZeroPoint)
    }
    var recurrent: Int64 = 0
    for index in 0..<cells {
      recurrent += Int64(gate.recurrentWeights[cell * cells + index]) * Int64(last[index] - stateZeroPoint)
    }
    return Self.gateSum(gate.inputRequantization.apply(products), gate.recurrentRequantization.apply(recurrent))
  }
}

extension Reference {
  /// The first element of a sequence through an SVDF.
  static func svdf(_ kernel: SVDFKernel, _ input: [Int32], _ events: inout StepEvents) -> [Int32] {
    var result: [Int32] = []
    for batch in 0..<kernel.batches {
      let element = input[batch * kernel.inputs..<(batch + 1) * kernel.inputs].map { $0 - kernel.inputZeroPoint }
      for (unit, bias) in kernel.bias.enumerated() {
        var sum = Int64(bias)
        for filter in unit * kernel.rank..<(unit + 1) * kernel.rank {
          var products: Int64 = 0
          for index in 0..<kernel.inputs {
            products += Int64(kernel.features[filter * kernel.inputs + index]) * Int64(element[index])
          }
          let feature = Int16(clamping: kernel.featureRequantization.apply(products))
          sum += Int64(feature) * Int64(kernel.times[filter])
        }
        result.append(finish(sum, kernel.outputStage, kernel.outputStage.requantization(0), &events))
      }
    }
    return result
  }
}
