internal import NetworkModel
internal import Simulation
internal import Verification

/// Compares two models on one sample at a time, from any thread.
struct ModelComparer: Sendable {
  /// What one sample gave: for each pair of tensors, and for each output.
  struct Found: Sendable {
    struct Output: Sendable {
      var comparison = Comparison()
      let first: Int
      let second: Int
    }

    var accumulated: [TensorDifference] = []
    var born: [TensorDifference?] = []
    var outputs: [Output] = []
  }

  /// A pair of tensors with the way to their real numbers.
  private struct Side: Sendable {
    let first: Int
    let second: Int
    let tensor: Tensor
    let dequantize: Dequantizer
    let dequantizeOther: Dequantizer
    let alone: Alone?
  }

  /// A step that runs by itself, and the places of the pairs that it reads.
  private struct Alone: Sendable {
    let engine: any Engine
    let reads: [Int]
  }

  private let sides: [Side]
  private let outputs: [Side]
  /// What is compared of a run of the first model.
  let firstTrace: TraceSelection
  /// What is compared of a run of the second model.
  let secondTrace: TraceSelection

  init(
    _ first: ComparedModel, _ second: ComparedModel, _ result: ModelComparison, _ makeEngine: ComparedModel.EngineMaker
  ) {
    var places: [Int: Int] = [:]
    for (place, tensor) in result.tensors.enumerated() { places[tensor.pair.first] = place }
    var writers: [Int: Int] = [:]
    for (index, step) in first.program.steps.enumerated() { writers[step.output] = index }
    func side(_ pair: TensorPairs.Pair, _ alone: Alone?) -> Side {
      Side(
        first: pair.first, second: pair.second, tensor: first.network.tensors[pair.first],
        dequantize: first.dequantizer(pair.first), dequantizeOther: second.dequantizer(pair.second), alone: alone)
    }
    let known = Set(places.keys)
    sides = result.tensors.map { tensor in
      // Padding that only one of the models has is part of the layer that reads it.
      let program = writers[tensor.pair.first].map { first.program.alone($0, known: known) }
      let reads = program?.inputs.compactMap { places[$0] } ?? []
      let alone = program.flatMap { program in
        reads.count == program.inputs.count && !reads.isEmpty ? Alone(engine: makeEngine(program), reads: reads) : nil
      }
      return side(tensor.pair, alone)
    }
    outputs = result.outputs.map { side($0.pair, nil) }
    firstTrace = .only(Set((sides + outputs).map(\.first)))
    secondTrace = .only(Set((sides + outputs).map(\.second)))
  }

  /// Compares the traces of a sample, and runs each step of the first model on what the second has.
  func compare(_ trace: [Int: [Int32]], _ expected: [Int: [Int32]]) throws -> Found {
    var found = Found()
    func wanted(_ side: Side) -> RealNumbers { RealNumbers(expected[side.second] ?? [], side.dequantizeOther) }
    func actual(_ side: Side) -> RealNumbers { RealNumbers(trace[side.first] ?? [], side.dequantize) }
    for side in sides {
      let step = side.dequantizeOther.step
      var difference = TensorDifference()
      difference.add(actual(side), against: wanted(side), step: step)
      found.accumulated.append(difference)
      guard let alone = side.alone else {
        found.born.append(nil)
        continue
      }
      let inputs = alone.reads.map { wanted(sides[$0]).stored(by: sides[$0].dequantize, as: sides[$0].tensor) }
      let result = try alone.engine.run(inputs, trace: .none).outputs[0]
      var born = TensorDifference()
      born.add(RealNumbers(result, side.dequantize), against: wanted(side), step: step)
      found.born.append(born)
    }
    for side in outputs {
      var comparison = Comparison()
      let places = comparison.add(actual(side), against: wanted(side))
      found.outputs.append(Found.Output(comparison: comparison, first: places.actual, second: places.expected))
    }
    return found
  }
}
