internal import FixedPoint

/// Requantizations of several channels as a table: one column of numbers for each stage that hardware has.
///
/// A channel whose scale needs no shift has no such stage in its program; in the table it shifts by 0.
struct StageColumns: Hashable {
  /// A stage without its numbers.
  enum Operation: Hashable {
    case multiply
    case shiftLeft
    case shiftRight(Rounding)
    case scaleAsFloat(precision: Int, Rounding)
    case saturate(IntegerFormat)
    case wrap(IntegerFormat)
    case lineInFloat(Rounding)
    /// So many thresholds.
    case thresholds(Int)

    /// The number that changes nothing; `nil` where there is none.
    var neutral: Int64? {
      switch self {
      case .multiply: 1
      case .shiftLeft, .shiftRight: 0
      case .scaleAsFloat, .saturate, .wrap, .lineInFloat, .thresholds: nil
      }
    }
  }

  /// One stage with the numbers of all channels.
  struct Column: Hashable {
    let operation: Operation
    /// The factor, the count, the significand or all thresholds of each channel; empty for a stage that cuts.
    var numbers: [Int64] = []
    /// The power of two beside each significand of a floating-point factor; the offset beside the factor of a line in
    /// floating point; the result below all thresholds.
    var seconds: [Int64] = []
  }

  /// The stages, first to last.
  private(set) var columns: [Column]

  /// Finds the stages of which each channel's are a part.
  ///
  /// - Parameter requantizations: One for each channel.
  /// - Throws: ``VectorError`` where a channel lacks a stage that others have and that cannot be idle.
  init(_ requantizations: [Requantization]) throws(VectorError) {
    var operations: [Operation] = []
    var seen: Set<[Operation]> = []
    for requantization in requantizations {
      let shape = requantization.stages.map(\.operation)
      if seen.insert(shape).inserted { operations = Self.commonSupersequence(operations, shape) }
    }
    columns = operations.map { Column(operation: $0) }
    for requantization in requantizations {
      var rest = requantization.stages[...]
      for index in columns.indices {
        let operation = columns[index].operation
        if let stage = rest.first, stage.operation == operation {
          rest = rest.dropFirst()
          columns[index].add(stage)
        } else if let neutral = operation.neutral {
          columns[index].numbers.append(neutral)
        } else {
          throw VectorError("its channels are requantized by different kinds of stages")
        }
      }
    }
  }

  /// A shortest sequence that holds both.
  private static func commonSupersequence(_ a: [Operation], _ b: [Operation]) -> [Operation] {
    // lengths[i][j] is the length of the longest common part of a[i...] and b[j...].
    var lengths = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in a.indices.reversed() {
      for j in b.indices.reversed() {
        lengths[i][j] = a[i] == b[j] ? lengths[i + 1][j + 1] + 1 : max(lengths[i + 1][j], lengths[i][j + 1])
      }
    }
    var (i, j) = (0, 0)
    var result: [Operation] = []
    while i < a.count && j < b.count {
      if a[i] == b[j] {
        result.append(a[i])
        (i, j) = (i + 1, j + 1)
      } else if lengths[i + 1][j] >= lengths[i][j + 1] {
        result.append(a[i])
        i += 1
      } else {
        result.append(b[j])
        j += 1
      }
    }
    return result + a[i...] + b[j...]
  }
}

extension StageColumns.Column {
  /// Appends a channel's numbers.
  fileprivate mutating func add(_ stage: Requantization.Stage) {
    switch stage {
    case .multiply(let factor): numbers.append(factor)
    case .shiftLeft(let count), .shiftRight(let count, _): numbers.append(Int64(count))
    case .scaleAsFloat(let scale, _):
      numbers.append(scale.significand)
      seconds.append(Int64(scale.exponent))
    case .lineInFloat(let line, _):
      numbers.append(Int64(line.factorBits))
      seconds.append(Int64(line.offsetBits))
    case .thresholds(let steps):
      numbers += steps.values
      seconds.append(steps.first)
    case .saturate, .wrap: break
    }
  }

  /// The narrowest usual format that holds the numbers.
  var format: IntegerFormat {
    if operation == .shiftLeft { return .uint(8) }
    if case .shiftRight = operation { return .uint(8) }
    return IntegerFormat.holding(numbers)
  }
}

extension IntegerFormat {
  /// `int32`, or `int64` where that does not hold some numbers.
  static func holding(_ numbers: [Int64]) -> IntegerFormat {
    numbers.allSatisfy { Int32(exactly: $0) != nil } ? .int(32) : .int(64)
  }
}

extension Requantization.Stage {
  /// The stage without its numbers.
  fileprivate var operation: StageColumns.Operation {
    switch self {
    case .multiply: .multiply
    case .shiftLeft: .shiftLeft
    case .shiftRight(_, let rounding): .shiftRight(rounding)
    case .scaleAsFloat(let scale, let rounding): .scaleAsFloat(precision: scale.precision, rounding)
    case .saturate(let format): .saturate(format)
    case .wrap(let format): .wrap(format)
    case .lineInFloat(_, let rounding): .lineInFloat(rounding)
    case .thresholds(let steps): .thresholds(steps.values.count)
    }
  }

  /// The stage with its numbers, in words.
  var words: String {
    switch self {
    case .multiply(let factor): "multiply by \(factor)"
    case .shiftLeft(let count): "shift left by \(count)"
    case .shiftRight(let count, let rounding): "shift right by \(count), \(rounding.rawValue)"
    case .scaleAsFloat(let scale, let rounding):
      "multiply by \(scale.significand) * 2^\(scale.exponent) as a float of \(scale.precision) significant bits, "
        + rounding.rawValue
    case .saturate(let format): "saturate to \(format.name)"
    case .wrap(let format): "wrap to \(format.name)"
    case .lineInFloat(let line, let rounding):
      "multiply by \(Float(bitPattern: line.factorBits)) and add \(Float(bitPattern: line.offsetBits)) in float32, "
        + rounding.rawValue
    case .thresholds(let steps): "\(steps.first) and one more for each of \(steps.values) not above"
    }
  }
}
