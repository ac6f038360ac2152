internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Builds programs without a network or a profile, so that tests can ask for any integers that a step may hold.
struct ProgramBuilder {
  private(set) var values: [Value] = []
  private(set) var steps: [Step] = []
  private(set) var inputs: [Int] = []

  mutating func value(_ shape: [Int], _ type: ElementType = .int8, constant: [Int32]? = nil) -> Int {
    var kind = Value.Kind.float32Bits
    if let bits = type.bits, type.integerRange != nil {
      kind = .integer(IntegerFormat(bits: bits, isSigned: type != .uint8))
    }
    values.append(
      Value(
        tensor: values.count, name: "v\(values.count)", type: type, shape: Shape(shape), kind: kind,
        constant: constant))
    return values.count - 1
  }

  mutating func input(_ shape: [Int], _ type: ElementType = .int8) -> Int {
    inputs.append(value(shape, type))
    return values.count - 1
  }

  /// Adds a step and the value that it writes.
  mutating func step(_ kernel: Kernel, _ inputs: [Int], _ shape: [Int], _ type: ElementType = .int8) -> Int {
    let output = value(shape, type)
    let name = "step\(steps.count)"
    steps.append(
      Step(node: steps.count, name: name, placement: .device, inputs: inputs, output: output, kernel: kernel))
    return output
  }

  func finish(_ outputs: [Int]) -> Program {
    Program(profile: "test", values: values, steps: steps, inputs: inputs, outputs: outputs)
  }
}

extension ElementType {
  /// The integers of an 8-bit type.
  var range8: ClosedRange<Int> { self == .uint8 ? 0...255 : -128...127 }
}

extension OutputStage {
  /// A stage that ends in the whole range of a type.
  init(_ requantizations: [Requantization], zeroPoint: Int64 = 0, _ type: ElementType = .int8) {
    self.init(
      requantizations: requantizations, zeroPoint: zeroPoint, low: type.integerRange?.lowerBound ?? 0,
      high: type.integerRange?.upperBound ?? 0, lowIsFormat: true, highIsFormat: true)
  }
}

extension AccumulatorRule {
  /// A register of 32 bits that saturates.
  static let wide = AccumulatorRule(
    format: .int(32), overflow: .saturate, productsPerCheck: 1, startsFromBias: true)
}
