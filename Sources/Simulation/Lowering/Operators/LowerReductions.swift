internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel

/// SUM, L2_NORMALIZATION and BATCH_MATMUL.
extension NodeLowering {
  /// SUM is a MEAN without the division.
  ///
  /// Source: `QuantizedMeanOrSum` in TensorFlow Lite's `kernels/internal/reference/reduce.h`. LiteRT's reference kernels
  /// read int8 as if it were uint8 there; here int8 is int8.
  func sum(_ rules: Sum) throws(OperatorFault) -> Step {
    let input = try operand(0)
    guard input.type == output.type, let axes = rules.axes(operands) else {
      throw OperatorFault("sums \(input.type) into \(output.type), or has no constant list of axes")
    }
    let source = try activation(input, "an input")
    if case .float(let rounding) = policy?.division {
      let line = try meanLine(
        source, try activation(output, "an output"), axes.reduce(1) { $0 * input.shape[$1] }, divides: false)
      let stage = try outputStage(
        .none, requantizations: [Requantization(stages: [.lineInFloat(line, rounding)])], addsZeroPoint: false)
      return step(.mean(MeanKernel(axes: axes, inputZeroPoint: 0, outputStage: stage)))
    }
    let factor = Double(source.scale) / Double(try activation(output, "an output").scale)
    let requantization = try StageLowering.requantization(stages, factor: factor)
    let kernel = MeanKernel(
      axes: axes, inputZeroPoint: source.zeroPoint,
      outputStage: try outputStage(.none, requantizations: [requantization]))
    return step(.mean(kernel))
  }

  func l2Normalization() throws(OperatorFault) -> Step {
    let input = try operand(0)
    let source = try activation(input, "an input")
    let target = try activation(output, "an output")
    guard input.type == output.type, let format = output.type.format, let zeroPoint = Int32(exactly: source.zeroPoint),
      target.scale == 1 / 128, target.zeroPoint == (format.isSigned ? 0 : 128)
    else { throw OperatorFault("has an output that is not of scale 1/128 with the middle of its type as zero point") }
    guard let depth = input.shape.extents.last, depth <= 1 << 15 else {
      throw OperatorFault("has rows of \(input.shape.extents.last ?? 0) elements, whose squares may leave 32 bits")
    }
    return step(.l2Normalization(L2NormalizationKernel(inputZeroPoint: zeroPoint, format: format)))
  }

  /// The factor has its product of scales in float32: `GetQuantizedConvolutionMultipler` in TensorFlow Lite's
  /// `kernels/kernel_util.cc`.
  func matrixProduct(_ rules: BatchMatMul) throws(OperatorFault) -> Step {
    let tensors = [try operand(0), try operand(1)]
    guard tensors.allSatisfy({ $0.type == output.type }), [.int8, .int16].contains(output.type) else {
      throw OperatorFault(
        "multiplies \(tensors[0].type) by \(tensors[1].type) into \(output.type); int8 and int16 are supported")
    }
    let (a, b) = (try activation(tensors[0], "an input"), try activation(tensors[1], "an input"))
    guard let first = Int32(exactly: a.zeroPoint), let second = Int32(exactly: b.zeroPoint) else {
      throw OperatorFault("has a huge zero point")
    }
    let kernelLowering = try taking(.secondZeroPoint, isMet: second != 0)
    let (stages, formsFactorsInFloat32) = (kernelLowering.stages, kernelLowering.formsFactorsInFloat32)
    let scale = try activation(output, "an output").scale
    let factor = formsFactorsInFloat32 ? Double(a.scale * b.scale / scale) : Double(a.scale * b.scale) / Double(scale)
    let requantization = try StageLowering.requantization(stages, factor: factor)
    let batches = Shape(Array(output.shape.extents.dropLast(2)))
    let starts = tensors.map { tensor in
      let own = Shape(Array(tensor.shape.extents.dropLast(2)))
      let size = tensor.shape.extents.suffix(2).reduce(1, *)
      let index = BroadcastIndex(from: own, to: batches)
      return (0..<batches.count).map { Int32(index($0) * size) }
    }
    let (x, y) = (tensors[0].shape.extents.suffix(2), tensors[1].shape.extents.suffix(2))
    let widths = (x.last ?? 1, y.last ?? 1)
    let kernel = MatrixProductKernel(
      starts: starts, rows: output.shape[output.shape.rank - 2],
      depth: (rules.transposesFirst ? x.first : x.last) ?? 1, columns: output.shape[output.shape.rank - 1],
      firstSteps: rules.transposesFirst ? [1, widths.0] : [widths.0, 1],
      secondSteps: rules.transposesSecond ? [1, widths.1] : [widths.1, 1], zeroPoints: [first, second],
      accumulator: accumulatorRule, outputStage: try outputStage(.none, requantizations: [requantization]))
    return step(.matrixProduct(kernel), reads: [0, 1])
  }
}
