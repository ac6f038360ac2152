internal import FixedPoint

/// The kernels of `ElementKernels.swift`.
extension CanonicalEncoder {
  mutating func write(_ kernel: BinaryKernel) {
    write("binary")
    write(kernel.function.rawValue)
    write(kernel.zeroPoints)
    write(kernel.outputStage)
  }

  mutating func write(_ kernel: HostBinaryKernel) {
    write("hostBinary")
    write(kernel.function.rawValue)
    write(kernel.isFloat)
    write([Int64(kernel.low), Int64(kernel.high)])
  }

  mutating func write(_ kernel: HostUnaryKernel) {
    write("hostUnary")
    write(kernel.function.rawValue)
    write(kernel.format != nil)
    if let format = kernel.format { write(format) }
  }

  mutating func write(_ kernel: ViewKernel) {
    write("view")
    write(kernel.offsets.count)
    for list in kernel.offsets { write(list) }
  }

  mutating func write(_ kernel: LookupKernel) {
    write("lookup")
    if kernel.batches != 1 { write(kernel.batches) }
    write([kernel.blocks, kernel.blockStride, kernel.slice])
    write(kernel.extents)
    write(kernel.strides)
  }

  mutating func write(_ kernel: ArgMaxKernel) {
    write(kernel.findsMinimum ? "argMin" : "argMax")
    write(kernel.axis)
  }

  mutating func write(_ kernel: BilinearKernel) {
    write("bilinear")
    switch kernel.arithmetic {
    case .fixedPoint(let fraction, let rounding):
      write(rounding.rawValue)
      // TensorFlow Lite's number has none, so that digests stay what they were.
      if fraction != 10 { write(fraction) }
    case .float32: write("float32")
    }
    for places in [kernel.rows, kernel.columns] { write(places.flatMap { [$0.lower, $0.upper, $0.distance] }) }
  }

  mutating func write(_ kernel: SequenceLSTMKernel) {
    write("sequenceLSTM")
    write([kernel.batches, kernel.times, kernel.inputs, kernel.cells, kernel.cellIntegerBits])
    write(kernel.isTimeMajor)
    write([Int64(kernel.inputZeroPoint), Int64(kernel.stateZeroPoint), Int64(kernel.cellClip)])
    for gate in kernel.gates {
      write(gate.inputWeights)
      write(gate.recurrentWeights)
      write(gate.bias)
      write(gate.inputRequantization)
      write(gate.recurrentRequantization)
    }
    write(kernel.output)
  }

  mutating func write(_ kernel: L2NormalizationKernel) {
    write("l2Normalization")
    write(Int64(kernel.inputZeroPoint))
    write(kernel.format)
  }

  mutating func write(_ kernel: MatrixProductKernel) {
    write("matrixProduct")
    for list in kernel.starts { write(list) }
    write([kernel.rows, kernel.depth, kernel.columns] + kernel.firstSteps + kernel.secondSteps)
    write(kernel.zeroPoints)
    write(kernel.accumulator)
    write(kernel.outputStage)
  }

  mutating func write(_ kernel: SVDFKernel) {
    write("svdf")
    write([kernel.batches, kernel.inputs, kernel.rank])
    write(Int64(kernel.inputZeroPoint))
    write(kernel.features)
    write(kernel.featureRequantization)
    write(kernel.times)
    write(kernel.bias)
    write(kernel.outputStage)
  }
}
