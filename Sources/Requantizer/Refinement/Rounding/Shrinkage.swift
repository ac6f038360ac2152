/// How little samples say of the covariance of all inputs.
extension TapSamples {
  /// What is added to a covariance's diagonal in any case, as a part of its mean, so that it is positive definite.
  private static let leastDamping: Float = 0.01

  /// What is to be added to the diagonal of a covariance, as a part of its mean, before weights are rounded on it.
  ///
  /// Samples leave directions of the taps out, and errors that are fed back gather there, where the covariance does not count
  /// them and other inputs do. Ledoit and Wolf (J. Multivariate Anal. 88, 2004) estimate from the samples themselves which
  /// mixture `(1 − ρ)·H + ρ·μ·I` is nearest to the covariance of all inputs, `μ` being the mean of the diagonal: `ρ` is
  /// `Σ‖H_i − H‖² / n²` over `‖H − μ·I‖²`, with the covariance `H_i` of each of `n` independent parts. Positions of one image
  /// are alike, so the parts are the images.
  ///
  /// - Parameters:
  ///   - covariance: The samples' covariance.
  ///   - images: The number of images, each of which gave equally many samples in a row.
  /// - Returns: `ρ / (1 − ρ)`, but at least a hundredth.
  func damping(of covariance: SymmetricMatrix, images: Int) -> Float {
    // Of so few taps, as a depthwise layer has, so many images leave nothing out.
    if taps * 4 < images { return Self.leastDamping }
    // The positions of a single image are all that there is.
    let parts = images > 1 ? images : count
    guard parts > 1 else { return Self.leastDamping }
    let each = count / parts
    var own = 0.0
    for part in 0..<parts { own += energy(part * each..<(part + 1) * each) }
    let whole = covariance.elements.reduce(0.0) { $0 + Double($1) * Double($1) }
    let trace = (0..<taps).reduce(0.0) { $0 + Double(covariance[$1, $1]) }
    let distance = whole - trace * trace / Double(taps)
    guard distance > 0 else { return Self.leastDamping }
    let spread = max(own / Double(parts) - whole, 0) / Double(parts)
    let part = min(spread / distance, 0.999)
    return max(Float(part / (1 - part)), Self.leastDamping)
  }

  /// The energy `‖H‖²` of the covariance of a few samples: that of their products with each other, over their number's square.
  private func energy(_ samples: Range<Int>) -> Double {
    var sum = 0.0
    unsafe columns.withUnsafeBufferPointer { all in
      for one in samples {
        for other in samples.lowerBound...one {
          var products = SIMD8<Float>.zero
          for tile in 0..<tiles { unsafe products += all[tile * count + one] * all[tile * count + other] }
          let product = Double(products.sum())
          sum += product * product * (one == other ? 1 : 2)
        }
      }
    }
    return sum / Double(samples.count * samples.count)
  }
}
