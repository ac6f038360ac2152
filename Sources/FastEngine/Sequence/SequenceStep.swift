internal import FixedPoint
internal import Simulation
internal import Synchronization

/// UNIDIRECTIONAL_SEQUENCE_LSTM: the functions of 16-bit numbers are tables of all of them.
struct SequenceLSTMStep: PreparedStep {
  private let definition: SequenceLSTMKernel
  private let input: Layout
  private let output: Layout
  /// `[gate][cell][inputs, then cells]`.
  private let weights: [Int32]
  private let logistic: [Int16]
  private let tangent: [Int16]
  private let shown: [Int16]

  var kernel: String { "portable" }

  init(_ definition: SequenceLSTMKernel, input: Layout, output: Layout) {
    (self.definition, self.input, self.output) = (definition, input, output)
    let (inputs, cells) = (definition.inputs, definition.cells)
    var weights: [Int32] = []
    for gate in definition.gates {
      for cell in 0..<cells {
        weights += gate.inputWeights[cell * inputs..<cell * inputs + inputs]
        weights += gate.recurrentWeights[cell * cells..<cell * cells + cells]
      }
    }
    self.weights = weights
    logistic = Self.gateLogistic
    tangent = Self.tangents(integerBits: SequenceLSTMKernel.gateIntegerBits)
    shown = Self.tangents(integerBits: definition.cellIntegerBits)
  }

  // The tables depend on nothing but a number of bits, so that all engines share them.

  private static let numbers = (0...UInt16.max).map { Int16(bitPattern: $0) }
  private static let gateLogistic = numbers.map {
    TFLiteFunctions16.logistic($0, integerBits: SequenceLSTMKernel.gateIntegerBits)
  }
  private static let knownTangents = Mutex<[Int: [Int16]]>([:])

  private static func tangents(integerBits: Int) -> [Int16] {
    knownTangents.withLock { known in
      if let table = known[integerBits] { return table }
      let table = numbers.map { TFLiteFunctions16.tanh($0, integerBits: integerBits) }
      known[integerBits] = table
      return table
    }
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let (inputs, cells) = (definition.inputs, definition.cells)
    let elements = Elements(layout: input).read(arena)
    var results = [Int32](repeating: 0, count: definition.batches * definition.times * cells)
    var sums = [Int16](repeating: 0, count: 4 * cells)
    for batch in 0..<definition.batches {
      // The element and the last output side by side, less their zero points.
      var column = [Int32](repeating: 0, count: inputs + cells)
      var held = [Int16](repeating: 0, count: cells)
      for time in 0..<definition.times {
        let place = definition.isTimeMajor ? time * definition.batches + batch : batch * definition.times + time
        for index in 0..<inputs { column[index] = elements[place * inputs + index] - definition.inputZeroPoint }
        for number in 0..<4 * cells { sums[number] = sum(number, column) }
        for cell in 0..<cells {
          let next = definition.nextCell(
            held[cell], input: logistic[row(sums[cell])], forget: logistic[row(sums[cells + cell])],
            new: tangent[row(sums[2 * cells + cell])])
          held[cell] = next
          let product = Int64(logistic[row(sums[3 * cells + cell])]) * Int64(shown[row(next)])
          let stage = definition.output
          let result = Int32(stage.finish(stage.requantization(0).apply(product)))
          column[inputs + cell] = result - definition.stateZeroPoint
          results[place * cells + cell] = result
        }
      }
    }
    Elements(layout: output).write(results, arena)
  }

  private func row(_ x: Int16) -> Int { Int(UInt16(bitPattern: x)) }

  /// The sum of gate and cell `number`; products of 8-bit integers cannot leave 64 bits.
  private func sum(_ number: Int, _ column: [Int32]) -> Int16 {
    let (inputs, cells) = (definition.inputs, definition.cells)
    let (gate, cell) = number.quotientAndRemainder(dividingBy: cells)
    let start = number * (inputs + cells)
    var first = Int64(definition.gates[gate].bias[cell])
    for index in 0..<inputs { first &+= Int64(weights[start + index] &* column[index]) }
    var second: Int64 = 0
    for index in inputs..<inputs + cells { second &+= Int64(weights[start + index] &* column[index]) }
    return SequenceLSTMKernel.gateSum(
      definition.gates[gate].inputRequantization.apply(first),
      definition.gates[gate].recurrentRequantization.apply(second))
  }
}

/// SVDF: a column less its zero point, and a row of features at a time.
struct SVDFStep: PreparedStep {
  let definition: SVDFKernel
  let input: Layout
  let output: Layout

  var kernel: String { "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let elements = Elements(layout: input).read(arena).map { $0 - definition.inputZeroPoint }
    let (inputs, stage) = (definition.inputs, definition.outputStage)
    var results: [Int32] = []
    for batch in 0..<definition.batches {
      let features = definition.times.indices.map { filter -> Int64 in
        var products: Int64 = 0
        for index in 0..<inputs {
          products &+= Int64(definition.features[filter * inputs + index] &* elements[batch * inputs + index])
        }
        return min(max(definition.featureRequantization.apply(products), -1 << 15), 1 << 15 - 1)
      }
      for unit in definition.bias.indices {
        var sum = Int64(definition.bias[unit])
        for filter in unit * definition.rank..<unit * definition.rank + definition.rank {
          sum += features[filter] * Int64(definition.times[filter])
        }
        results.append(Int32(stage.finish(stage.requantization(0).apply(sum))))
      }
    }
    Elements(layout: output).write(results, arena)
  }
}
