internal import Digest
internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel

extension Program {
  /// The program's canonical serialization: everything that decides a bit of what it computes, nothing else.
  ///
  /// Names of tensors and of the profile do not stand in it: two profiles with the same arithmetic give the same bytes.
  package func canonicalBytes() -> [UInt8] {
    var encoder = CanonicalEncoder()
    encoder.write("bitexact program")
    encoder.write(CanonicalEncoder.version)
    encoder.write(inputs)
    encoder.write(outputs)
    let used = Set(inputs + outputs + steps.flatMap(\.inputs) + steps.map(\.output)).sorted()
    encoder.write(used.count)
    for index in used { encoder.write(values[index]) }
    encoder.write(steps.count)
    for step in steps { encoder.write(step) }
    return encoder.bytes
  }

  /// The SHA-256 of the canonical serialization in hexadecimal: what a certificate names.
  package func digest() -> String { SHA256.hash(of: canonicalBytes()).hex }
}

extension CanonicalEncoder {
  fileprivate mutating func write(_ value: Value) {
    write(value.tensor)
    write(value.type.rawValue)
    write(value.shape)
    write(value.constant != nil)
    if let constant = value.constant { write(constant) }
  }

  fileprivate mutating func write(_ step: Step) {
    write(step.placement.rawValue)
    write(step.inputs)
    write(step.output)
    write(step.kernel)
  }

  private mutating func write(_ kernel: Kernel) {
    switch kernel {
    case .convolution(let kernel): write(kernel)
    case .add(let kernel): write(kernel)
    case .averagePool(let kernel): write(kernel)
    case .maxPool(let kernel):
      write("maxPool")
      write(kernel.window)
      write([kernel.low, kernel.high])
    case .mean(let kernel):
      write("mean")
      write(kernel.axes)
      write(kernel.inputZeroPoint)
      write(kernel.outputStage)
    case .rescale(let kernel):
      write("rescale")
      write(kernel.inputZeroPoint)
      write(kernel.outputStage)
    case .table(let kernel):
      write("table")
      write(kernel)
    case .copy: write("copy")
    case .pad(let kernel):
      write("pad")
      write(kernel.before)
      write(kernel.after)
      write(Int64(kernel.value))
    case .concatenation(let kernel): write(kernel)
    case .softmax(let kernel):
      write("softmax")
      write([
        Int64(kernel.parameters.multiplier), Int64(kernel.parameters.leftShift),
        Int64(kernel.parameters.smallestDifference),
      ])
      write(kernel.format)
    case .softmax16(let kernel):
      write("softmax16")
      write([kernel.parameters.multiplier.significand, Int64(kernel.parameters.multiplier.exponent)])
      write(kernel.parameters.exponentials.entries.map(Int64.init))
      write(kernel.parameters.reciprocals.entries.map(Int64.init))
    case .floatSoftmax(let kernel):
      write("floatSoftmax")
      write(kernel.parameters.exponentialBits.map(Int64.init))
      write(Int64(kernel.parameters.outputScaleBits))
      write(kernel.format)
    case .quantizeFloat(let kernel):
      write("quantizeFloat")
      write([Int64(kernel.scaleBits), kernel.zeroPoint, kernel.low, kernel.high])
    case .binary(let kernel): write(kernel)
    case .hostBinary(let kernel): write(kernel)
    case .hostUnary(let kernel): write(kernel)
    case .view(let kernel): write(kernel)
    case .lookup(let kernel): write(kernel)
    case .argMax(let kernel): write(kernel)
    case .bilinear(let kernel): write(kernel)
    case .sequenceLSTM(let kernel): write(kernel)
    case .svdf(let kernel): write(kernel)
    case .l2Normalization(let kernel): write(kernel)
    case .matrixProduct(let kernel): write(kernel)
    }
  }

  private mutating func write(_ kernel: ConvolutionKernel) {
    write("convolution")
    // Written only where elements are spread, so that older programs keep their digests.
    if kernel.spread != [1, 1] { write(kernel.spread) }
    write(kernel.input)
    write(kernel.output)
    write(kernel.window)
    write(kernel.groups)
    write(Int64(kernel.inputZeroPoint))
    write(kernel.order.rawValue)
    write(kernel.weights)
    write(kernel.bias)
    write(kernel.accumulator)
    write(kernel.outputStage)
  }

  private mutating func write(_ kernel: AddKernel) {
    write("add")
    for operand in kernel.operands {
      write(operand.zeroPoint)
      write(operand.alignment)
    }
    write(kernel.accumulator)
    write(kernel.outputStage)
  }

  private mutating func write(_ kernel: AveragePoolKernel) {
    write("averagePool")
    write(kernel.window)
    write(kernel.inputZeroPoint)
    switch kernel.division {
    case .divide(let rounding):
      write("divide")
      write(rounding.rawValue)
    case .reciprocals(let reciprocals):
      write("reciprocals")
      write(reciprocals.count)
      for reciprocal in reciprocals { write(reciprocal) }
    }
    write(kernel.outputStage)
  }

  private mutating func write(_ kernel: ConcatenationKernel) {
    write(kernel.addsAxis ? "pack" : "concatenation")
    write(kernel.axis)
    for table in kernel.tables {
      write(table != nil)
      if let table { write(table) }
    }
    write([kernel.low, kernel.high])
  }
}
