/// UNIDIRECTIONAL_SEQUENCE_LSTM: a long short-term memory that walks over a sequence.
///
/// For each element x of the sequence, with the last output h and the cell c:
/// `i, f, o = logistic(W·x + R·h + b)`, `g = tanh(W·x + R·h + b)`, `c = f·c + i·g`, `h = o·tanh(c)`; each of i, f, g and o
/// has weights of its own. Peepholes, normalized layers, a projection and the coupling of i and f are not supported.
///
/// Operands: input `[batch, time, inputs]` (`[time, batch, inputs]` where ``isTimeMajor`` is set); at 1 to 4 the input
/// weights `[cells, inputs]` of i, f, g and o; at 5 to 8 their recurrent weights `[cells, cells]`; at 12 to 15 their
/// biases `[cells]`; at 18 and 19 the variables that hold h and c, which are zero where a sequence begins.
package struct SequenceLSTM: OperatorRules, Hashable {
  /// Whether time is the first axis.
  package var isTimeMajor: Bool
  /// The largest magnitude of the cell; 0 is no limit.
  package var cellClip: Float
  /// The function of g and c; only `.tanh` is supported.
  package var function: Activation

  /// Creates the operator's options.
  package init(isTimeMajor: Bool = false, cellClip: Float = 0, function: Activation = .tanh) {
    self.isTimeMajor = isTimeMajor
    self.cellClip = cellClip
    self.function = function
  }

  /// The position of the first of the four input weights.
  package static let inputWeights = 1
  /// The position of the first of the four recurrent weights.
  package static let recurrentWeights = 5
  /// The position of the first of the four biases.
  package static let biases = 12
  /// The position of the last output.
  package static let outputState = 18
  /// The position of the cell.
  package static let cellState = 19

  var name: String { "UNIDIRECTIONAL_SEQUENCE_LSTM" }
  var rescaling: Rescaling { .function }

  func outputShape(_ operands: [Tensor?]) -> Result<Shape, OperandFault> {
    guard operands.count >= 20, let input = operands[0]?.shape, input.rank == 3 else {
      return .fault("needs an input of 3 axes and 19 other operands")
    }
    guard function == .tanh else { return .fault("has the function \(function.rawValue); supported is TANH") }
    let absent = Array(9...11) + [16, 17] + Array(20..<max(operands.count, 20))
    guard absent.allSatisfy({ operands[$0] == nil }) else {
      return .fault("has peepholes, a projection or a normalization; they are not supported")
    }
    let parts = [1, 5, 12].map { start in (start..<start + 4).map { operands[$0] } }
    guard parts.allSatisfy({ $0.allSatisfy { $0?.isConstant ?? false } }), let cells = parts[0][1]?.shape.extents.first
    else { return .fault("needs constant weights and biases of four gates; coupled gates are not supported") }
    guard parts[0].allSatisfy({ $0?.shape == Shape([cells, input[2]]) }),
      parts[1].allSatisfy({ $0?.shape == Shape([cells, cells]) }), parts[2].allSatisfy({ $0?.shape == Shape([cells]) })
    else { return .fault("has weights or biases that do not fit \(cells) cells and an input of \(input)") }
    let state = Shape([input[isTimeMajor ? 1 : 0], cells])
    guard operands[Self.outputState]?.shape == state, operands[Self.cellState]?.shape == state else {
      return .fault("has variables that are not \(state)")
    }
    return .success(Shape([input[0], input[1], cells]))
  }
}
