internal import FixedPoint
internal import NetworkModel
internal import Simulation

/// Steps on pairs of elements, at computed places, and the host's arithmetic.
extension Recomputation {
  /// The element of an operand that belongs to an element of the broadcast result.
  private func broadcast(_ number: Int, _ position: Int) -> Int32 {
    let at = coordinates(position, in: output).suffix(shapes[number].rank)
    let own = zip(at, shapes[number].extents).map { $1 == 1 ? 0 : $0 }
    return operands[number][self.position(own, in: shapes[number])]
  }

  func binary(_ kernel: BinaryKernel, _ position: Int) -> Int64 {
    let a = Int128(broadcast(0, position)) - Int128(kernel.zeroPoints[0])
    let b = Int128(broadcast(1, position)) - Int128(kernel.zeroPoints[1])
    switch kernel.function {
    case .multiply: return finish(a * b, kernel.outputStage, channel: 0)
    case .slope:
      return a < 0 ? finish(a * b, kernel.outputStage, channel: 1) : finish(a, kernel.outputStage, channel: 0)
    case .maximum: return finish(a > b ? a : b, kernel.outputStage, channel: 0)
    case .minimum: return finish(a > b ? b : a, kernel.outputStage, channel: 0)
    }
  }

  func hostBinary(_ kernel: HostBinaryKernel, _ position: Int) -> Int64 {
    let (first, second) = (broadcast(0, position), broadcast(1, position))
    if kernel.isFloat { return Int64(hostFloat(kernel, first, second)) }
    let (a, b) = (Int128(first), Int128(second))
    let exact: Int128 =
      switch kernel.function {
      case .add: a + b
      case .subtract: a - b
      case .multiply: a * b
      case .divide: SecondArithmetic.quotient(b < 0 ? -a : a, b.magnitudeAsSigned, .towardZero)
      case .floorDivide: SecondArithmetic.quotient(b < 0 ? -a : a, b.magnitudeAsSigned, .floor)
      case .maximum: a > b ? a : b
      case .minimum: a > b ? b : a
      }
    let kept = Int64(SecondArithmetic.cut(exact, .int(32), saturates: kernel.function == .divide))
    return min(max(kept, Int64(kernel.low)), Int64(kernel.high))
  }

  /// Float32 by way of float64, which rounds sums, products and quotients of float32 to the same float32.
  private func hostFloat(_ kernel: HostBinaryKernel, _ first: Int32, _ second: Int32) -> Int32 {
    func real(_ bits: Int32) -> Double { Double(Float(bitPattern: UInt32(bitPattern: bits))) }
    let (a, b) = (real(first), real(second))
    let value: Double =
      switch kernel.function {
      case .add: a + b
      case .subtract: a - b
      case .multiply: a * b
      case .divide: a / b
      case .floorDivide: Double(Float(a / b)).rounded(.down)
      case .maximum: a > b ? a : b
      case .minimum: a < b ? a : b
      }
    let raised = value < real(kernel.low) ? real(kernel.low) : value
    return Int32(bitPattern: Float(raised > real(kernel.high) ? real(kernel.high) : raised).bitPattern)
  }

  func hostUnary(_ kernel: HostUnaryKernel, _ position: Int) -> Int64 {
    let x = operands[0][position]
    let real = Double(Float(bitPattern: UInt32(bitPattern: x)))
    switch kernel.function {
    case .squareRoot: return Int64(Int32(bitPattern: Float(real.squareRoot()).bitPattern))
    case .integerToFloat: return Int64(Int32(bitPattern: Float(Double(x)).bitPattern))
    case .floatToInteger:
      let format = kernel.format ?? .int(32)
      let (low, high) = (Double(format.minimum), Double(format.maximum))
      return Int64(real.isNaN ? high : max(low, min(high, real)))
    case .integerToInteger: return cut(Int64(x), kernel)
    }
  }

  private func cut(_ x: Int64, _ kernel: HostUnaryKernel) -> Int64 {
    guard let format = kernel.format, format.bits < 32 else { return x }
    return Int64(SecondArithmetic.cut(Int128(x), format, saturates: false))
  }

  func view(_ kernel: ViewKernel, _ position: Int) -> Int64 {
    let at = coordinates(position, in: Shape(kernel.offsets.map(\.count)))
    return Int64(operands[0][zip(kernel.offsets, at).reduce(0) { $0 + Int($1.0[$1.1]) }])
  }

  func lookup(_ kernel: LookupKernel, _ position: Int) -> Int64 {
    let depth = kernel.extents.count
    let tuples = operands[1].count / depth / kernel.batches
    let at = coordinates(position, in: Shape([kernel.batches, kernel.blocks, tuples, kernel.slice]))
    let number = at[0] * tuples + at[2]
    let tuple = operands[1][number * depth..<(number + 1) * depth]
    let start = zip(tuple, kernel.strides).reduce(0) { $0 + Int($1.0) * $1.1 }
    return Int64(operands[0][(at[0] * kernel.blocks + at[1]) * kernel.blockStride + start + at[3]])
  }

  func argMax(_ kernel: ArgMaxKernel, _ position: Int) -> Int64 {
    let input = shapes[0]
    var kept = input.extents
    kept[kernel.axis] = 1
    var at = coordinates(position, in: Shape(kept))
    let line = (0..<input[kernel.axis]).map { index in
      at[kernel.axis] = index
      return Int64(operands[0][self.position(at, in: input)]) * (kernel.findsMinimum ? -1 : 1)
    }
    let largest = line.reduce(line[0]) { max($0, $1) }
    return Int64(line.firstIndex(of: largest) ?? 0)
  }

  func bilinear(_ kernel: BilinearKernel, _ position: Int) -> Int64 {
    let at = coordinates(position, in: output)
    let (row, column) = (kernel.rows[at[1]], kernel.columns[at[2]])
    func element(_ y: Int32, _ x: Int32) -> Int32 {
      operands[0][self.position([at[0], Int(y), Int(x), at[3]], in: shapes[0])]
    }
    switch kernel.arithmetic {
    case .fixedPoint(let fraction, let rule):
      let one: Int128 = 1 << Int128(fraction)
      // Rows first, then columns: the exact sum does not depend on the order.
      func blend(_ a: Int128, _ b: Int128, _ distance: Int32) -> Int128 { one * a + Int128(distance) * (b - a) }
      let left = blend(
        Int128(element(row.lower, column.lower)), Int128(element(row.upper, column.lower)), row.distance)
      let right = blend(
        Int128(element(row.lower, column.upper)), Int128(element(row.upper, column.upper)), row.distance)
      return Int64(SecondArithmetic.quotient(blend(left, right, column.distance), one * one, rule))
    case .float32:
      // Each operation in float64, rounded to float32 behind it.
      func real(_ bits: Int32) -> Double { Double(Float(bitPattern: UInt32(bitPattern: bits))) }
      func rounded(_ x: Double) -> Double { Double(Float(x)) }
      let (down, right) = (real(row.distance), real(column.distance))
      let (up, left) = (rounded(1 - down), rounded(1 - right))
      var sum: Double?
      for (y, x, vertical, horizontal) in [
        (row.lower, column.lower, up, left), (row.upper, column.lower, down, left),
        (row.lower, column.upper, up, right), (row.upper, column.upper, down, right),
      ] {
        let term = rounded(rounded(Double(element(y, x)) * vertical) * horizontal)
        sum = sum.map { rounded($0 + term) } ?? term
      }
      return Int64(rounded((sum ?? 0) + 0.5))
    }
  }
}

extension Int128 {
  fileprivate var magnitudeAsSigned: Int128 { self < 0 ? -self : self }
}
