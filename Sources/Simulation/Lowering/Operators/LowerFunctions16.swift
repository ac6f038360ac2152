internal import FixedPoint
internal import Foundation
internal import HardwareProfile
internal import NetworkModel

/// Functions of int16 in TensorFlow Lite's arithmetic: each is a table of all stored integers.
extension NodeLowering {
  /// LOGISTIC.
  func logistic16() throws(OperatorFault) -> Step {
    let function = try function16(fixedPointShifts: 0...0)
    return try table16 { function.logistic($0) }
  }

  /// TANH.
  func tanh16() throws(OperatorFault) -> Step {
    let function = try function16(fixedPointShifts: 0...1)
    return try table16 { function.tanh($0) }
  }

  /// SOFTMAX.
  func softmax16(_ rules: Softmax) throws(OperatorFault) -> Step {
    let source = try activation(operand(0), "an input")
    let target = try activation(output, "an output")
    guard policy?.softmax != .floatTable else { throw OperatorFault("has a float32 softmax, which is of 8 bits only") }
    guard try operand(0).type == .int16, output.type == .int16, abs(target.scale - 1 / 32768) <= 0.001 / 32768 else {
      throw OperatorFault("works on int16 and gives no int16 of scale 1/32768")
    }
    guard let depth = output.shape.extents.last, depth <= TFLiteSoftmax16.depthLimit else {
      throw OperatorFault("has rows of more than \(TFLiteSoftmax16.depthLimit) elements, whose sums may leave 32 bits")
    }
    guard let parameters = TFLiteSoftmax16(beta: rules.beta, inputScale: source.scale, exponential: { exp($0) }) else {
      throw OperatorFault("has beta \(rules.beta) and input scale \(source.scale); their product is out of range")
    }
    return step(.softmax16(Softmax16Kernel(parameters: parameters)))
  }

  /// The exponent of a scale that TensorFlow Lite takes for a power of two: `CheckedLog2` in
  /// `kernels/internal/quantization_util.cc`.
  static func checkedExponent(_ scale: Float) -> Int? {
    let exponent = Float(log(Double(scale))) * (1 / Float(log(2.0)))
    let rounded = exponent.rounded(.toNearestOrAwayFromZero)
    return abs(exponent - rounded) < 1e-3 ? Int(rounded) : nil
  }

  private func function16(fixedPointShifts: ClosedRange<Int>) throws(OperatorFault) -> TFLiteLogistic16 {
    let source = try activation(operand(0), "an input")
    let target = try activation(output, "an output")
    guard output.type == .int16, Self.checkedExponent(target.scale) == -15 else {
      throw OperatorFault("has an output of scale \(target.scale); it must be 1/32768")
    }
    let entries = (0..<256).map(Self.logisticEntry)
    if let exponent = Self.checkedExponent(source.scale), fixedPointShifts.contains(exponent + 12) {
      return TFLiteLogistic16(powerOfTwo: exponent + 12, entries: entries)
    }
    guard let function = TFLiteLogistic16(inputScale: source.scale, entries: entries) else {
      throw OperatorFault("has an input of scale \(source.scale); supported are scales below 5.3")
    }
    return function
  }

  /// An entry of TensorFlow Lite's table for the logistic function of 24ths with 16 fraction bits.
  ///
  /// It is moved by half of the error that a line to the next entry has in the middle. That this gives the constants was
  /// found by comparison with LiteRT's results.
  private static func logisticEntry(_ number: Int) -> UInt16 {
    func exact(_ k: Double) -> Double { 65536 / (1 + exp(-k / 24)) }
    // The last one, which every larger number has, is the largest that 16 bits hold.
    if number == 255 { return .max }
    let k = Double(number)
    let error = exact(k + 0.5) - (exact(k) + exact(k + 1)) / 2
    return UInt16((exact(k) + error / 2).rounded())
  }

  private func table16(_ result: (Int16) -> Int16) throws(OperatorFault) -> Step {
    let entries = (Int16.min...Int16.max).map { Int32(result($0)) }
    return step(.table(TableKernel(first: Int32(Int16.min), entries: entries)))
  }
}
