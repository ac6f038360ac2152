/// The real weights that bring a layer, on what the re-quantized layers before it give, closest to the source's own output.
///
/// With `r` the error of the layer's output before its weights are rounded, and `x` its input, the weights move by
/// `E[r·xᵀ]·(H + λ·I)⁻¹`: what the layers before lost is made up for as far as it depends on the input. That is the
/// asymmetric calibration of GPTAQ (arXiv 2504.02692). The ridge `λ` holds the weights near the source's where samples are
/// few: in units of `H`'s mean diagonal it is ``ridge`` times the taps over the samples.
struct SourceTargets: Sendable {
  /// How strongly the weights are held, as a multiple of taps over samples.
  let ridge: Float
  /// The wanted output of each sample, `[sample][channel]`, in steps.
  let goals: [Float]
  /// The ends of the output.
  let bounds: ClosedRange<Float>
  let channels: Int
  /// Output steps for a step of the input times one of the real weights.
  let unit: Double

  /// Moves the weights of a block of channels.
  ///
  /// - Parameters:
  ///   - rows: For each tap the weights, one channel in each lane; moved.
  ///   - range: The channels.
  ///   - bias: The real bias of each channel in steps of the output.
  ///   - samples: What the weights multiply.
  ///   - damped: The factors of `H + λ·I`.
  func move(_ rows: inout [Lanes], _ range: Range<Int>, bias: [Float], _ samples: TapSamples, _ damped: Lattice) {
    let scaled = rows.map { $0 * Float(unit) }
    var offset = Lanes.zero
    for (lane, value) in bias.enumerated() { offset[lane] = value }
    for tap in 0..<samples.taps { offset += scaled[tap] * Float(samples.means[tap]) }
    var errors = samples.products(scaled)
    let (low, high) = (Lanes(repeating: bounds.lowerBound), Lanes(repeating: bounds.upperBound))
    var mean = Lanes.zero
    for sample in errors.indices {
      var wanted = Lanes.zero
      for (lane, channel) in range.enumerated() { wanted[lane] = goals[sample * channels + channel] }
      errors[sample] = wanted - (errors[sample] + offset).clamped(lowerBound: low, upperBound: high)
      mean += errors[sample]
    }
    mean /= Float(max(errors.count, 1))
    for sample in errors.indices { errors[sample] -= mean }
    let moves = damped.solve(samples.correlation(errors))
    for tap in rows.indices { rows[tap] += moves[tap] / Float(unit) }
  }
}
