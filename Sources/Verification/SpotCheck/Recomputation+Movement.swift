internal import FixedPoint
internal import NetworkModel
internal import Simulation

/// Steps that move elements, and the host's conversion.
extension Recomputation {
  func pad(_ kernel: PadKernel, _ position: Int) -> Int64 {
    let source = zip(coordinates(position, in: output), kernel.before).map { $0 - $1 }
    let isInside = zip(source, shapes[0].extents).allSatisfy { $0 >= 0 && $0 < $1 }
    return isInside ? Int64(operands[0][self.position(source, in: shapes[0])]) : Int64(kernel.value)
  }

  func concatenation(_ kernel: ConcatenationKernel, _ position: Int) -> Int64 {
    var at = coordinates(position, in: output)
    var number = 0
    if kernel.addsAxis {
      number = at.remove(at: kernel.axis)
      return Int64(operands[number][self.position(at, in: shapes[number])])
    }
    while at[kernel.axis] >= shapes[number][kernel.axis] {
      at[kernel.axis] -= shapes[number][kernel.axis]
      number += 1
    }
    let stored = operands[number][self.position(at, in: shapes[number])]
    let rescaled = kernel.tables[number].map { $0.entries[Int(stored) - Int($0.first)] } ?? stored
    return min(max(Int64(rescaled), kernel.low), kernel.high)
  }

  /// A float32 quotient, formed by way of float64: for a division that rounds to the same float32.
  func quantizeFloat(_ kernel: QuantizeFloatKernel, _ position: Int) -> Int64 {
    let x = Float(bitPattern: UInt32(bitPattern: operands[0][position]))
    let quotient = Double(Float(Double(x) / Double(Float(bitPattern: kernel.scaleBits))))
    var integer: Int64 = -(1 << 31)
    if quotient.magnitude < 0x1p31 {
      // The magnitude plus a half is exact in float64.
      let magnitude = Int64(quotient.magnitude + 0.5)
      integer = quotient < 0 ? -magnitude : magnitude
    }
    let sum = SecondArithmetic.cut(Int128(integer + kernel.zeroPoint), .int(32), saturates: false)
    return min(max(Int64(sum), kernel.low), kernel.high)
  }
}
