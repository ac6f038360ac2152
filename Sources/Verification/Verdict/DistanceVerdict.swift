internal import NetworkModel

/// What a model's distance from its source is called.
///
/// The distance is a measurement on samples; nothing is proved by it. The words go by the SQNR of the outputs
/// (``NetworkModel/SignalToNoise``), a classifier's before its SOFTMAX, and by the agreement of their largest elements:
///
/// * *equal*: nothing differs.
/// * *close*: the noise is at most a fifth of what the outputs vary by (``closeDb``), or no element is more than two steps of
///   the source's own output off and the noise has at most half of the energy: a source that varies by few steps rounds
///   that much away itself.
/// * *coarse*: more, as few bits leave it.
/// * *far*: the noise has more than a fifth of the energy (``farDb``), or changes decisions that noise of its strength would
///   not change. The model does something else than its source.
///
/// Why these bounds: 8-bit schemes leave 15 to 40 dB on real models, 4-bit weights without training 8 to 9, and results
/// that lost a clamp or a bias -7 to 6 (docs/analysis.md has the measurements). A bound on agreement alone would not do: a
/// good result of a model whose classes are close together agrees less than a broken one of an easy model. So agreement is
/// held to what plain noise of the same strength would leave (``NoiseAlike``).
package struct DistanceVerdict: Sendable, Hashable, Codable {
  /// From the best to the worst; raw values stand in JSON and are stable.
  package enum Word: String, CaseIterable, Sendable, Hashable, Codable {
    case equal, close, coarse, far
  }

  /// What a user demands instead of what is usual.
  package struct Demand: Sendable, Hashable, Codable {
    /// The least SQNR of each output in decibels.
    package var sqnrDb: Double?
    /// The least agreement of each output, 0 to 1.
    package var agreement: Double?

    /// Demands nothing, or some of it.
    package init(sqnrDb: Double? = nil, agreement: Double? = nil) {
      self.sqnrDb = sqnrDb
      self.agreement = agreement
    }

    /// The bounds that an output does not hold, in words.
    ///
    /// - Parameters:
    ///   - name: The output's name.
    ///   - comparison: What was measured of it.
    /// - Returns: One sentence for each.
    package func failures(_ name: String, _ comparison: Comparison) -> [String] {
      var failures: [String] = []
      if let agreement, let found = comparison.agreement, found < agreement {
        failures.append(
          "\"\(name)\": agreement \(decimal(100 * found, 2)) % is below \(decimal(100 * agreement, 2)) %")
      }
      if let sqnrDb, !comparison.isIdentical, let found = comparison.sqnrDb, found < sqnrDb {
        failures.append("\"\(name)\": SQNR \(decimal(found, 2)) dB is below \(decimal(sqnrDb, 2)) dB")
      }
      return failures
    }
  }

  /// Noise of a fifth of the signal's amplitude: `10·log10(25)`, rounded.
  package static let closeDb = 14.0
  /// Noise of a fifth of the signal's energy: `10·log10(5)`, rounded.
  package static let farDb = 7.0
  /// Noise of half of the signal's energy, rounded: an output that does not follow its source at all has 0 dB.
  static let aliveDb = 3.0
  /// How many steps of the source's own output no element may be off to be called close all the same.
  static let smallSteps = 2.001

  /// The word for the worst output.
  package var word: Word
  /// Why, in words; empty where the SQNR alone says it.
  package var reasons: [String]
  /// Which demanded bounds do not hold, in words.
  package var failures: [String]

  /// Whether the distance is within the bounds: the demanded ones, or else the usual ones.
  package var passed: Bool

  /// Judges outputs.
  ///
  /// - Parameters:
  ///   - outputs: What was measured of each.
  ///   - demand: What is demanded; a demanded bound takes the place of the usual ones.
  package init(_ outputs: [MeasuredOutput], demand: Demand = Demand()) {
    let judged = outputs.map { $0.judged() }
    word = judged.map(\.word).max { Word.order($0) < Word.order($1) } ?? .equal
    reasons = judged.compactMap(\.reason)
    failures = outputs.flatMap { demand.failures($0.name, $0.comparison) }
    passed = failures.isEmpty && (word != .far || demand.sqnrDb != nil || demand.agreement != nil)
  }
}

extension DistanceVerdict.Word {
  /// The beginning of a sentence.
  package var words: String {
    switch self {
    case .equal: "Equal to the source"
    case .close: "Close to the source"
    case .coarse: "Coarse beside the source"
    case .far: "FAR from the source"
    }
  }

  fileprivate static func order(_ word: Self) -> Int { allCases.firstIndex(of: word) ?? 0 }
}

/// What was measured of an output.
package struct MeasuredOutput: Sendable {
  /// Its name.
  package var name: String
  /// Agreement, SQNR and errors.
  package var comparison: Comparison
  /// What noise as strong would leave.
  package var noiseAlike: NoiseAlike
  /// The size of a step of the source's output; 0 where it has none.
  package var sourceStep: Double

  /// Describes an output that nothing was measured of yet.
  package init(name: String, sourceStep: Double) {
    self.name = name
    comparison = Comparison()
    noiseAlike = NoiseAlike()
    self.sourceStep = sourceStep
  }

  /// Adds a sample.
  package mutating func add(_ actual: [Double], against expected: [Double]) {
    comparison.add(actual, against: expected)
    noiseAlike.add(actual, against: expected)
  }

  /// Adds a sample whose real numbers are formed on the way.
  ///
  /// - Returns: The place of the first largest element of each.
  @discardableResult
  package mutating func add(_ actual: RealNumbers, against expected: RealNumbers) -> (actual: Int, expected: Int) {
    noiseAlike.add(actual, against: expected)
    return comparison.add(actual, against: expected)
  }

  /// Adds what was measured elsewhere.
  package mutating func merge(_ other: MeasuredOutput) {
    comparison.merge(other.comparison)
    noiseAlike.merge(other.noiseAlike)
  }

  /// The word for this output, and why where its SQNR does not say it.
  fileprivate func judged() -> (word: DistanceVerdict.Word, reason: String?) {
    if comparison.isIdentical { return (.equal, nil) }
    if let excess = flipsBeyondNoise { return (.far, excess) }
    let isSmall = comparison.maximumError <= DistanceVerdict.smallSteps * sourceStep
    guard let sqnr = comparison.sqnrDb else {
      return (isSmall ? .close : .far, "\"\(name)\" is the same number on all samples in the source")
    }
    if sqnr >= DistanceVerdict.closeDb { return (.close, nil) }
    if isSmall, sqnr >= DistanceVerdict.aliveDb {
      return (.close, "no element of \"\(name)\" is more than two steps of the source's own output off")
    }
    return (sqnr >= DistanceVerdict.farDb ? .coarse : .far, nil)
  }

  /// More changed decisions than noise alike explains, by a tenth of the samples and three standard deviations, in words.
  private var flipsBeyondNoise: String? {
    guard let alike = noiseAlike.agreement else { return nil }
    let samples = Double(comparison.samples)
    let expected = samples * (1 - alike)
    let found = comparison.samples - comparison.agreements
    guard Double(found) > expected + 0.1 * samples + 3 * (expected + 1).squareRoot() else { return nil }
    return "\(found) of \(comparison.samples) decisions of \"\(name)\" differ; plain noise as strong would change "
      + "\(Int(expected.rounded()))"
  }
}
