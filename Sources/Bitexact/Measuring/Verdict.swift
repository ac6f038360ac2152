internal import Verification
internal import Workflows

/// What came of a verification.
public struct Verdict: Sendable, Hashable {
  /// One of the five parts: four that are proved or tested, and the distance from the source, which is measured.
  public struct Part: Sendable, Hashable {
    /// The parts; raw values are the names in reports.
    public enum Name: String, CaseIterable, Sendable, Hashable {
      /// Proved: the model conforms to the profile.
      case conformance
      /// Proved: no accumulator can overflow.
      case overflow
      /// Evidence: the engines and a second computation give the same integers.
      case engines
      /// Proved: the file still gives the program that its provenance names.
      case provenance
      /// Measured: how far the outputs are from the source's.
      case source
    }

    /// What came of a part.
    public enum Status: String, CaseIterable, Sendable, Hashable {
      case passed, failed, skipped
    }

    /// Which part.
    public let name: Name
    /// What came of it.
    public let status: Status
    /// One sentence for a reader.
    public let summary: String
    /// More lines, each for itself.
    public let details: [String]
  }

  /// How far the model is from its source.
  public struct Distance: Sendable, Hashable {
    /// The words, from the best to the worst; `docs/analysis.md` has their bounds.
    public enum Word: String, CaseIterable, Sendable, Hashable {
      case equal, close, coarse, far
    }

    /// The word for the worst output.
    public let word: Word
    /// The ratio of signal to noise of the worst output in decibels, a classifier's before its SOFTMAX; `nil` where nothing
    /// differs.
    public let sqnr: Double?
    /// The part of samples whose largest element is at the same place, 0 to 1; `nil` where nothing was compared.
    public let agreement: Double?
    /// The agreement that noise as strong would leave, 0 to 1; `nil` where the output is no decision.
    public let noiseAlikeAgreement: Double?
    /// Whether it was measured on samples that a caller gave, rather than on made-up ones.
    public let isMeasuredOnSamples: Bool
    /// Why it is called so, where the ratio alone does not say it.
    public let reasons: [String]
  }

  /// Whether the model may be called verified: nothing failed, and it is not far from its source.
  public let isVerified: Bool
  /// Whether everything that can be proved holds.
  public let isProved: Bool
  /// The last word in words, as the command says it: `verified, close to its source`.
  public let words: String
  /// The five parts, in order.
  public let parts: [Part]
  /// How far the model is from its source; `nil` where nothing was compared.
  public let distance: Distance?
  /// The width that every accumulator needs so that none can overflow; `nil` where there is none.
  public let accumulatorBitsNeeded: Int?
  /// The digest of the program, SHA-256 in hexadecimal; `nil` where the machine cannot run the model.
  public let programDigest: String?
  /// What concerns every number, such as samples that an input cuts.
  public let warnings: [String]

  /// One of the parts.
  public subscript(_ name: Part.Name) -> Part? { parts.first { $0.name == name } }

  init(_ checked: CheckedFile, told: Notes) {
    isVerified = checked.passed && checked.isVerified
    isProved = checked.isProved
    words = checked.verdict
    parts = checked.report.parts.compactMap { Part($0) }
    distance = checked.report.distance.flatMap { Distance($0, checked.report) }
    accumulatorBitsNeeded = checked.report.overflow?.bitsNeeded
    programDigest = checked.report.programDigest
    warnings = told.all
  }
}

extension Verdict.Part {
  init?(_ part: VerificationReport.Part) {
    guard let name = Name(rawValue: part.name.rawValue), let status = Status(rawValue: part.status.rawValue) else {
      return nil
    }
    self.init(name: name, status: status, summary: part.summary, details: part.details)
  }
}

extension Verdict.Distance {
  init?(_ distance: VerificationReport.Distance, _ report: VerificationReport) {
    guard let word = Word(rawValue: distance.verdict.word.rawValue) else { return nil }
    let worst = report.worstOutput
    self.init(
      word: word, sqnr: worst?.sqnrDb, agreement: worst?.agreement, noiseAlikeAgreement: distance.noiseAlikeAgreement,
      isMeasuredOnSamples: !distance.evidence.isWeak, reasons: distance.verdict.reasons + distance.verdict.failures)
  }
}
