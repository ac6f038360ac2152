internal import FixedPoint
internal import Foundation
internal import HardwareProfile
internal import NetworkModel

/// Functions of one number by the machine's own tables.
extension NodeLowering {
  /// A step that gives what a table of the machine gives for each stored integer.
  func tabulated(_ function: Unary.Function, by table: FunctionTable) throws(OperatorFault) -> Step {
    let source = try activation(operand(0), "an input")
    let target = try activation(output, "an output")
    guard let stored = try operand(0).type.integerRange, let range = output.type.integerRange else {
      throw OperatorFault("has no integers to look up")
    }
    guard table.arithmetic != .float32 || (1 / target.scale).isFinite else {
      throw OperatorFault("has an output of scale \(target.scale), whose inverse is infinite")
    }
    let count = Int(stored.upperBound - stored.lowerBound) + 1
    guard count >= table.entries - 1 else {
      throw OperatorFault(
        "looks up \(count) inputs in a table of \(table.entries) entries; at most \(count + 1) are used")
    }
    let distance = count / (table.entries - 1)
    func steps(_ place: Double) -> Double {
      let real = Double(source.scale) * (Double(stored.lowerBound) + place - Double(source.zeroPoint))
      return function.value(real) / Double(target.scale)
    }
    let entries = (0..<table.entries).map { number -> Int64 in
      let place = Double(number * distance)
      if table.arithmetic == .float32 {
        let real = source.scale * Float(stored.lowerBound + Int64(number * distance) - source.zeroPoint)
        let value = Float(function.value(Double(real))) * (1 / target.scale) + Float(target.zeroPoint)
        let rounded = max(min(value.rounded(.toNearestOrEven), 0x1p31), -0x1p31)
        return min(max(Int64(rounded), range.lowerBound), range.upperBound)
      }
      var value = steps(place)
      if table.isBalanced && number < table.entries - 1 {
        let (middle, next) = (steps(place + Double(distance) / 2), steps(place + Double(distance)))
        value += (middle - (value + next) / 2) / 2
      }
      let rounded = max(min(value.rounded(.toNearestOrAwayFromZero), 0x1p31), -0x1p31)
      return min(max(Int64(rounded) + target.zeroPoint, range.lowerBound), range.upperBound)
    }
    let results = (0..<count).map { input -> Int32 in
      let (place, rest) = input.quotientAndRemainder(dividingBy: distance)
      if table.interpolation == .none { return Int32(entries[place]) }
      let slope = entries[place + 1] - entries[place]
      return Int32(entries[place] + shiftRight(slope * Int64(rest), by: distance.trailingZeroBitCount, table.rounding))
    }
    return step(.table(TableKernel(first: Int32(stored.lowerBound), entries: results)))
  }
}

extension Unary.Function {
  /// The function of a real number.
  fileprivate func value(_ x: Double) -> Double {
    switch self {
    case .logistic: 1 / (1 + exp(-x))
    case .tanh: Foundation.tanh(x)
    // Zero times infinity is no number; the limit is 0.
    case .hardSwish: x == -.infinity ? 0 : x * min(max(x + 3, 0), 6) / 6
    case .leakyRelu, .squareRoot: x
    }
  }
}
