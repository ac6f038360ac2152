/// What the refinement gained, over all layers.
struct RefinementSummary {
  private let samples: Int
  private var layers = 0
  private var gains: [Double] = []
  private var errors = (before: 0.0, after: 0.0)
  private var folded = 0

  init(samples: Int) { self.samples = samples }

  mutating func add(_ result: RoundLayer.Outcome) {
    layers += 1
    if result.noise > 0 && result.plainNoise > 0 { gains.append(decibels(result.plainNoise / result.noise)) }
  }

  mutating func add(_ measured: [OutputErrors.Measure]) {
    guard let first = measured.first, let last = measured.last else { return }
    folded += 1
    errors.before += first.meanError
    errors.after += last.meanError
  }

  var passGains: [PassGain] {
    var found: [PassGain] = []
    if !gains.isEmpty {
      let mean = gains.reduce(0, +) / Double(gains.count)
      found.append(
        PassGain(
          step: .feedBackErrors, objective: "noise of rounded weights beside plain rounding's, mean", unit: "dB",
          before: 0, after: -mean, places: gains.count))
    }
    if folded > 0 {
      let count = Double(folded)
      found.append(
        PassGain(
          step: .foldOutputError, objective: "magnitude of an output's mean error, mean over channels", unit: "steps",
          before: errors.before / count, after: errors.after / count, places: folded))
    }
    return found
  }

  var words: String {
    func rounded(_ x: Double) -> String { "\((x * 100).rounded() / 100)" }
    var parts: [String] = []
    if !gains.isEmpty {
      let mean = gains.reduce(0, +) / Double(gains.count)
      parts.append(
        "error feedback lowers the rounding noise of \(gains.count) layers by \(rounded(mean)) dB on average")
    }
    if folded > 0 {
      let count = Double(folded)
      parts.append(
        "biases of \(folded) layers bring the mean output error from \(rounded(errors.before / count)) to "
          + "\(rounded(errors.after / count)) steps")
    }
    return (parts + ["\(samples) samples"]).joined(separator: "; ")
  }
}
