package import Exploration
internal import FastEngine
internal import NetworkModel
package import Verification

/// A model file verified: the graph that takes the data, the graphs beside it, and what both come to.
package struct CheckedFile: Sendable {
  /// What was found of the graph that takes the data.
  package let report: VerificationReport
  /// What was found of the graphs beside it.
  package let others: [GraphCheck]
  /// What is to be said of the data; `nil` without data.
  package let data: DataReport?
  /// Whether nothing failed.
  package let passed: Bool
  /// Whether the model may be called verified.
  package let isVerified: Bool
  /// Whether everything that can be proved holds.
  package let isProved: Bool
  /// The last word, for text, JSON and programs alike.
  package let verdict: String

  /// Verifies a model.
  ///
  /// - Parameters:
  ///   - model: The model, with the sizes of its inputs.
  ///   - source: The model that it was made from; `nil` leaves the distance away.
  ///   - data: The data, opened for both; `nil` for none, which measures the distance on made-up samples.
  ///   - subset: Which samples; 16 without a limit.
  ///   - options: What is chosen.
  ///   - progress: Is told of each finished run.
  ///   - whenDone: Is called when the last run is finished.
  /// - Throws: Whatever reading a sample throws; a failure is a finding.
  package init(
    _ model: LoadedModel, source: LoadedModel?, data: ModelData?, _ subset: Subset, _ options: Verifier.Options,
    progress: @escaping @Sendable (Verifier.Progress) -> Void = { _ in }, whenDone: () -> Void = {}
  ) throws {
    var subset = subset
    subset.limit = subset.limit ?? 16
    var data = data
    if let indices = try data?.set.indices(of: subset), source != nil { try data?.compareInputs(of: indices) }
    let samples = try data?.sides.map { try CheckedFile.samples($0.set, subset) } ?? [[]]
    let sourceSamples = samples.count > 1 ? samples[1] : nil
    let verifier = Verifier(
      network: model.network, profile: model.profile, options: options, engine: { FastEngine($0) }, progress: progress)
    let madeUp = sourceSamples == nil ? source.flatMap { $0.network.madeUpSamples(subset) } : nil
    let reference = source.map { $0.asSource(samples: sourceSamples ?? madeUp, isMadeUp: madeUp != nil) }
    let report = verifier.verify(
      samples: samples[0], provenance: model.provenance, ownProfile: model.ownProfile, source: reference)
    whenDone()
    let told = data?.report()
    self.init(report, model, GraphCheck.all(model, source: source, options, subset), told)
  }

  /// Draws the conclusion from what was found.
  private init(_ report: VerificationReport, _ model: LoadedModel, _ others: [GraphCheck], _ data: DataReport?) {
    (self.report, self.others, self.data) = (report, others, data)
    let haveSameInputs = data?.inputsDiffer != true
    passed = haveSameInputs && report.passed && others.allSatisfy(\.passed)
    isVerified = haveSameInputs && report.isVerified && others.allSatisfy(\.passed)
    isProved = report.isProved && others.allSatisfy(\.isProved)
    let verdict = GraphCheck.verdict(report, model, others)
    if !haveSameInputs, report.isVerified {
      self.verdict = "NOT verified: the two models get different inputs"
    } else if let data, report.distance != nil, isVerified, !data.warnings.isEmpty {
      self.verdict = "\(verdict), on doubtful inputs: see the warning above"
    } else {
      self.verdict = verdict
    }
  }

  private static func samples(_ data: DataSet, _ subset: Subset) throws -> [[[Int32]]] {
    try data.indices(of: subset).map { try data.sample($0) }
  }
}
