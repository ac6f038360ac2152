internal import FixedPoint
internal import NetworkModel

extension Reference {
  /// Two elements less their zero points make one.
  static func binary(
    _ kernel: BinaryKernel, _ operands: [[Int32]], _ shapes: [Shape], _ output: Shape, _ events: inout StepEvents
  ) -> [Int32] {
    let indices = shapes.map { BroadcastIndex(from: $0, to: output) }
    var result: [Int32] = []
    result.reserveCapacity(output.count)
    for position in 0..<output.count {
      let a = operands[0][indices[0](position)]
      let b = operands[1][indices[1](position)]
      result.append(kernel.result(a, b, &events))
    }
    return result
  }

  /// The host's arithmetic on elements without scales.
  static func hostBinary(
    _ kernel: HostBinaryKernel, _ operands: [[Int32]], _ shapes: [Shape], _ output: Shape, _ step: Step
  ) throws(SimulationError) -> [Int32] {
    let indices = shapes.map { BroadcastIndex(from: $0, to: output) }
    var result: [Int32] = []
    result.reserveCapacity(output.count)
    for position in 0..<output.count {
      let a = operands[0][indices[0](position)]
      let b = operands[1][indices[1](position)]
      if kernel.isFloat {
        result.append(kernel.floatResult(a, b))
      } else {
        guard let value = kernel.integerResult(a, b) else {
          throw .divisionByZero(node: step.node, name: step.name)
        }
        result.append(value)
      }
    }
    return result
  }

  /// The host's functions of single elements.
  static func hostUnary(_ kernel: HostUnaryKernel, _ input: [Int32]) -> [Int32] {
    input.map { x in
      let real = Float(bitPattern: UInt32(bitPattern: x))
      switch kernel.function {
      case .squareRoot: return Int32(bitPattern: real.squareRoot().bitPattern)
      case .integerToFloat: return Int32(bitPattern: Float(x).bitPattern)
      case .floatToInteger: return kernel.saturated(real)
      case .integerToInteger: return kernel.cut(x)
      }
    }
  }
}

extension BinaryKernel {
  /// The output element for two stored integers.
  fileprivate func result(_ first: Int32, _ second: Int32, _ events: inout StepEvents) -> Int32 {
    let a = Int64(first) - zeroPoints[0]
    let b = Int64(second) - zeroPoints[1]
    let value: Int64
    var way = 0
    switch function {
    case .multiply: value = a * b
    case .slope where a >= 0: value = a
    case .slope: (value, way) = (a * b, 1)
    case .maximum: value = max(a, b)
    case .minimum: value = min(a, b)
    }
    return Reference.finish(value, outputStage, outputStage.requantization(way), &events)
  }
}

extension HostBinaryKernel {
  /// The result for two integers; `nil` for a division by zero.
  fileprivate func integerResult(_ a: Int32, _ b: Int32) -> Int32? {
    let value: Int32
    switch function {
    case .add: value = a &+ b
    case .subtract: value = a &- b
    case .multiply: value = a &* b
    case .divide, .floorDivide:
      if b == 0 { return nil }
      let (quotient, remainder) = (Int64(a) / Int64(b), Int64(a) % Int64(b))
      let isBelow = function == .floorDivide && remainder != 0 && (remainder < 0) != (b < 0)
      // One quotient needs 33 bits: it saturates when truncated and wraps when floored, as in LiteRT.
      value =
        function == .divide ? Int32(clamping: quotient) : Int32(truncatingIfNeeded: isBelow ? quotient - 1 : quotient)
    case .maximum: value = max(a, b)
    case .minimum: value = min(a, b)
    }
    return min(max(value, low), high)
  }

  /// The result for two float32 bit patterns.
  fileprivate func floatResult(_ first: Int32, _ second: Int32) -> Int32 {
    let (a, b) = (Float(bitPattern: UInt32(bitPattern: first)), Float(bitPattern: UInt32(bitPattern: second)))
    let value =
      switch function {
      case .add: a + b
      case .subtract: a - b
      case .multiply: a * b
      case .divide: a / b
      case .floorDivide: (a / b).rounded(.down)
      // The second operand where a comparison fails, as with zeros of both signs: `MaximumOp` and `MinimumOp` in
      // LiteRT's `kernels/maximum_minimum.cc`.
      case .maximum: a > b ? a : b
      case .minimum: a < b ? a : b
      }
    let bounds = (low: Float(bitPattern: UInt32(bitPattern: low)), high: Float(bitPattern: UInt32(bitPattern: high)))
    let raised = value < bounds.low ? bounds.low : value
    return Int32(bitPattern: (bounds.high < raised ? bounds.high : raised).bitPattern)
  }
}

extension HostUnaryKernel {
  /// A real number truncated, or the end of the output's format beyond which it lies.
  ///
  /// Source: `SaturatingCastFloatingToInteger` in LiteRT's `kernels/cast.cc`, which makes NaN the largest integer.
  fileprivate func saturated(_ real: Float) -> Int32 {
    let format = format ?? .int(32)
    let (low, high) = (Int32(clamping: format.minimum), Int32(clamping: format.maximum))
    guard let whole = Int32(exactly: real.rounded(.towardZero)) else { return real < 0 ? low : high }
    return min(max(whole, low), high)
  }

  /// The low bits that the output's format has.
  fileprivate func cut(_ x: Int32) -> Int32 {
    guard let format, format.bits < 32 else { return x }
    return Int32(Requantization(stages: [.wrap(format)]).apply(Int64(x)))
  }
}
