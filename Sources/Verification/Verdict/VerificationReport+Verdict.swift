extension VerificationReport {
  /// What a distance was measured on; raw values stand in JSON and are stable.
  package enum Evidence: String, Sendable, Hashable, Codable {
    /// Samples that a caller gave.
    case given
    /// Samples that are made up after the look of real ones.
    case madeUp
    /// Noise of the input's format.
    case random

    /// Whether the samples say little of real data.
    package var isWeak: Bool { self != .given }
  }

  /// How far the model is from its source, in a word.
  package struct Distance: Sendable, Hashable, Codable {
    /// What it is called and why.
    package var verdict: DistanceVerdict
    /// What it was measured on.
    package var evidence: Evidence
    /// The part of samples on which noise as strong as the first output's would leave the decision, 0 to 1; `nil` where the
    /// output is no decision.
    package var noiseAlikeAgreement: Double?
    /// Where most of the noise is born; `nil` where nothing differs before the outputs.
    package var birth: NoiseBirth?
  }

  /// Whether everything that can be proved holds: all parts but the distance from the source.
  package var isProved: Bool { !parts.contains { $0.name != .source && $0.status == .failed } }

  /// Whether the model may be called verified: no part failed, and it is not far from its source.
  package var isVerified: Bool { passed && distance?.verdict.word != .far }

  /// The last word, for text, JSON and pages alike.
  ///
  /// It has the word "verified" where ``isVerified`` holds, and "NOT verified"
  /// where something could be proved and was not; never for a model that is far from its source.
  package var verdict: String {
    guard let distance else { return passed ? "verified" : "NOT verified" }
    let word = distance.verdict.word
    let samples = distance.evidence == .given ? "" : " on \(distance.evidence.words) inputs"
    if word == .far {
      let proofs = isProved ? "what is proved holds" : "and what is to be proved does not hold"
      return "FAR from its source\(samples): \(farness); \(proofs)"
    }
    if !distance.verdict.failures.isEmpty {
      return "NOT verified: \(distance.verdict.failures.joined(separator: "; "))"
    }
    guard passed else { return "NOT verified" }
    switch word {
    case .equal: return "verified, equal to its source\(samples)"
    case .close: return "verified, close to its source\(samples)"
    case .coarse, .far: return "verified, but coarse beside its source\(samples): \(farness)"
    }
  }

  /// The output that is farthest from the source's; `nil` where nothing was compared.
  package var worstOutput: TensorComparison? {
    outputs.min { ($0.sqnrDb ?? .infinity) < ($1.sqnrDb ?? .infinity) }
  }

  /// The worst output's distance in numbers.
  private var farness: String {
    guard let worst = worstOutput, let sqnr = worst.sqnrDb else { return "its outputs differ" }
    return "\(decimal(sqnr, 1)) dB, \(decimal(100 * worst.agreement, 1)) % agreement"
  }
}

extension VerificationReport.Evidence {
  /// The kind of samples in words.
  package var words: String {
    switch self {
    case .given: "given"
    case .madeUp: "made-up"
    case .random: "random"
    }
  }
}

/// A number with some decimals, without locale.
func decimal(_ number: Double, _ digits: Int) -> String {
  let power = (0..<digits).reduce(Int64(1)) { product, _ in product * 10 }
  let scaled = (number.magnitude * Double(power)).rounded()
  guard scaled < 0x1p62 else { return "\(number)" }
  let whole = Int64(scaled)
  let fraction = "\(whole % power)"
  let zeros = String(repeating: "0", count: max(0, digits - fraction.count))
  return "\(number < 0 && whole != 0 ? "-" : "")\(whole / power).\(zeros)\(fraction)"
}
