internal import FixedPoint

extension HardwareProfile {
  /// What decides the bits of a layer with weights, in a line: formats, scales, the register, the requantization.
  package var arithmeticInWords: String {
    var parts = [activations.formats.map(\.name).joined(separator: ", ")]
    let widths = weights.formats.map(\.name).filter { !activations.formats.map(\.name).contains($0) }
    if !widths.isEmpty { parts[0] += ", weights also \(widths.joined(separator: ", "))" }
    parts.append(activations.zeroPoint == .any ? "zero points" : "no zero points")
    parts.append(
      (weights.scale == .real ? "any scale" : "powers of two")
        + (weights.granularity.contains(.channel) ? " per channel" : " per tensor"))
    // A register of 32 bits that is checked at the end is what 8-bit products of most layers never fill.
    if accumulator.bits != 32 || accumulator.check != .end {
      parts.append("\(accumulator.bits)-bit register, \(accumulator.overflow.rawValue) at \(accumulator.checkInWords)")
    }
    if bias.shift > 0 { parts.append("\(bias.bits)-bit bias, shifted left by \(bias.shift)") }
    return parts.joined(separator: "; ") + "; " + requantize.map(\.words).joined(separator: ", ")
  }
}

extension AccumulatorScheme {
  fileprivate var checkInWords: String {
    switch check {
    case .product: "each product"
    case .group: "each \(groupSize) products"
    case .end: "the end"
    }
  }
}

extension StageTemplate {
  /// The stage in a few words.
  fileprivate var words: String {
    switch self {
    case .shiftLeft: "shift left"
    case .multiply(let bits, nil, _): "multiply by \(bits) bits"
    case .multiply(let bits, let rounding?, _): "multiply by \(bits) bits `\(rounding.rawValue)`"
    case .shift(let rounding, _, _): "shift `\(rounding.rawValue)`"
    case .float(let bits, let rounding, _): "multiply as float\(bits) `\(rounding.rawValue)`"
    case .fixedPoint(let bits, let fraction, let rounding, _):
      "multiply by \(bits) bits of which \(fraction) are fraction `\(rounding.rawValue)`"
    case .thresholds: "count thresholds"
    case .saturate(let format): "saturate \(format.name)"
    case .wrap(let format): "wrap \(format.name)"
    }
  }
}
