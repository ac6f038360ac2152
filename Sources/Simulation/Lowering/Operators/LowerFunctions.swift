internal import FixedPoint
internal import Foundation
internal import HardwareProfile
internal import NetworkModel

/// Functions of one real number: tables of all stored integers, in TensorFlow Lite's arithmetic.
extension NodeLowering {
  func unary(_ rules: Unary) throws(OperatorFault) -> Step {
    let input = try operand(0)
    guard input.type == output.type else { throw OperatorFault("changes the type of its input") }
    if let table = policy?.table { return try tabulated(rules.function, by: table) }
    switch rules.function {
    case .squareRoot:
      guard input.type == .float32 else { throw OperatorFault("takes a root of \(input.type); float32 is supported") }
      return step(.hostUnary(HostUnaryKernel(function: .squareRoot)))
    case .logistic where input.type == .int16: return try logistic16()
    case .tanh where input.type == .int16: return try tanh16()
    case .logistic:
      let target = try activation(output, "an output")
      // `SigmoidPrepare` in TensorFlow Lite's `kernels/activations.cc`.
      guard target.scale == 1 / 256 else {
        throw OperatorFault("has an output of scale \(target.scale); it must be 1/256")
      }
      // The exponential of a float32, rounded once from float64.
      return try tabulated { 1 / (1 + Float(exp(-Double($0)))) }
    case .tanh: return try tabulated { Float(Foundation.tanh(Double($0))) }
    case .leakyRelu: return try leakyRelu(alpha: rules.alpha)
    case .hardSwish: return try hardSwish()
    }
  }

  /// A function of float32 at each stored integer, rounded to the output's scale in float32.
  ///
  /// Source: `LUTPopulate` in TensorFlow Lite's `kernels/internal/common.h`.
  private func tabulated(_ function: (Float) -> Float) throws(OperatorFault) -> Step {
    let source = try activation(operand(0), "an input")
    let target = try activation(output, "an output")
    let inverse = 1 / target.scale
    guard inverse.isFinite else {
      throw OperatorFault("has an output of scale \(target.scale), whose inverse is infinite")
    }
    return try table { stored in
      let real = function(source.scale * Float(stored - source.zeroPoint))
      let steps = (real * inverse).rounded(.toNearestOrAwayFromZero)
      // Functions here are bounded; an infinite product is of a scale next to zero.
      return Int64(max(min(steps + Float(target.zeroPoint), 0x1p30), -0x1p30))
    }
  }

  /// A step that looks up what `result` gives for each stored integer, cut to the output's format.
  private func table(_ result: (Int64) -> Int64) throws(OperatorFault) -> Step {
    _ = try activation(operand(0), "an input")
    guard let range = output.type.integerRange else { throw OperatorFault("has an output of type \(output.type)") }
    let entries = range.map { Int32(min(max(result($0), range.lowerBound), range.upperBound)) }
    return step(.table(TableKernel(first: Int32(range.lowerBound), entries: entries)))
  }

  /// LEAKY_RELU: one factor above zero, another one below, both formed in float32 as `LeakyReluPrepare` in TensorFlow
  /// Lite's `kernels/activations.cc` does.
  private func leakyRelu(alpha: Float) throws(OperatorFault) -> Step {
    let factor = try activation(operand(0), "an input").scale / activation(output, "an output").scale
    return try taking(factors: [factor, abs(factor * alpha)]).slopes(alpha: alpha)
  }

  private func slopes(alpha: Float) throws(OperatorFault) -> Step {
    let source = try activation(operand(0), "an input")
    let target = try activation(output, "an output")
    let above = try StageLowering.requantization(stages, factor: Double(source.scale / target.scale))
    if formsFactorsInFloat32 { return try leakyRelu(alpha: alpha, above: above, source, target) }
    let factor = Double(source.scale * alpha / target.scale)
    // LiteRT multiplies by the opposite of a negative slope's factor and takes the opposite of the result:
    // `QuantizeLeakyRelu` in `kernels/internal/reference/leaky_relu.h`. A number of 9 bits shifted left by 22 or less
    // stays within 32 bits, so that the result has an opposite.
    guard factor > -0x1p22 else { throw OperatorFault("has the slope \(alpha), whose factor is \(factor)") }
    let below =
      factor == 0
      ? Requantization(stages: [.multiply(0)]) : try StageLowering.requantization(stages, factor: abs(factor))
    return try table { stored in
      let x = stored - source.zeroPoint
      let result = x >= 0 ? above.apply(x) : factor < 0 ? -below.apply(x) : below.apply(x)
      return target.zeroPoint + min(max(result, -1 << 40), 1 << 40)
    }
  }

  /// The same where the factor below zero is the one above zero times the slope, in float32, and has the slope's sign.
  ///
  /// Source: `xnn_create_leaky_relu_nc_qs8` in XNNPACK's `src/operators/unary-elementwise-nc.c` and
  /// `xnn_init_qs8_lrelu_scalar_params` in its `src/microparams-init.c`.
  private func leakyRelu(
    alpha: Float, above: Requantization, _ source: Quantization, _ target: Quantization
  ) throws(OperatorFault) -> Step {
    let factor = source.scale / target.scale * alpha
    let below = try StageLowering.requantization(stages, factor: Double(abs(factor)))
    return try table { stored in
      let x = stored - source.zeroPoint
      let result = x >= 0 ? above.apply(x) : below.apply(factor < 0 ? -x : x)
      return target.zeroPoint + min(max(result, -1 << 40), 1 << 40)
    }
  }

  private func hardSwish() throws(OperatorFault) -> Step {
    let source = try activation(operand(0), "an input")
    let target = try activation(output, "an output")
    guard let swish = TFLiteHardSwish(inputScale: source.scale, outputScale: target.scale) else {
      throw OperatorFault(
        "has an input of scale \(source.scale) and an output of scale \(target.scale); TensorFlow Lite needs an output "
          + "scale of at least 1/128 of the input's")
    }
    return try table { target.zeroPoint + Int64(swish($0 - source.zeroPoint)) }
  }
}
